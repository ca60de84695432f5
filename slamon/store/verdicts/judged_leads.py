"""When each lead is to be judged next, and who made it when: what a check asks instead of looking at all leads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from slamon.core.facts.survey import LONGEST_GAP
from slamon.core.working_time.instants import FOREVER, MINUTE
from slamon.store.bulk import insert_rows
from slamon.store.schema import event_history, events, judged_leads

SKEW = 5 * MINUTE
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class JudgedLead:
    """A lead as of the last check that judged it; instants are microseconds UTC, None for none."""

    lead: str
    next_at: int | None
    created_at: int | None = None
    created_by: str | None = None
    last_at: int | None = None


_VALUES = attrgetter(*JudgedLead.__slots__)
_COLUMNS = tuple(judged_leads.c[name] for name in JudgedLead.__slots__)


def due_leads(connection: Connection, as_of: int) -> list[str]:
    """The leads whose next instant has come."""
    return list(connection.execute(select(judged_leads.c.lead).where(judged_leads.c.next_at <= as_of)).scalars())


def next_due(connection: Connection) -> int | None:
    """The first instant at which any lead is to be judged again."""
    found = connection.execute(select(func.min(judged_leads.c.next_at)).where(judged_leads.c.next_at.is_not(None))).scalar()
    return None if found is None else int(found)


def load_judged(connection: Connection, leads: Iterable[str]) -> dict[str, JudgedLead]:
    """Some leads as they were judged last, by id; those never judged are not there."""
    found = (row for group in chunks(sorted(set(leads))) for row in connection.execute(select(*_COLUMNS).where(_is_in(group))))
    return {row[0]: JudgedLead(*row) for row in found}


def all_judged(connection: Connection) -> Iterator[str]:
    """The ids of all leads that were ever judged, or are waited for."""
    yield from connection.execute(select(judged_leads.c.lead)).scalars()


def replace_judged(connection: Connection, before: Mapping[str, JudgedLead], after: Mapping[str, JudgedLead]) -> None:
    """Write what differs."""
    written = [each for lead, each in after.items() if before.get(lead) != each]
    gone = [*(each.lead for each in written if each.lead in before), *(lead for lead in before if lead not in after)]
    for group in chunks(gone):
        connection.execute(judged_leads.delete().where(_is_in(group)))
    insert_rows(connection, judged_leads, JudgedLead.__slots__, map(_VALUES, written))


def first_known(connection: Connection) -> int | None:
    """The instant of the first event that any lead was judged by."""
    found = connection.execute(select(func.min(judged_leads.c.created_at))).scalar()
    return None if found is None else int(found)


def made_together(connection: Connection, by: str, since: int, until: int) -> list[JudgedLead]:
    """The leads that one actor made between two instants, and on both sides until a gap of more than ten minutes; in order."""
    mine = judged_leads.c.created_by == by
    between = judged_leads.c.created_at.between(since, until)
    found = [JudgedLead(*row) for row in connection.execute(select(*_COLUMNS).where(mine, between))]
    for edge, ahead in ((until, True), (since, False)):
        found += _going_on(connection, mine, edge, ahead=ahead)
    return sorted(found, key=lambda each: (each.created_at or 0, each.lead))


def _going_on(connection: Connection, mine: ColumnElement[bool], edge: int, *, ahead: bool) -> Iterator[JudgedLead]:
    """From an edge on, a window at a time."""
    created, window = judged_leads.c.created_at, 24 * 6 * LONGEST_GAP
    while True:
        within = and_(created > edge, created <= edge + window) if ahead else and_(created < edge, created >= edge - window)
        rows = connection.execute(select(*_COLUMNS).where(mine, within).order_by(created if ahead else created.desc())).all()
        for row in rows:
            if abs(row.created_at - edge) > LONGEST_GAP:
                return
            edge = row.created_at
            yield JudgedLead(*row)
        if not rows:
            return


def not_known_yet(connection: Connection, as_of: int, leads: Sequence[str] | None = None) -> dict[str, int]:
    """By lead the first instant after ``as_of`` at which a version of an event comes to be known, or ceases to be what is known.

    ``leads`` limits it to some; None looks at all events.
    """
    found: dict[str, int] = {}
    groups: Iterable[Sequence[str] | None] = [None] if leads is None else chunks(leads)
    for group in groups:
        for statement in (_unseen(group, as_of), _superseded_later(group, as_of)):
            for lead, instant in connection.execute(statement):
                found[lead] = min(found.get(lead, FOREVER), int(instant))
    return found


def _unseen(group: Sequence[str] | None, as_of: int) -> Select[Any]:
    """Events that are known later, because they were read later or happen well after ``as_of``."""
    later = or_(events.c.seen_at > as_of, events.c.at > as_of + SKEW)
    known_at = case((events.c.seen_at > events.c.at - SKEW, events.c.seen_at), else_=events.c.at - SKEW)
    within = later if group is None else and_(later, events.c.lead.in_(group))
    return select(events.c.lead, func.min(known_at)).where(within).group_by(events.c.lead)


def _superseded_later(group: Sequence[str] | None, as_of: int) -> Select[Any]:
    past = event_history.c
    known_at = case((past.seen_at > past.at - SKEW, past.seen_at), else_=past.at - SKEW)
    soonest = func.min(case((known_at > as_of, known_at), else_=past.superseded_at))
    within = past.superseded_at > as_of if group is None else and_(past.superseded_at > as_of, past.lead.in_(group))
    return select(past.lead, soonest).where(within).group_by(past.lead)


def _is_in(group: Sequence[str]) -> ColumnElement[bool]:
    return judged_leads.c.lead.in_(group)


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many at a time as one statement takes."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
