"""What the last check goes by, from one to the next: the terms it judged by, what all facts together tell, when periods are looked at."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, select

from slamon.store.schema import check_notes

_NAME = "last check"


@dataclass(frozen=True, slots=True)
class CheckNotes:
    """Instants are microseconds UTC; ``basis`` is a hash of all terms, empty when no check has judged all leads yet."""

    check_id: int = 0
    basis: str = ""
    as_of: int = 0
    cycles: int = 0
    leads: int = 0
    known_since: int | None = None
    tells_ownership: bool = False
    attributes: tuple[str, ...] = ()
    rulings: tuple[str, ...] = ()
    silences: str = ""
    held: tuple[str, ...] = ()
    """The SLAs that it did not judge because a source of theirs could not be relied on."""
    periods: Mapping[str, int] = field(default_factory=dict)
    """By quota or ratio when it is concluded next."""


def load_notes(connection: Connection) -> CheckNotes:
    """Those of the last check; empty ones before the first."""
    found = connection.execute(select(check_notes.c.value).where(check_notes.c.name == _NAME)).scalar()
    if found is None:
        return CheckNotes()
    told = json.loads(found)
    return CheckNotes(**told | {name: tuple(told[name]) for name in ("attributes", "rulings", "held") if name in told})


def save_notes(connection: Connection, notes: CheckNotes) -> None:
    """Keep them for the next check."""
    connection.execute(check_notes.delete().where(check_notes.c.name == _NAME))
    connection.execute(check_notes.insert().values(name=_NAME, value=json.dumps(asdict(notes))))
