"""Which sources hold verdicts back, since when and why: written by each check of the service, read by whoever shows it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from slamon.store.schema import check_notes

_NAME = "holds"


@dataclass(frozen=True, slots=True)
class Hold:
    """A source whose facts cannot be relied on; ``slas`` are the promises that wait for it. Instants are microseconds UTC."""

    source: str
    until: int | None
    """Up to which instant its facts can be relied on; None: it was never read."""
    reason: str
    slas: tuple[str, ...]
    since: int = 0
    """When it was noticed."""
    everything: bool = False
    """Whether no promise at all is judged meanwhile."""


def load_holds(connection: Connection) -> list[Hold]:
    """Those that the last check of the service found, by source."""
    found = connection.execute(select(check_notes.c.value).where(check_notes.c.name == _NAME)).scalar()
    return [Hold(**{**each, "slas": tuple(each["slas"])}) for each in json.loads(found)] if found else []


def keep_holds(connection: Connection, holds: Sequence[Hold], now: int) -> None:
    """These instead of those; a source that held verdicts before keeps since when."""
    since = {each.source: each.since for each in load_holds(connection)}
    kept = [asdict(each) | {"since": since.get(each.source, now)} for each in sorted(holds, key=lambda each: each.source)]
    connection.execute(check_notes.delete().where(check_notes.c.name == _NAME))
    connection.execute(check_notes.insert().values(name=_NAME, value=json.dumps(kept)))
