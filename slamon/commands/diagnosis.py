"""The doctor."""
import typer
def doctor_command(context: typer.Context) -> None:
    """Whether everything slamon leans on is well."""
