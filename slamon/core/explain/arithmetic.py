"""Which stretches of time counted toward a target and which did not, and why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from slamon.core.calendars import Calendar
from slamon.core.clocks import Pauses
from slamon.core.instants import DAY, SECOND

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time ``[begin, end)`` (microseconds UTC): whether it counted, why, and how much (whole seconds)."""

    begin: int
    end: int
    counted: bool
    why: str
    seconds: int


def stretches(calendar: Calendar | None, begin: int, end: int, pauses: Pauses, lead: int) -> list[Stretch]:
    """The time from ``begin`` to ``end`` in order: open hours, closed ones with the reason, and pauses. Their sum is exact."""
    if end <= begin:
        return []
    cut = [stretch for opening in _openings(calendar, begin, end) for stretch in _cut_by_pauses(opening, pauses, lead)]
    return list(_with_gaps(calendar, begin, end, cut))


def _openings(calendar: Calendar | None, begin: int, end: int) -> list[Stretch]:
    if calendar is None:
        return [Stretch(begin, end, counted=True, why="round the clock", seconds=(end - begin) // SECOND)]
    openings = calendar.openings_around(np.array([begin, end], np.int64))
    first = int(np.searchsorted(openings.end, begin, side="right"))
    last = int(np.searchsorted(openings.begin, end, side="left"))
    found = []
    for index in range(first, last):
        low, high = max(begin, int(openings.begin[index])), min(end, int(openings.end[index]))
        found.append(Stretch(low, high, counted=True, why="open", seconds=(high - low) // SECOND))
    return found


def _cut_by_pauses(opening: Stretch, pauses: Pauses, lead: int) -> Iterator[Stretch]:
    at = opening.begin
    for index in np.flatnonzero(pauses.lead == lead).tolist():
        low, high = max(at, int(pauses.begin[index])), min(opening.end, int(pauses.end[index]))
        if low < high:
            if at < low:
                yield Stretch(at, low, counted=True, why=opening.why, seconds=(low - at) // SECOND)
            yield Stretch(low, high, counted=False, why="paused", seconds=(high - low) // SECOND)
            at = high
    if at < opening.end:
        yield Stretch(at, opening.end, counted=True, why=opening.why, seconds=(opening.end - at) // SECOND)


def _with_gaps(calendar: Calendar | None, begin: int, end: int, counted: list[Stretch]) -> Iterator[Stretch]:
    at = begin
    for stretch in counted:
        if at < stretch.begin:
            yield _closed(calendar, at, stretch.begin)
        yield stretch
        at = stretch.end
    if at < end:
        yield _closed(calendar, at, end)


def _closed(calendar: Calendar | None, begin: int, end: int) -> Stretch:
    return Stretch(begin, end, counted=False, why=_why_closed(calendar, begin, end), seconds=(end - begin) // SECOND)


def _why_closed(calendar: Calendar | None, begin: int, end: int) -> str:
    """Closed hours, with the names of the holidays among the dates."""
    if calendar is None:
        return "closed"
    openings = calendar.openings_around(np.array([begin, end], np.int64))
    low, high = (int(wall) // DAY for wall in openings.offsets.to_wall(np.array([begin, end - 1], np.int64)))
    names = []
    for day in range(low, min(high, low + 60) + 1):
        local = EPOCH + timedelta(days=day)
        name = calendar.holiday_name(local)
        if name:
            names.append(f"{name} {local.isoformat()}")
    return f"closed ({', '.join(names)})" if names else "closed"
