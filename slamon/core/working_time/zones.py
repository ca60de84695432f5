"""Time zones as arrays: between which UTC instants which offset holds, so that wall times convert in bulk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from slamon.core.working_time.buckets import BULK, Buckets
from slamon.core.working_time.instants import DAY, NEVER, SECOND, Instants, to_datetime

_SAMPLE = DAY // 2
_SPAN = 1024 * DAY
_EARLIEST, _LATEST = -62_135_424_000 * SECOND, 253_402_128_000 * SECOND  # a day inside the years that a datetime can tell
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)  # without slots: the tables are kept once they were asked for
class Offsets:
    """Offset ``offset[i]`` (int64 microseconds east of UTC) holds for instants in ``[begin[i], begin[i + 1])``."""

    begin: Instants
    offset: Instants

    @cached_property
    def _switch(self) -> Instants:
        """The wall-clock reading at which each offset but the first takes over, as the offset before it counts."""
        return self.begin[1:] + self.offset[:-1]

    @cached_property
    def _by_instant(self) -> Buckets | None:
        return Buckets.between(self.begin[1:])

    @cached_property
    def _by_wall(self) -> Buckets | None:
        return Buckets.between(self._switch)

    def to_wall(self, instants: Instants) -> Instants:
        """Wall-clock readings, as microseconds since 1970-01-01 00:00 local; NEVER stays NEVER."""
        table = self._by_instant if len(instants) >= BULK else None
        segment = np.searchsorted(self.begin[1:], instants, side="right") if table is None else table.ended(instants)
        wall: Instants = instants + self.offset.take(segment)
        np.copyto(wall, NEVER, where=instants == NEVER)
        return wall

    def from_wall(self, wall: Instants) -> Instants:
        """Instants of wall-clock readings: a repeated one gives its first instant, a skipped one the first after the jump."""
        table = self._by_wall if len(wall) >= BULK else None
        segment = np.searchsorted(self._switch, wall, side="right") if table is None else table.ended(wall)
        instants: Instants = np.maximum(wall - self.offset.take(segment), self.begin.take(segment))
        return instants


def is_zone(name: str) -> bool:
    """True for an exact IANA key such as ``Europe/Berlin`` or ``UTC``; paths, offsets and abbreviations of places are not."""
    return name in _zone_names()


def similar_zone(name: str) -> str | None:
    """The zone somebody who wrote ``america/new_york`` or ``Europe/Berln`` will have meant, None when it is anybody's guess."""
    folded = {known.casefold(): known for known in _zone_names() if "/" in known}
    close = get_close_matches(name.casefold()[:64], folded, n=1, cutoff=0.85)
    return folded[close[0]] if close else None


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def offsets_of(zone: str, first: int, last: int) -> Offsets:
    """Offsets of a zone over ``[first, last]`` (instants) at least, exact to the second; the ends extend for ever."""
    return _offsets_over(zone, first // _SPAN, last // _SPAN + 1)


@lru_cache(maxsize=256)
def _offsets_over(zone: str, since: int, until: int) -> Offsets:
    """Offsets of a zone over whole spans, counted from 1970."""
    changes = [change for span in range(since, until) for change in _changes(zone, span)]
    new = [place == 0 or change[1] != changes[place - 1][1] for place, change in enumerate(changes)]
    begin = [instant for (instant, _), kept in zip(changes, new, strict=True) if kept]
    offset = [micros for (_, micros), kept in zip(changes, new, strict=True) if kept]
    return Offsets(np.array([NEVER + 2 * DAY, *begin[1:]], np.int64), np.array(offset, np.int64))


@lru_cache(maxsize=4096)
def _changes(zone: str, span: int) -> tuple[tuple[int, int], ...]:
    """Since when which offset holds in a span, its beginning first: neighbouring questions share these.

    zoneinfo does not publish its transitions, so the offset is sampled every twelve hours and each change is
    found by bisection. No zone has ever changed twice inside twelve hours.
    """
    first, last = max(span * _SPAN, _EARLIEST), min((span + 1) * _SPAN, _LATEST)
    info, half_day = ZoneInfo(zone), timedelta(microseconds=_SAMPLE)
    moment = to_datetime(first).replace(tzinfo=info)  # in UTC, as fromutc wants it
    before, found = _offset(info, moment), [(first, _offset(info, moment))]
    for sample in range(first + _SAMPLE, last + 1, _SAMPLE):
        moment += half_day
        now = _offset(info, moment)
        if now != before:
            found.append((_bisect(info, sample - _SAMPLE, sample, before), now))
            before = now
    return tuple(found)


def _offset(info: ZoneInfo, moment: datetime) -> int:
    """Microseconds east of UTC; the moment is in UTC."""
    return (info.fromutc(moment).utcoffset() or timedelta()) // _MICROSECOND


def _bisect(info: ZoneInfo, low: int, high: int, before: int) -> int:
    """The first whole second in ``(low, high]`` at which the offset is no longer ``before``."""
    low, high = low // SECOND, high // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(info, to_datetime(middle * SECOND).replace(tzinfo=info)) == before else (low, middle)
    return high * SECOND
