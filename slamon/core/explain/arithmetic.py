"""Which stretches of time counted toward a target and which did not, and why not; and the working dates of a calendar."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from slamon.core.explain.explanation import Opening, Paused, Stretch, WorkingDay
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, FOREVER, MINUTE, SECOND, to_datetime
from slamon.core.working_time.zones import Offsets, offsets_of

EPOCH = date(1970, 1, 1)
MOST_NAMED_DAYS = 60
MOST_NAMES = 3


def stretches(calendar: Calendar | None, zone: str, begin: int, end: int, pauses: Sequence[Paused]) -> tuple[Stretch, ...]:
    """The time from ``begin`` to ``end`` in order: open hours, closed ones with the reason, and pauses. Their sum is exact.

    Without a calendar every hour is open. A pause that has not ended is the last stretch, whatever ``end`` is.
    """
    endless = [pause for pause in pauses if pause.end == FOREVER]
    end = min([end, *(max(pause.begin, begin) for pause in endless)])
    noted = [_with_clock_change(stretch, zone) for stretch in _between(calendar, begin, end, pauses)] if begin < end else []
    return (*noted, *(Stretch(end, FOREVER, "paused", pause.why, 0) for pause in endless[:1]))


def _between(calendar: Calendar | None, begin: int, end: int, pauses: Sequence[Paused]) -> Iterator[Stretch]:
    if calendar is None:
        yield from _cut_by_pauses(_stretch(begin, end, "open", "round the clock"), pauses)
        return
    pieces = [piece for opening in _openings(calendar, begin, end) for piece in _cut_by_pauses(opening, pauses)]
    yield from _with_gaps(calendar, begin, end, pieces)


def counted_between(found: Sequence[Stretch], begin: int, end: int) -> int:
    """How much counted of the time from ``begin`` to ``end``, in microseconds."""
    return sum(max(0, min(each.end, end) - max(each.begin, begin)) for each in found if each.counted)


def working_days(calendar: Calendar, since: int, until: int) -> tuple[WorkingDay, ...]:
    """The working dates from the one before ``since`` to the one after ``until``, each with all its hours."""
    openings = calendar.openings_around(np.array([since, until], np.int64))
    low, high = openings.day_number(openings.date_of(np.array([since, until], np.int64))).tolist()
    found = []
    for number in range(max(low - 1, 0), min(high + 2, len(openings.days))):
        first, last = int(openings.first[number]), int(openings.first[number + 1])
        hours = tuple(Opening(int(openings.begin[index]), int(openings.end[index])) for index in range(first, last))
        found.append(WorkingDay((EPOCH + timedelta(days=int(openings.days[number]))).isoformat(), hours))
    return tuple(found)


def _stretch(begin: int, end: int, kind: str, why: str) -> Stretch:
    return Stretch(begin, end, kind, why, (end - begin) // SECOND)


def _openings(calendar: Calendar, begin: int, end: int) -> Iterator[Stretch]:
    openings = calendar.openings_around(np.array([begin, end], np.int64))
    first = int(np.searchsorted(openings.end, begin, side="right"))
    last = int(np.searchsorted(openings.begin, end, side="left"))
    begins, ends = openings.begin[first:last], openings.end[first:last]
    goes_on = begins[1:] == ends[:-1]  # hours that go on, over midnight or a clock change, are one stretch
    whole = zip(begins[np.append(True, ~goes_on)], ends[np.append(~goes_on, True)], strict=True) if first < last else ()
    for low, high in whole:
        yield _stretch(max(begin, int(low)), min(end, int(high)), "open", "open")


def _cut_by_pauses(opening: Stretch, pauses: Sequence[Paused]) -> Iterator[Stretch]:
    at = opening.begin
    for pause in pauses:
        low, high = max(at, pause.begin), min(opening.end, pause.end)
        if low < high:
            if at < low:
                yield _stretch(at, low, "open", opening.why)
            yield _stretch(low, high, "paused", pause.why)
            at = high
    if at < opening.end:
        yield _stretch(at, opening.end, "open", opening.why)


def _with_gaps(calendar: Calendar, begin: int, end: int, pieces: Sequence[Stretch]) -> Iterator[Stretch]:
    at = begin
    for piece in pieces:
        if at < piece.begin:
            yield _stretch(at, piece.begin, "closed", _why_closed(calendar, at, piece.begin))
        yield piece
        at = piece.end
    if at < end:
        yield _stretch(at, end, "closed", _why_closed(calendar, at, end))


def _why_closed(calendar: Calendar, begin: int, end: int) -> str:
    """Closed hours, with the names of the holidays among the dates."""
    offsets = _offsets(calendar.timezone, begin, end)
    low, high = (int(wall) // DAY for wall in offsets.to_wall(np.array([begin, end - 1], np.int64)))
    dates = (EPOCH + timedelta(days=day) for day in range(low, min(high, low + MOST_NAMED_DAYS) + 1))
    names = [f"{name} {local:%a %d %b}" for local in dates if (name := calendar.holiday_name(local))]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"closed: {', '.join(names[:MOST_NAMES])}{more}" if names else "closed"


def _with_clock_change(stretch: Stretch, zone: str) -> Stretch:
    """A stretch in which the zone's clocks jumped says so: it is shorter or longer than its clock times."""
    offsets = _offsets(zone, stretch.begin, stretch.end)
    ends = np.array([stretch.begin, stretch.end - 1], np.int64)
    begin, end = (offsets.to_wall(ends) - ends).tolist()
    if begin == end:
        return stretch
    jumped = int(offsets.begin[offsets.begin > stretch.begin][0])
    way, amount = ("forward", "less") if end > begin else ("back", "more")
    words = f"clocks went {way} {to_datetime(jumped):%a %d %b}: {_length(abs(end - begin))} {amount} than they show"
    return Stretch(stretch.begin, stretch.end, stretch.kind, f"{stretch.why}; {words}", stretch.seconds)


def _length(micros: int) -> str:
    minutes = micros // MINUTE
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _offsets(zone: str, begin: int, end: int) -> Offsets:
    """Looked up by whole years, so that neighbouring stretches share one table."""
    year = 366 * DAY
    return offsets_of(zone, begin // year * year - year, end // year * year + 2 * year)
