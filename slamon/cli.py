"""The command line: the commands by name, and how every error ends: one sentence and an exit code, never a traceback."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from slamon.bootstrap import Shop
from slamon.commands.session import DONE, FAILED, UNUSABLE, Session, UsageError
from slamon.core.masking import masked, one_line
from slamon.definition_files import DefinitionError
from slamon.journal import told_safely
from slamon.schedule import wall_clock
from slamon.settings import SECRETS
from slamon.sources import SourceError
from slamon.store.database import StoreError


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command, or a group of commands, is; and its line in the help."""

    module: str
    name: str
    help: str

    def load(self) -> Any:
        """The function, or the group."""
        return getattr(import_module(f"slamon.commands.{self.module}"), self.name)


# Only the module of the command that was typed is loaded, so that none waits for what it does not use.
COMMANDS = {
    "demo": Entry("demonstration", "demo_command", "A made-up company: sync, check, alerts and all reports, as files to look at."),
    "init": Entry("workspaces", "init_command", "Write a commented workspace to start from."),
    "validate": Entry("workspaces", "validate_command", "Every problem of settings and definitions at once."),
    "sync": Entry("facts", "sync_command", "Read the CRM: what is new, what changed, and what was refused."),
    "check": Entry("judging", "check_command", "Judge every promise, record what changed, queue and deliver what is to be said."),
    "verdicts": Entry("judging", "verdicts_command", "The verdict of every cycle, as of the last check, or of an instant."),
    "attainment": Entry("judging", "attainment_command", "Quotas and ratios by period and group, as of the last check, or of an instant."),
    "explain": Entry("judging", "explain_command", "One lead's history, and the arithmetic of each of its verdicts."),
    "route": Entry("routing", "route_command", "Who would hear what of one lead, when and why; nothing is sent."),
    "excuse": Entry("ruling", "excuse_command", "Take a missed cycle out of the count, by whom and why."),
    "accept": Entry("ruling", "accept_command", "Accept evidence that was logged too late to count, by whom and why."),
    "activate": Entry("activating", "activate_command", "What a new version would change on open cycles; put it on them with --yes."),
    "reword": Entry("rewording", "reword_command", "What a corrected text changes in recorded verdicts; accept it with --yes."),
    "backtest": Entry("backtesting", "backtest_command", "Try proposed definitions on history, beside those in force."),
    "report": Entry("reporting", "report_command", "Render the daily, weekly or monthly report as files, or send it."),
    "subscribe": Entry("reporting", "subscribe_command", "Send a report's mails again to a reader who had unsubscribed."),
    "run": Entry("operations", "run_command", "The service: sync, check, deliver and reports on their schedules, until SIGTERM."),
    "doctor": Entry("diagnosis", "doctor_command", "Whether database, definitions, sources, Slack, mail and the service are well."),
    "send": Entry("outboxes", "send_command", "A test message to a destination, and exactly what became of it."),
    "schema": Entry("workspaces", "schema_command", "The JSON Schema of definition files or of slamon.yaml, for editors."),
}
GROUPS = {
    "db": Entry("operations", "db", "The database: bring its tables up to date, or see whether they are."),
    "people": Entry("crew", "people", "Leave lists: who is away from when to when."),
    "silence": Entry("silencing", "silence", "What is not to be told for a while, by whom and why; it is counted all the same."),
    "outbox": Entry("outboxes", "outbox", "The messages that wait, and those that were given up: look, try again, drop."),
}


ELSEWHERE = frozenset({"run", "backtest"})
"""Commands whose files are not, or not yet, what a running service goes by."""


def command_line(arguments: Sequence[str] | None = None) -> typer.Typer:
    """The commands, of which the one that was typed can be called (None: all); the others only have their line in the help."""
    app = typer.Typer(
        name="slamon",
        help="Monitors the agreement between sales and marketing: promises in YAML, verdicts from CRM evidence, alerts in time.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    app.callback()(_root)
    every = arguments is None
    typed = next((argument for argument in arguments or () if not argument.startswith("-")), None)
    for name, entry in COMMANDS.items():
        app.command(name, help=entry.help)(entry.load() if every or name == typed else _named_only)
    for name, entry in GROUPS.items():
        if every or name == typed:
            app.add_typer(entry.load(), name=name, help=entry.help)
        else:
            app.command(name, help=entry.help)(_named_only)
    return app


def _named_only() -> None:
    """Stands for a command that was not typed."""


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"slamon {version('slamon')}")
        raise typer.Exit


def _root(
    _version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="print the version"),
) -> None:
    """Monitors the agreement between sales and marketing: promises in YAML, verdicts from CRM evidence, alerts in time."""


def main() -> None:
    """The entry point of the command ``slamon``; a fault of the program ends with its traceback, and no secret in it."""
    try:
        code = run(sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - Python's own traceback would show whatever the error quotes
        print(told_safely(error, _hidden([])), file=sys.stderr)  # noqa: T201 - as Python prints it
        code = FAILED
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command line; returns its exit code and prints errors to stderr, each with its mend."""
    err = Console(stderr=True)
    session = Session(clock=wall_clock, environment=os.environ, out=Console(), err=err)
    try:
        code = command_line(arguments)(args=arguments, prog_name="slamon", standalone_mode=False, obj=session)
    except BrokenPipeError:  # the reader has seen enough, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (typer.TyperException, DefinitionError, UsageError, SourceError, StoreError, OSError) as error:
        for sentence in _sentences(error):
            err.print(escape(one_line(masked(sentence, _hidden(session.opened)))), highlight=False, soft_wrap=True)
        if isinstance(error, DefinitionError) and not ELSEWHERE.intersection(arguments[:1]):
            err.print(_in_force(session), highlight=False, soft_wrap=True)
        return FAILED if isinstance(error, StoreError) else UNUSABLE
    except (KeyboardInterrupt, typer.Abort):
        err.print("stopped", highlight=False)
        return 130
    finally:
        session.close()
    return int(code or 0)


def _in_force(session: Session) -> str:
    """What holds while files cannot be used, and where to see what was told; that command opens the workspace by its settings alone."""
    seen = (
        "see: slamon outbox list --all" if session.opened else "see its journal, and once slamon.yaml is mended: slamon outbox list --all"
    )
    return f"A service that is running (slamon run) goes on by what was in force before; what it told, {seen}"


def _hidden(opened: Sequence[Shop]) -> list[str]:
    """What no output may hold: the secrets of the environment, and of the workspaces that were opened."""
    given = [os.environ[name] for name in SECRETS if os.environ.get(name)]
    return [*given, *(secret for shop in opened for secret in shop.workspace.hidden())]


def _sentences(error: Exception) -> list[str]:
    """What is wrong and what to do about it, one sentence a finding."""
    if isinstance(error, typer.TyperException):
        return [error.format_message()]
    if isinstance(error, DefinitionError):
        return [str(finding) for finding in error.findings]
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return [f"{where}{error.strerror.lower()}; {_MENDS.get(type(error), 'name another path, or free what it needs')}"]
    return [str(error)]


_MENDS: dict[type[Exception], str] = {
    PermissionError: "make it writable for this user, or name another path",
    FileExistsError: "it is a file; name a folder",
    NotADirectoryError: "a part of the path is a file; name a folder",
    IsADirectoryError: "it is a folder; name a file",
    FileNotFoundError: "make its folder first, or name another path",
}
