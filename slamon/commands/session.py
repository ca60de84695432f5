"""What every command shares: where the workspace is, what time it is, how instants are written, how it ends."""

import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Annotated

import typer
from rich.console import Console

from slamon.bootstrap import Shop, open_shop
from slamon.core.working_time.instants import to_micros

DONE, FINDINGS, UNUSABLE, FAILED = range(4)
"""Exit codes: done; findings that the command is asked to fail on; unusable input; a service failed."""

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""The years that can be asked about: time zones and holidays are not known for others."""

EARLIEST, LATEST = to_micros(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)), to_micros(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC))

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """What the shell gives a command: a clock (microseconds UTC), the environment, and where to print."""

    clock: Callable[[], int]
    environment: Mapping[str, str]
    out: Console
    err: Console
    opened: list[Shop] = field(default_factory=list)

    def shop(self, config: Path) -> Shop:
        """The workspace at a path."""
        self.opened.append(open_shop(config, self.environment))
        return self.opened[-1]

    def close(self) -> None:
        """Close what was opened."""
        for shop in self.opened:
            shop.close()

    def as_of(self, text: str | None) -> int:
        """An instant as typed, or now."""
        return self.clock() if text is None else parse_as_of(text)


class UsageError(Exception):
    """Something typed on the command line cannot be used; the text says what to type instead."""


def parse_as_of(text: str) -> int:
    """``2012-04-01T00:00:00Z`` or with an offset; ``UsageError`` for anything else, naive times included."""
    return parse_instant("--as-of", text)


def parse_instant(option: str, text: str) -> int:
    """The instant that was typed as an option's value; ``UsageError`` naming the option for anything else."""
    if not _INSTANT.fullmatch(text):
        raise UsageError(f"{option} {text!r} is not an instant; write it with an offset, e.g. 2026-11-20T09:00:00Z")
    try:
        instant = to_micros(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text!r} is not on the calendar; write e.g. 2026-11-20T09:00:00Z") from None
    if not EARLIEST <= instant < LATEST:
        raise UsageError(f"{option} {text!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}; write e.g. 2026-11-20T09:00:00Z")
    return instant


def command_to_type() -> str:
    """How this program is called from the folder one is in: ``slamon`` where the shell finds it, else its path."""
    script = Path(sys.executable).with_name("slamon")
    found = which("slamon")
    if (found and Path(found).parent.resolve() == script.parent.resolve()) or not script.is_file():
        return "slamon"
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


def session_of(context: typer.Context) -> Session:
    """The session that the command line was started with."""
    session: Session = context.obj
    return session


Config = Annotated[Path, typer.Option("--config", "-c", envvar="SLAMON_CONFIG", help="slamon.yaml, or the folder that holds it")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="INSTANT", help="judge as of an instant, e.g. 2026-11-20T09:00:00Z; default: now")
]
Json = Annotated[bool, typer.Option("--json", help="print data as JSON")]
HERE = Path()
