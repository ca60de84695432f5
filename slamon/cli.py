"""The command line: the commands by name, and how every error ends: one sentence and an exit code, never a traceback."""

import os
import sys
from collections.abc import Callable
from importlib.metadata import version

import typer
from rich.console import Console
from rich.markup import escape

from slamon.commands import demonstration, diagnosis, facts, judging, operations, reporting, workspaces
from slamon.commands.session import FAILED, UNUSABLE, Session, UsageError
from slamon.definition_files import DefinitionError
from slamon.jobs.check import CheckConflictError
from slamon.schedule import wall_clock
from slamon.sources import SourceError
from slamon.store.database import StoreError

app = typer.Typer(
    name="slamon",
    help="Monitors the agreement between sales and marketing: promises in YAML, verdicts from CRM evidence, alerts in time.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demonstration.demo_command,
    "init": workspaces.init_command,
    "validate": workspaces.validate_command,
    "sync": facts.sync_command,
    "check": judging.check_command,
    "verdicts": judging.verdicts_command,
    "attainment": judging.attainment_command,
    "explain": judging.explain_command,
    "report": reporting.report_command,
    "run": operations.run_command,
    "doctor": diagnosis.doctor_command,
    "schema": workspaces.schema_command,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(operations.db, name="db")
app.add_typer(operations.outbox, name="outbox")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"slamon {version('slamon')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="print the version"),  # noqa: FBT001, FBT003
) -> None:
    """Monitors the agreement between sales and marketing: promises in YAML, verdicts from CRM evidence, alerts in time."""


def main() -> None:
    """The entry point of the command ``slamon``."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command line; returns its exit code and prints errors to stderr, each with its mend."""
    err = Console(stderr=True)
    session = Session(clock=wall_clock, environment=os.environ, out=Console(), err=err)
    try:
        code = app(args=arguments, prog_name="slamon", standalone_mode=False, obj=session)
    except typer.TyperException as error:
        err.print(escape(error.format_message()), highlight=False, soft_wrap=True)
        return UNUSABLE
    except DefinitionError as error:
        for finding in error.findings:
            err.print(escape(str(finding)), highlight=False, soft_wrap=True)
        return UNUSABLE
    except (UsageError, SourceError) as error:
        err.print(escape(str(error)), highlight=False, soft_wrap=True)
        return UNUSABLE
    except (StoreError, CheckConflictError) as error:
        err.print(escape(str(error)), highlight=False, soft_wrap=True)
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        err.print("stopped", highlight=False)
        return 130
    finally:
        session.close()
    return int(code or 0)
