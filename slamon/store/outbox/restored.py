"""Whether the database went back in time (a backup, a failover): claims are counted, and the count is kept outside as well."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from slamon.core.working_time.instants import DAY
from slamon.store.database import reading, writing
from slamon.store.schema import heartbeats, marks

WARY_FOR = DAY
LONGEST_LOSS = 7 * DAY
_CLAIMS, _SINCE, _UNTIL = "claims", "restored to", "wary until"


@dataclass(frozen=True, slots=True)
class Restored:
    """The database knows nothing of what was sent after ``since``; until ``until`` everything is looked for before it is sent."""

    since: int
    until: int


def counted(connection: Connection, more: int) -> int:
    """How many claims were ever made in this database, after ``more`` of them, inside the caller's transaction."""
    raised = marks.update().where(marks.c.name == _CLAIMS).values(value=marks.c.value + more)
    if not connection.execute(raised).rowcount:
        connection.execute(marks.insert().values(name=_CLAIMS, value=more))
    return _value(connection, _CLAIMS) or 0


def claims_made(engine: Engine) -> int:
    """How many claims were ever made in this database."""
    with reading(engine) as connection:
        return _value(connection, _CLAIMS) or 0


def last_restored(connection: Connection) -> Restored | None:
    """When the database was last seen to have gone back; None if never."""
    since, until = _value(connection, _SINCE), _value(connection, _UNTIL)
    return None if since is None or until is None else Restored(since, until)


def went_back(engine: Engine, claims: int, now: int) -> bool:
    """Note that the database went back, if it counts fewer claims than were seen before; True when it was noted now.

    What it lost began where its newest heartbeat ends, or a week ago at most.
    """
    with writing(engine) as connection:
        if (_value(connection, _CLAIMS) or 0) >= claims:
            return False
        newest = connection.execute(select(func.max(heartbeats.c.at))).scalar()
        since = min(max(newest or 0, now - LONGEST_LOSS), now)
        for name, value in ((_CLAIMS, claims), (_SINCE, since), (_UNTIL, now + WARY_FOR)):
            connection.execute(marks.delete().where(marks.c.name == name))
            connection.execute(marks.insert().values(name=name, value=value))
    return True


def _value(connection: Connection, name: str) -> int | None:
    found: int | None = connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()
    return found
