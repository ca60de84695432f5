"""Leave lists by hand: a file of persons, first days away and last ones becomes absences that verdicts and alerts know."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from slamon.commands.session import HERE, Config, UsageError, session_of
from slamon.jobs.decisions.leave import LeaveError, import_leave

people = typer.Typer(no_args_is_help=True, help="Who is away from when to when.")


@people.callback()
def _people() -> None:
    """Who is away from when to when."""


@people.command("import")
def people_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns person, from, to: dates, or instants with an offset")],
    config: Config = HERE,
    replaces: Annotated[bool, typer.Option("--replace", help="forget what earlier imports said; else this is added")] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="who imports it, for the audit table")] = "",
) -> None:
    """Take a leave list: who is away from when to when. The same file twice changes nothing."""
    session = session_of(context)
    shop = session.shop(config)
    try:
        done = import_leave(shop.engine, file, shop.workspace.settings.timezone, by.strip(), session.clock(), replaces=replaces)
    except LeaveError as error:
        raise UsageError("\n".join(error.findings)) from None
    except FileNotFoundError:
        raise UsageError(f"{file} is not there; name a CSV file with the columns person, from, to") from None
    told = f"{done.added} added, {done.changed} changed, {done.withdrawn} withdrawn, {done.same} as before."
    session.out.print(told, highlight=False)
    for person in done.unknown:
        words = f"Nobody in the people table is {person!r}: this absence matters once a lead is held under that id."
        session.err.print(escape(words), highlight=False, soft_wrap=True)
