"""What was not said when it came due, and why; and what may be said at the next look."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select

from slamon.core.telling import UNREAD, Withheld
from slamon.store.schema import withheld

_CHUNK = 400
_KEY = ("cycle_id", "kind", "sequence", "destination")
_COLUMNS = tuple(withheld.c[name] for name in Withheld.__slots__)


def load_withheld(connection: Connection, cycle_ids: Collection[str] | None = None) -> list[Withheld]:
    """All that waits, and what was suppressed or released of some cycles (None: of all); sorted by key."""
    waits = withheld.c.state == "waiting"
    if cycle_ids is None:
        return _asked(connection, withheld.c.state.is_not(None))
    listed = sorted(cycle_ids)
    found = _asked(connection, waits)
    for start in range(0, len(listed), _CHUNK):
        found += _asked(connection, ~waits & withheld.c.cycle_id.in_(listed[start : start + _CHUNK]))
    return sorted(found, key=lambda row: row.key)


def withheld_of(connection: Connection, cycle_ids: Sequence[str]) -> list[Withheld]:
    """What was withheld of some cycles, in the order in which it was."""
    return sorted(_asked(connection, withheld.c.cycle_id.in_(list(cycle_ids))), key=lambda row: (row.since, row.key))


def leads_that_waited(connection: Connection, as_of: int) -> list[str]:
    """Leads of whom something waits that may be said now: a check has to judge them, changed or not. Empty: quotas and ratios."""
    due = (withheld.c.state == "waiting") & (withheld.c.until <= as_of)
    return list(connection.execute(select(withheld.c.lead).where(due).distinct().order_by(withheld.c.lead)).scalars())


def leads_waiting(connection: Connection) -> list[str]:
    """All leads of whom something waits. Empty: quotas and ratios."""
    return list(connection.execute(select(withheld.c.lead).where(withheld.c.state == "waiting").distinct()).scalars())


def next_wait_over(connection: Connection, held: Collection[str] = ()) -> int | None:
    """The instant at which the next thing that waits may be said; None when nothing waits.

    The SLAs of ``held`` do not count, nor does what waits until the CRM is read.
    """
    waits = (withheld.c.state == "waiting") & withheld.c.sla.not_in(list(held)) & (withheld.c.rule != UNREAD)
    found: int | None = connection.execute(select(func.min(withheld.c.until)).where(waits)).scalar()
    return found


def unread_since(connection: Connection) -> dict[str, int]:
    """By SLA: the first instant up to which its sources have to be read before something that waits may be said."""
    waits = (withheld.c.state == "waiting") & (withheld.c.rule == UNREAD)
    asked = select(withheld.c.sla, func.min(withheld.c.until)).where(waits).group_by(withheld.c.sla)
    return {row[0]: row[1] for row in connection.execute(asked)}


def keep_withheld(connection: Connection, rows: Sequence[Withheld]) -> None:
    """Write rows in the caller's transaction; one that is there already is replaced."""
    if not rows:
        return
    mine = and_(*(withheld.c[name] == bindparam(f"its_{name}") for name in _KEY))
    connection.execute(withheld.delete().where(mine), [{f"its_{name}": getattr(row, name) for name in _KEY} for row in rows])
    connection.execute(withheld.insert(), [asdict(row) for row in rows])


def _asked(connection: Connection, where: ColumnElement[bool]) -> list[Withheld]:
    return sorted((Withheld(*row) for row in connection.execute(select(*_COLUMNS).where(where))), key=lambda row: row.key)
