"""Whose facts changed since the last check: syncs note it in the transaction that changes them, checks take it away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, func, literal, select

from slamon.store.facts.staging import news
from slamon.store.schema import changed_leads, events


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed by an instant: whose facts (None: so many that all leads are to be judged), and whether any was taken away."""

    upto: int
    """The last note's id: later ones are not among these."""
    leads: frozenset[str] | None
    took_away: bool


def note_all(connection: Connection, now: int) -> None:
    """So much came in at once that all leads are to be judged."""
    connection.execute(changed_leads.insert().values(lead=None, at=now, took_away=True))


def note_news(connection: Connection, now: int) -> None:
    """The leads of the events that a sync found new, changed, gone or moved; to be called before and after they are changed.

    An event that changes may go from one lead to another: before it is changed its old lead is noted, afterwards its new one.
    """
    taken = func.max(case((news.c.what == "new", 0), else_=1)) == 1
    found = select(events.c.lead, literal(now, changed_leads.c.at.type), taken).join(news, news.c.id == events.c.id)
    _insert(connection, found.group_by(events.c.lead))


def note_leads_where(connection: Connection, which: Any, now: int) -> None:
    """The leads of some events, which are about to go."""
    found = select(events.c.lead, literal(now, changed_leads.c.at.type), literal(value=True)).where(which).distinct()
    _insert(connection, found)


def _insert(connection: Connection, found: Any) -> None:
    connection.execute(changed_leads.insert().from_select(["lead", "at", "took_away"], found))


def load_changes(connection: Connection, as_of: int) -> Changes:
    """What changed and was known by an instant (microseconds UTC)."""
    rows = connection.execute(
        select(changed_leads.c.id, changed_leads.c.lead, changed_leads.c.took_away).where(changed_leads.c.at <= as_of)
    ).all()
    leads = None if any(row.lead is None for row in rows) else frozenset(row.lead for row in rows)
    return Changes(max((row.id for row in rows), default=0), leads, any(row.took_away for row in rows))


def forget(connection: Connection, changes: Changes, as_of: int) -> None:
    """What was judged is no longer news."""
    connection.execute(delete(changed_leads).where(changed_leads.c.id <= changes.upto, changed_leads.c.at <= as_of))


def first_change(connection: Connection) -> int | None:
    """From when on a check has something new to judge; None when nothing changed."""
    found = connection.execute(select(func.min(changed_leads.c.at))).scalar()
    return None if found is None else int(found)


def note_leads(connection: Connection, leads: Iterable[str], at: int) -> None:
    """Some leads, because of a change that is not one of their events."""
    rows = [{"lead": lead, "at": at, "took_away": False} for lead in sorted(set(leads))]
    if rows:
        connection.execute(changed_leads.insert(), rows)
