"""When each report is due: its sending dates on a calendar, each with its one instant, and which of them are still to be sent.

Sending dates are enumerated as local calendar dates and only then turned into instants, so no clock change can skip or
repeat one. A daily note goes out on working days and is about that day; a weekly scorecard is about the last week that
has ended; a monthly mail about the month before, except with ``on: last`` (the last day of the month), when it is
about the month that ends.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, Protocol

import numpy as np

from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.hours import WEEKDAYS
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, iso
from slamon.core.working_time.periods import Per, Period, bounds_of, instant_of, local_date, period_before, period_containing

ReportKind = Literal["daily", "weekly", "monthly"]
PER: dict[ReportKind, Per] = {"daily": "day", "weekly": "week", "monthly": "month"}

CAP = 60
LONGEST_LOOK_BACK = 10 * 366 * DAY
LATE_AFTER = 15 * MINUTE
PATIENCE = 2 * HOUR
SPREAD = 5 * MINUTE
_EPOCH_DAY = date(1970, 1, 1)


class TooManyDueError(ValueError):
    """More reports are due than anybody missed: the clock has jumped, or the service was off for very long."""


class Timetable(Protocol):
    """When a report goes out, as ``reports:`` in the settings says: time of day, zone, and which day."""

    @property
    def at(self) -> str:
        """Time of day, ``08:00``."""

    @property
    def timezone(self) -> str:
        """The IANA key of the zone in which ``at`` is read and the period is cut."""

    @property
    def on(self) -> str | None:
        """A weekday for the weekly scorecard; ``working day N``, ``day N`` or ``last`` for the monthly mail."""


@dataclass(frozen=True, slots=True)
class DueReport:
    """One report to be sent once: its kind, the period it is about, and the instant from which it is due."""

    kind: ReportKind
    period: Period
    due_at: int

    def is_late(self, now: int) -> bool:
        """True when it is sent so long after its time that it says so."""
        return now - self.due_at > LATE_AFTER


def due_periods(kind: ReportKind, timetable: Timetable, calendar: Calendar, after: int, now: int, *, cap: int = CAP) -> list[DueReport]:
    """Every report whose time lies in ``(after, now]``, oldest first.

    ``calendar`` says which dates are working days. ``TooManyDueError`` with the mend when there are more than ``cap``.
    """
    if now <= after:
        return []
    if now - after > LONGEST_LOOK_BACK:
        raise _too_many(kind, after, now)
    first, last = local_date(after, timetable.timezone), local_date(now, timetable.timezone)
    days = _sending_days(kind, timetable, calendar, first - timedelta(days=1), last)
    if len(days) > cap + 2:
        raise _too_many(kind, after, now)
    due = [_due_report(kind, timetable, day) for day in days]
    due = [each for each in due if after < each.due_at <= now and each.period.starts_at < each.period.ends_at]
    if len(due) > cap:
        raise _too_many(kind, after, now)
    return due


def next_due(kind: ReportKind, timetable: Timetable, calendar: Calendar, now: int) -> DueReport | None:
    """The first report that is due after ``now``; None when the calendar has no day for it within a year."""
    today = local_date(now, timetable.timezone)
    days = _sending_days(kind, timetable, calendar, today, today + timedelta(days=366))
    return next((due for day in days if (due := _due_report(kind, timetable, day)).due_at > now), None)


def look_from(kind: ReportKind, timetable: Timetable, done: Collection[str], first: int, now: int) -> int:
    """From which instant on to look for what is due: the newest period that is done with (labels ``done``), else ``first``.

    Labels of the future, left by a clock that was wrong, are not looked at.
    """
    current = period_containing(now, PER[kind], timetable.timezone).label
    newest = max((label for label in done if label <= current), default=None)
    return first if newest is None else max(first, bounds_of(newest, timetable.timezone)[0])


def newest_and_missed(due: Sequence[DueReport], done: Collection[str]) -> tuple[DueReport | None, list[DueReport]]:
    """Of what is due and not among the labels ``done``: the newest one, to be sent, and those that it overtook.

    After a pause only the newest period is news; the older ones are listed as missed, never silently left out.
    """
    newest = due[-1] if due else None
    waiting = [each for each in due if each.period.label not in done]
    if newest is None or not waiting or waiting[-1] is not newest:
        return None, waiting
    return newest, waiting[:-1]


def readiness(due: DueReport, newest_sync: int | None, now: int) -> Literal["ready", "wait", "partial"]:
    """Whether the data reach the end of what the report is about.

    ``newest_sync`` is the instant up to which all sources have been read (None: never). A report waits for it for
    two hours; after that it goes out marked partial.
    """
    wanted = min(due.period.ends_at, due.due_at)
    if newest_sync is not None and newest_sync >= wanted:
        return "ready"
    return "wait" if now - due.due_at < PATIENCE else "partial"


def spread_of(report: str, destination: str) -> int:
    """Microseconds by which a report to one destination is put off: under five minutes, the same every time.

    Without it everything that is due at 09:00 would be sent in the same second.
    """
    digest = hashlib.sha256(f"{report}\0{destination}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % SPREAD


def _due_report(kind: ReportKind, timetable: Timetable, day: date) -> DueReport:
    hours, minutes = map(int, timetable.at.split(":"))
    due_at = instant_of(day, hours * HOUR + minutes * MINUTE, timetable.timezone)
    return DueReport(kind, _period(kind, timetable, day), due_at)


def _period(kind: ReportKind, timetable: Timetable, day: date) -> Period:
    """What a report sent on a local date is about."""
    zone = timetable.timezone
    if kind == "daily":
        return Period(day.isoformat(), *bounds_of(day.isoformat(), zone))
    noon = instant_of(day, 12 * HOUR, zone)
    current = period_containing(noon, PER[kind], zone)
    return current if kind == "monthly" and timetable.on == "last" else period_before(current.label, zone)


def _sending_days(kind: ReportKind, timetable: Timetable, calendar: Calendar, first: date, last: date) -> list[date]:
    """The local dates in ``[first, last]`` on which a report goes out."""
    if kind == "daily":
        return _working_days(calendar, first, last)
    if kind == "weekly":
        weekday = WEEKDAYS.index((timetable.on or "monday")[:3])
        start = first + timedelta(days=(weekday - first.weekday()) % 7)
        return [start + timedelta(days=7 * step) for step in range((last - start).days // 7 + 1)]
    days = [_day_of_month(timetable.on or "working day 3", calendar, *month) for month in _months(first, last)]
    return [day for day in days if first <= day <= last]


def _day_of_month(on: str, calendar: Calendar, first: date, following: date) -> date:
    """The sending date in the month ``[first, following)``."""
    final = following - timedelta(days=1)
    if on == "last":
        return final
    number = int(re.sub(r"[^0-9]", "", on))
    if on.startswith("day"):
        return first + timedelta(days=number - 1)
    working = _working_days(calendar, first, final)
    return working[number - 1] if number <= len(working) else final  # a month of holidays is reported all the same


def _working_days(calendar: Calendar, first: date, last: date) -> list[date]:
    low, high = (first - _EPOCH_DAY).days, (last - _EPOCH_DAY).days
    days = calendar.openings_around(np.array([low * DAY, high * DAY], np.int64)).days
    return [_EPOCH_DAY + timedelta(days=int(day)) for day in days[(days >= low) & (days <= high)]]


def _months(first: date, last: date) -> list[tuple[date, date]]:
    """Each month that touches ``[first, last]``: its first date and the next month's."""
    count = (last.year - first.year) * 12 + last.month - first.month + 2
    starts = [date(first.year + (first.month - 1 + step) // 12, (first.month - 1 + step) % 12 + 1, 1) for step in range(count)]
    return list(pairwise(starts))


def _too_many(kind: ReportKind, after: int, now: int) -> TooManyDueError:
    return TooManyDueError(
        f"more {kind} reports are due between {iso(after)} and {iso(now)} than anybody wants at once; if the computer's "
        f"clock is right, send the newest by hand with: slamon report {kind} --send"
    )
