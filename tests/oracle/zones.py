"""Local time and instants: which offsets a zone has between two instants, and which instant a wall clock reading names.

A reading that a jump skips names the first instant after the jump; one that occurs twice names the first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

STEP = timedelta(hours=6)
SECOND = timedelta(seconds=1)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _transition(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second at which the offset is no longer the one at ``before``."""
    while after - before > SECOND:
        middle = before + ((after - before) // SECOND // 2) * SECOND
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=100_000)
def offsets(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """``[start, end)`` cut where the zone's offset changes: (from, to, offset), whole seconds in."""
    cuts = [start]
    here = start
    while here < end:
        there = min(here + STEP, end)
        if _offset(zone, here) != _offset(zone, there):
            cuts.append(_transition(zone, here, there))
        here = there
    cuts = [cut for cut in cuts if cut < end]
    return tuple((a, b, _offset(zone, a)) for a, b in zip(cuts, [*cuts[1:], end], strict=True))


def instants_of(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """All instants whose wall clock reading lies in ``[start, end)`` (naive), as intervals in UTC."""
    window_start = (start - timedelta(days=2)).replace(microsecond=0, tzinfo=UTC)
    window_end = (end + timedelta(days=2)).replace(microsecond=0, tzinfo=UTC)
    found = []
    for since, until, offset in offsets(zone, window_start, window_end):
        low = max(since, (start - offset).replace(tzinfo=UTC))
        high = min(until, (end - offset).replace(tzinfo=UTC))
        if low < high:
            found.append((low, high))
    return found


def instant_of(zone: ZoneInfo, reading: datetime) -> datetime:
    """The instant of a naive wall clock reading: the first that reads so, or the first after the jump that skips it."""
    first = reading.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == reading:
        return first
    around = reading.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    for since, _, offset in offsets(zone, around - timedelta(days=2), around + timedelta(days=3)):
        if (reading - offset).replace(tzinfo=UTC) < since and since > around - timedelta(days=2):
            return since
    raise ValueError(f"{reading} never happens in {zone.key}")


def midnight(zone: ZoneInfo, day: date) -> datetime:
    """The first instant of a local date."""
    return instant_of(zone, datetime.combine(day, time()))


def local_date(zone: ZoneInfo, instant: datetime) -> date:
    """The date on the wall at an instant."""
    return instant.astimezone(zone).date()
