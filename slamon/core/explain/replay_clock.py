"""The arithmetic of an explanation's data: walking along listed stretches and working dates, nothing looked up but the zone's offsets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from slamon.core.working_time.durations import MICROS, Unit
from slamon.core.working_time.instants import DAY, FOREVER, to_micros
from slamon.core.working_time.zones import offsets_of

Data = Mapping[str, Any]
Span = tuple[int, int]
"""Begin and end, microseconds UTC, half-open; FOREVER for an end that is not known."""

_EPOCH = date(1970, 1, 1)


def instant(text: str | None) -> int | None:
    """An instant of the data in microseconds UTC; None for none."""
    return None if text is None else to_micros(datetime.fromisoformat(text))


def span(data: Data, begin: str = "begin", end: str = "end") -> Span:
    """A stretch, a pause or an absence of the data."""
    since, until = instant(data[begin]), instant(data[end])
    return 0 if since is None else since, FOREVER if until is None else until


def micros_of(length: Data) -> int:
    """A length in microseconds; a working day is 24 hours, as the strict clock counts it."""
    return int(length["amount"]) * MICROS[Unit(length["unit"])]


def in_working_days(length: Data) -> bool:
    """Whether a length is walked from date to date."""
    return bool(length["unit"] == "wd")


def in_working_time(length: Data) -> bool:
    """Whether a length runs only while the calendar is open."""
    return str(length["unit"]).startswith("w")


def walked(open_: Iterable[Span], since: int, micros: int) -> int | None:
    """The earliest instant by which that much open time has passed since an instant; None where the list ends before."""
    left = micros
    for begin, end in open_:
        low = max(begin, since)
        if end > low:
            if end - low >= left:
                return low + left
            left -= end - low
    return None


def walked_back(open_: Sequence[Span], until: int, micros: int) -> int | None:
    """The latest instant with that much open time left until another one; None where the list begins after it."""
    left = micros
    for begin, end in reversed(open_):
        high = min(end, until)
        if high > begin:
            if high - begin >= left:
                return high - left
            left -= high - begin
    return None


def passed(open_: Iterable[Span], since: int, until: int) -> int:
    """How much open time lies between two instants."""
    return sum(max(0, min(end, until) - max(begin, since)) for begin, end in open_)


def moved(point: int | None, pauses: Iterable[Span], open_: Sequence[Span], since: int) -> int | None:
    """An instant moved on by the open time inside the pauses that begin before it; None where one of them has not ended."""
    reached = FOREVER if point is None else point
    for begin, end in pauses:
        low = max(begin, since)
        if low < end and low < reached:
            if end == FOREVER:
                return None
            inside = passed(open_, low, end)
            later = walked(open_, reached, inside) if inside else reached
            reached = FOREVER if later is None else later
    return None if reached == FOREVER else reached


@dataclass(frozen=True, slots=True)
class Dates:
    """The working dates that an explanation lists, in order, each with its hours; ``dates`` count days since 1970-01-01."""

    zone: str
    dates: tuple[int, ...]
    hours: tuple[tuple[Span, ...], ...]

    @property
    def open(self) -> list[Span]:
        """All their hours in order."""
        return [each for day in self.hours for each in day]

    def next_working(self, at: int) -> tuple[int, int]:
        """The place of the date whose hours hold an instant or come next, and the working moment in them."""
        return next((place, max(at, begin)) for place, day in enumerate(self.hours) for begin, end in day if end > at)

    def place_of(self, at: int) -> int:
        """The place of the date that an instant belongs to: its hours' inside hours, else the last working one up to its own."""
        inside = [place for place, day in enumerate(self.hours) for begin, end in day if begin <= at < end]
        if inside:
            return inside[0]
        local = self._wall(at) // DAY
        return sum(day <= local for day in self.dates) - 1

    def close_of(self, place: int) -> int:
        """The last closing of a date."""
        return self.hours[place][-1][1]

    def open_of(self, place: int) -> int:
        """The first opening of a date."""
        return self.hours[place][0][0]

    def midnight_of(self, place: int) -> int:
        """The instant at which a date begins."""
        return self._instant(self.dates[place] * DAY)

    def since_midnight(self, at: int, place: int) -> int:
        """The clock's reading at an instant, counted from a date's midnight."""
        return self._wall(at) - self.dates[place] * DAY

    def at_time_of_day(self, place: int, since_midnight: int) -> int:
        """That reading on a date; a closed one moves to the date's next working moment, else to its close."""
        wanted = self._instant(self.dates[place] * DAY + since_midnight)
        begin = next((begin for begin, end in self.hours[place] if end > wanted), self.hours[place][-1][0])
        return min(max(wanted, begin), self.close_of(place))

    def _wall(self, at: int) -> int:
        return int(offsets_of(self.zone, at - 400 * DAY, at + 400 * DAY).to_wall(np.array([at], np.int64))[0])

    def _instant(self, wall: int) -> int:
        return int(offsets_of(self.zone, wall - 400 * DAY, wall + 400 * DAY).from_wall(np.array([wall], np.int64))[0])


def dates_of(cycle: Data) -> Dates:
    """The working dates of a cycle's data."""
    days = cycle["days"]
    numbers = tuple((date.fromisoformat(day["date"]) - _EPOCH).days for day in days)
    return Dates(cycle["timezone"], numbers, tuple(tuple(map(span, day["openings"])) for day in days))
