"""Which mails were sent, kept beside the database: nobody can look into a mailbox, so we write down what the server took.

A process that dies after the server took a mail, and a database that was restored, find here that it is not to be sent
again. Only ids and short digests are kept, for eight days.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from slamon.core.working_time.instants import DAY
from slamon.store.outbox.claims import Claimed

KEPT_FOR = 8 * DAY


@dataclass(frozen=True, slots=True)
class _Taken:
    """A mail that the server took: when (microseconds UTC), by which keys it is known, and its reference."""

    at: int
    keys: tuple[str, ...]
    reference: dict[str, Any]

    def line(self) -> str:
        return f"{json.dumps({'at': self.at, 'keys': self.keys, 'reference': self.reference})}\n"


@dataclass(slots=True)
class MailLog:
    """The mails of the last days, one line of JSON each in ``file``; a file that cannot be read or written knows of none."""

    file: Path
    taken: list[_Taken] | None = None
    lock: Lock = field(default_factory=Lock)

    def find(self, claimed: Claimed) -> dict[str, Any] | None:
        """The reference of a mail that the server took before: this one, or one that said the same to the same address."""
        mine = set(_keys(claimed))
        with self.lock:
            return next((dict(each.reference) for each in self._read() if mine & set(each.keys)), None)

    def note(self, claimed: Claimed, reference: dict[str, Any], now: int) -> None:
        """The server took it."""
        with self.lock:
            before = self._read()
            kept = [each for each in before if each.at >= now - KEPT_FOR]
            self.taken = [*kept, _Taken(now, _keys(claimed), reference)]
            self._write(anew=len(kept) < len(before))

    def _read(self) -> list[_Taken]:
        if self.taken is None:
            self.taken = [taken for line in _lines(self.file) if (taken := _told(line)) is not None]
        return self.taken

    def _write(self, *, anew: bool) -> None:
        """The newest line, or all of them where old ones are forgotten; without it, it may be sent twice after a crash."""
        told = [each.line() for each in self.taken or ()]
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if anew:
                partial = self.file.with_name(f"{self.file.name}.new")
                partial.write_text("".join(told), encoding="ascii")
                partial.replace(self.file)
            else:
                with self.file.open("a", encoding="ascii") as file:
                    file.write(told[-1])
        except OSError:
            return


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []


def _told(line: str) -> _Taken | None:
    """None for a line that was cut off, as when the disk was full."""
    try:
        row = json.loads(line)
        return _Taken(int(row["at"]), tuple(map(str, row["keys"])), dict(row["reference"]))
    except (ValueError, TypeError, KeyError):
        return None


def _keys(claimed: Claimed) -> tuple[str, ...]:
    """The delivery's id; and what it says, under whatever id (the digests are made of the address too)."""
    return (claimed.id, " ".join(claimed.marks)) if claimed.marks else (claimed.id,)
