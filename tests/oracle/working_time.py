"""Working time: a calendar's blocks, day by day, turned into instants, and walked.

Choices where the rules are silent: a special day is stronger than a holiday on the same date; ``breaks`` take their wall clock time
away from whatever block they meet; where two blocks overlap, the time counts once and belongs to the block that opened first.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from tests.oracle.zones import instant_of, instants_of, local_date

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TOO_FAR = 366 * 30
Piece = tuple[datetime, datetime, date]  # from, to, the date on which the block opened


def _clock(text: str) -> timedelta:
    hours, minutes = text.strip().split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _blocks(texts: Any) -> list[tuple[timedelta, timedelta]]:
    """``["09:00-12:30"]`` as offsets from midnight; an end at or before the start is on the next day."""
    found = []
    for text in [texts] if isinstance(texts, str) else texts or []:
        start, end = (_clock(part) for part in text.split("-"))
        found.append((start, end if end > start else end + DAY))
    return found


def _weekdays(text: str) -> list[int]:
    """``mon-fri``, ``sat``, ``mon,wed``, also around the weekend (``sat-mon``)."""
    days: list[int] = []
    for part in text.lower().split(","):
        first, _, last = part.strip().partition("-")
        a, b = WEEKDAYS.index(first.strip()[:3]), WEEKDAYS.index((last or first).strip()[:3])
        days += [day % 7 for day in range(a, b + 1 if b >= a else b + 8)]
    return days


class WorkingTime:
    """What one entry under ``calendars:`` says: when it is open, and how its time is counted."""

    def __init__(self, terms: dict[str, Any]) -> None:
        self.zone = ZoneInfo(terms["timezone"])
        self.terms = terms
        self._week: dict[int, list[tuple[timedelta, timedelta]]] = {}
        for days, texts in terms.get("hours", {}).items():
            for day in _weekdays(days):
                self._week[day] = self._week.get(day, []) + _blocks(texts)
        self._special = {date.fromisoformat(str(day)): _blocks(texts) for day, texts in (terms.get("special_days") or {}).items()}
        self._breaks = {date.fromisoformat(str(day)): _blocks(texts) for day, texts in (terms.get("breaks") or {}).items()}
        self._days: dict[date, list[Piece]] = {}
        self._utc_days: dict[date, list[Piece]] = {}

    @cached_property
    def _own_holidays(self) -> set[date]:
        return {date.fromisoformat(str(day)) for day in (self.terms.get("holidays") or {}).get("add") or []}

    @cached_property
    def _exceptions(self) -> set[date]:
        return {date.fromisoformat(str(day)) for day in (self.terms.get("holidays") or {}).get("remove") or []}

    def is_holiday(self, day: date) -> bool:
        """A country's (and subdivision's) public holidays, plus own dates, minus own exceptions."""
        terms = self.terms.get("holidays") or {}
        if day in self._exceptions:
            return False
        return day in self._own_holidays or ("country" in terms and day in _public(terms["country"], terms.get("subdivision"), day.year))

    def _walls(self, day: date) -> list[tuple[datetime, datetime]]:
        """The blocks that open on a date, as wall clock readings, without the breaks."""
        blocks = self._special.get(day)
        if blocks is None:
            blocks = [] if self.is_holiday(day) else self._week.get(day.weekday(), [])
        midnight = datetime.combine(day, time())
        walls = [(midnight + a, midnight + b) for a, b in sorted(blocks)]
        for offset in (-1, 0, 1):
            for a, b in self._breaks.get(day + offset * DAY, []):
                pause = (midnight + offset * DAY + a, midnight + offset * DAY + b)
                walls = [left for wall in walls for left in _without(wall, pause)]
        return walls

    def day(self, day: date) -> list[Piece]:
        """The working intervals that open on a local date, in order of time."""
        if day not in self._days:
            around = [piece for offset in (-2, -1, 0) for piece in self._opened_on(day + offset * DAY)]
            self._days[day] = [piece for piece in _apart(around) if piece[2] == day]
        return self._days[day]

    def _opened_on(self, day: date) -> list[Piece]:
        """The working intervals of the blocks that open on a date, not yet without the hours of others that opened before."""
        return [(start, end, day) for wall in self._walls(day) for start, end in instants_of(self.zone, *wall)]

    def _utc_day(self, day: date) -> list[Piece]:
        """The working intervals inside one day of UTC, in order, none overlapping."""
        if day not in self._utc_days:
            low, high = datetime.combine(day, time(), UTC), datetime.combine(day + DAY, time(), UTC)
            around = [piece for offset in range(-3, 3) for piece in self.day(day + offset * DAY)]
            clipped = [(max(a, low), min(b, high), on) for a, b, on in around if a < high and b > low]
            self._utc_days[day] = _apart(clipped)
        return self._utc_days[day]

    def _forward(self, instant: datetime) -> Iterator[Piece]:
        """Working intervals from an instant on."""
        day = instant.astimezone(UTC).date()
        for _ in range(TOO_FAR):
            yield from ((max(a, instant), b, on) for a, b, on in self._utc_day(day) if b > instant)
            day += DAY
        raise ValueError("a calendar without any working time")

    def _backward(self, instant: datetime) -> Iterator[Piece]:
        """Working intervals before an instant, the last first."""
        day = instant.astimezone(UTC).date()
        for _ in range(TOO_FAR):
            yield from ((a, min(b, instant), on) for a, b, on in reversed(self._utc_day(day)) if a < instant)
            day -= DAY
        raise ValueError("a calendar without any working time")

    def advance(self, instant: datetime, span: timedelta) -> datetime:
        """The earliest ``u >= instant`` with working time ``span`` in ``[instant, u)``; ``advance(t, 0)`` is ``t``."""
        if span <= timedelta():
            return instant
        for start, end, _ in self._forward(instant):
            if end - start >= span:
                return start + span
            span -= end - start
        raise AssertionError

    def retreat(self, instant: datetime, span: timedelta) -> datetime:
        """The latest ``u <= instant`` with working time ``span`` in ``[u, instant)``."""
        if span <= timedelta():
            return instant
        for start, end, _ in self._backward(instant):
            if end - start >= span:
                return end - span
            span -= end - start
        raise AssertionError

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Working time in ``[start, end)``; negative when ``end < start``."""
        if end < start:
            return -self.elapsed(end, start)
        total, day = timedelta(), start.astimezone(UTC).date()
        while day <= end.astimezone(UTC).date():
            total += sum((max(min(b, end) - max(a, start), timedelta()) for a, b, _ in self._utc_day(day)), timedelta())
            day += DAY
        return total

    def working_moment(self, instant: datetime) -> tuple[datetime, date]:
        """The instant itself if it is working time, else the next opening; and the date to which it belongs."""
        start, _, opened_on = next(self._forward(instant))
        return start, opened_on

    def date_of(self, instant: datetime) -> date:
        """The date an instant belongs to: that on which its block opened, else that on the wall."""
        moment, opened_on = self.working_moment(instant)
        return opened_on if moment == instant else local_date(self.zone, instant)

    def is_working_date(self, day: date) -> bool:
        """Whether a block opens on a date."""
        return bool(self.day(day))

    def go(self, day: date, dates: int) -> date:
        """The date that many working dates after (or before) a date."""
        step, left = (DAY if dates > 0 else -DAY), abs(dates)
        for _ in range(TOO_FAR):
            if left == 0:
                return day
            day += step
            left -= self.is_working_date(day)
        raise ValueError("a calendar without any working time")

    def working_dates_between(self, first: date, last: date) -> int:
        """How many working dates lie after ``first``, up to and including ``last``."""
        return sum(self.is_working_date(first + DAY * n) for n in range(1, (last - first).days + 1))

    def opening(self, day: date) -> datetime:
        """The first working instant of a working date."""
        return min(start for start, _, _ in self.day(day))

    def close(self, day: date) -> datetime:
        """The last closing of a working date."""
        return max(end for _, end, _ in self.day(day))

    def advance_days(self, instant: datetime, dates: int) -> datetime:
        """The wall clock time of the next working moment, that many working days later.

        Closed there: the next working moment of that day, else its close.
        """
        moment, opened_on = self.working_moment(instant)
        since_midnight = moment.astimezone(self.zone).replace(tzinfo=None) - datetime.combine(opened_on, time())
        day = self.go(opened_on, dates)
        landed = instant_of(self.zone, datetime.combine(day, time()) + since_midnight)
        return min((max(start, landed) for start, end, _ in self.day(day) if end > landed), default=self.close(day))

    def close_of_business(self, instant: datetime, dates: int) -> datetime:
        """The last closing of the nth working day after the one an instant belongs to."""
        _, opened_on = self.working_moment(instant)
        return self.close(self.go(opened_on, dates))


@cache
def _public(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def _without(wall: tuple[datetime, datetime], pause: tuple[datetime, datetime]) -> list[tuple[datetime, datetime]]:
    parts = [(wall[0], min(wall[1], pause[0])), (max(wall[0], pause[1]), wall[1])]
    return [(a, b) for a, b in parts if a < b]


def _apart(pieces: list[Piece]) -> list[Piece]:
    """Intervals in order without the overlaps: what was counted already is taken off those that opened later."""
    apart: list[Piece] = []
    for start, end, opened_on in sorted(pieces, key=lambda piece: (piece[0], piece[2], piece[1])):
        begin = max(start, apart[-1][1]) if apart else start
        if begin < end:
            apart.append((begin, end, opened_on))
    return apart
