"""What the oracle's own tests tell their stories with: a week in Berlin, a lead, a follow-up and a cadence."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.facts import CycleVerdict, Event
from tests.oracle.judge import Settings, judge

OFFICE = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-17:00"]}}
NIGHT = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["22:00-06:00"]}}
ZONE = ZoneInfo("Europe/Berlin")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def when(text: str, week: int = 0) -> datetime:
    """``"fri 16:30"`` of the week of 5 January 2026, or so many weeks later, in Berlin."""
    day, clock = text.split()
    hours, minutes = (int(part) for part in clock.split(":"))
    at = datetime(2026, 1, 5, tzinfo=ZONE) + timedelta(days=DAYS.index(day) + 7 * week, hours=hours, minutes=minutes)
    return at.astimezone(UTC)


def stage(name: str, at: datetime, **more: Any) -> Event:
    base: dict[str, Any] = {"lead": "L1", "at": at, "kind": "stage", "name": name, "id": f"{name}@{at:%d-%H:%M}"}
    return Event(**(base | more))


def call(at: datetime, **more: Any) -> Event:
    base: dict[str, Any] = {"lead": "L1", "at": at, "kind": "activity", "name": "call", "direction": "outbound", "actor": "ana"}
    return Event(**(base | {"id": f"call@{at:%d-%H:%M}"} | more))


FOLLOW_UP = {
    "sla": "follow-up",
    "kind": "deadline",
    "effective_from": "2025-01-01",
    "start": {"stage": "mql"},
    "met_by": {"activity": "call", "direction": "outbound"},
    "cancelled_by": {"stage": "disqualified"},
    "within": "2wh",
    "calendar": "office",
}
CADENCE = {
    "sla": "cadence",
    "kind": "cadence",
    "effective_from": "2025-01-01",
    "start": {"stage": "mql"},
    "attempts": 4,
    "attempt": {"activity": ["call", "email"], "direction": "outbound"},
    "within": "10wd",
    "gap": {"min": "2wd"},
    "ended_by": [{"activity": "reply", "direction": "inbound"}, {"stage": ["customer", "disqualified"]}],
    "calendar": "office",
}


def cycles(
    terms: dict[str, Any], events: list[Event], as_of: datetime, people: Any = (), absences: Any = (), **settings: Any
) -> list[CycleVerdict]:
    return judge([terms], {"office": OFFICE, "night": NIGHT}, events, people, absences, as_of, Settings(**settings))


def one(terms: dict[str, Any], events: list[Event], as_of: datetime, people: Any = (), absences: Any = (), **settings: Any) -> CycleVerdict:
    [verdict] = cycles(terms, events, as_of, people, absences, **settings)
    return verdict
