"""Periods: months, weeks, quarters and years of a calendar's zone, their names and their bounds.

Choice where the rules are silent: a fiscal quarter or year is named by the calendar year in which the fiscal year ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.zones import local_date, midnight

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Period:
    """A named half-open interval."""

    name: str
    start: datetime
    end: datetime


def _first_month(text: Any) -> int:
    """``fiscal_year_starts``: 4, "april" or "04-01"."""
    if text is None:
        return 1
    word = str(text).lower()
    return MONTHS.index(word[:3]) + 1 if word[:3] in MONTHS else int(word.split("-")[0])


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def period_of(instant: datetime, per: str, zone: ZoneInfo, fiscal: Any = None) -> Period:
    """The period that an instant lies in."""
    day = local_date(zone, instant)
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return _period(f"{year}-W{week:02}", monday, monday + timedelta(days=7), zone)
    if per == "day":
        return _period(day.isoformat(), day, day + timedelta(days=1), zone)
    month = date(day.year, day.month, 1)
    if per == "month":
        return _period(f"{day.year}-{day.month:02}", month, _months_on(month, 1), zone)
    since = (day.month - _first_month(fiscal)) % 12
    year = _months_on(month, 11 - since).year
    if per == "year":
        return _period(f"{year}", _months_on(month, -since), _months_on(month, 12 - since), zone)
    first = _months_on(month, -(since % 3))
    return _period(f"{year}-Q{since // 3 + 1}", first, _months_on(first, 3), zone)


def _period(name: str, first: date, after: date, zone: ZoneInfo) -> Period:
    return Period(name, midnight(zone, first), midnight(zone, after))


def periods(since: datetime, until: datetime, per: str, zone: ZoneInfo, fiscal: Any = None) -> Iterator[Period]:
    """All periods from the one with ``since`` to the one with ``until``."""
    instant = since
    while instant <= until:
        period = period_of(instant, per, zone, fiscal)
        yield period
        instant = period.end
