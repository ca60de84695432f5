"""Working time: a calendar says when people work, and answers ``advance`` and ``elapsed``, each other's inverse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast, overload

import numpy as np
import numpy.typing as npt

from slamon.core.working_time.durations import Duration
from slamon.core.working_time.holidays import check_country, public_holidays
from slamon.core.working_time.hours import Block, parse_blocks, parse_date, parse_week
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, SECOND, Instants, to_datetime, to_micros
from slamon.core.working_time.openings import Openings, compile_openings
from slamon.core.working_time.zones import is_zone, offsets_of

MARGIN = 11 * 366 * DAY
"""So far beyond the data openings are compiled, so that they need not be again for each later instant."""
REACH = 10 * 366 * DAY
"""So far around every instant that is asked about they reach."""
LAST_COMPILED = 300 * 366 * DAY
"""Nothing is promised beyond the year 2270."""

Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class _Hours:
    """What a calendar was told, checked: blocks are microseconds since local midnight of the date they begin on."""

    zone: str
    weekly: tuple[tuple[Block, ...], ...]
    country: str | None
    subdivision: str | None
    add: frozenset[date]
    remove: frozenset[date]
    special: Mapping[date, tuple[Block, ...]]
    breaks: Mapping[date, tuple[Block, ...]]


class Calendar:
    """When somebody works: a time zone, weekly hours, holidays, special days and breaks.

    ``hours`` maps ``mon`` … ``sun`` or ranges such as ``mon-fri`` to blocks ``"09:00-17:30"``; a block may end at
    ``24:00``, and one that ends at or before its start crosses midnight. A holiday removes the hours that begin on
    its date; ``special_days`` replace a date's hours (also a holiday's); ``breaks`` are closed stretches of one date.
    A calendar without any working time raises ``ValueError``.

    Scalars are aware ``datetime`` in, UTC ``datetime`` out; bulk is ``numpy.datetime64[us]`` in UTC in, the same out.
    """

    __slots__ = ("_hours", "_openings", "_span")

    def __init__(
        self,
        timezone: str,
        hours: Mapping[str, Sequence[str]],
        holidays: Mapping[str, Any] | None = None,
        special_days: Mapping[str, Sequence[str]] | None = None,
        breaks: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if not is_zone(timezone):
            raise ValueError(f"{timezone!r} is not an IANA time zone; write one such as Europe/Berlin or UTC")
        off = dict(holidays or {})
        self._hours = _Hours(
            zone=timezone,
            weekly=parse_week(hours),
            country=off.get("country"),
            subdivision=off.get("subdivision"),
            add=frozenset(map(parse_date, off.get("add", ()))),
            remove=frozenset(map(parse_date, off.get("remove", ()))),
            special={parse_date(day): parse_blocks(blocks) for day, blocks in (special_days or {}).items()},
            breaks={parse_date(day): parse_blocks(blocks) for day, blocks in (breaks or {}).items()},
        )
        check_country(self._hours.country, self._hours.subdivision)
        if not any(self._hours.weekly) and not any(self._hours.special.values()):
            raise ValueError('the calendar has no working time; write hours such as {mon-fri: ["09:00-17:00"]}')
        self._openings: Openings | None = None
        self._span = (0, 0)

    @property
    def terms(self) -> tuple[object, ...]:
        """All that it was told, in an order that is always the same: calendars with the same terms are the same."""
        told = self._hours
        days = (sorted(told.add), sorted(told.remove), sorted(told.special.items()), sorted(told.breaks.items()))
        return (told.zone, told.weekly, told.country, told.subdivision, *days)

    @property
    def timezone(self) -> str:
        """The IANA key of the calendar's zone."""
        return self._hours.zone

    @overload
    def advance(self, start: datetime, seconds: float) -> datetime: ...
    @overload
    def advance(self, start: Moments, seconds: float | npt.NDArray[Any]) -> Moments: ...
    def advance(self, start: datetime | Moments, seconds: Any) -> datetime | Moments:
        """The earliest instant ``u >= start`` with that many working seconds in ``[start, u)``; 0 gives ``start``."""
        micros = np.asarray(np.round(np.asarray(seconds, np.float64) * SECOND), np.int64)
        return _like(start, self.advance_micros(_instants(start), np.broadcast_to(micros, _instants(start).shape)))

    @overload
    def elapsed(self, a: datetime, b: datetime) -> float: ...
    @overload
    def elapsed(self, a: Moments, b: Moments) -> npt.NDArray[np.float64]: ...
    def elapsed(self, a: datetime | Moments, b: datetime | Moments) -> float | npt.NDArray[np.float64]:
        """Working seconds in ``[a, b)``; negative when ``b < a``."""
        seconds = self.elapsed_micros(_instants(a), _instants(b)) / SECOND
        return float(seconds[0]) if isinstance(a, datetime) else seconds

    @overload
    def advance_days(self, start: datetime, days: int, *, close_of_business: bool = False) -> datetime: ...
    @overload
    def advance_days(self, start: Moments, days: int, *, close_of_business: bool = False) -> Moments: ...
    def advance_days(self, start: datetime | Moments, days: int, *, close_of_business: bool = False) -> datetime | Moments:
        """``days`` working days on from the first working moment at or after ``start``.

        The wall-clock time is kept; with ``close_of_business`` the answer is the last closing of that day.
        """
        return _like(start, self.advance_days_micros(_instants(start), days, close_of_business=close_of_business))

    def advance_micros(self, start: Instants, working: Instants) -> Instants:
        """As :meth:`advance`, over int64 microseconds; NEVER stays NEVER."""
        openings = self.openings_around(start)
        target = openings.working_until(start)
        target += working
        while len(target) and target.max() > openings.finished[-1]:
            openings = self.extended()
            target = openings.working_until(start) + working
        result = openings.reached(target)
        return _kept_where((working <= 0) | (start == NEVER), start, result)

    def retreat_micros(self, end: Instants, working: Instants) -> Instants:
        """The latest instant ``u <= end`` with that much working time (> 0) in ``[u, end)``."""
        openings = self.openings_around(end)
        result = openings.left_from(openings.working_until(end) - working)
        return _kept_where((working <= 0) | (end == NEVER), end, result)

    def elapsed_micros(self, a: Instants, b: Instants) -> Instants:
        """As :meth:`elapsed`, in int64 microseconds."""
        self.openings_around(a)
        openings = self.openings_around(b)
        elapsed = openings.working_until(b)
        elapsed -= openings.working_until(a)
        return elapsed

    def advance_days_micros(self, start: Instants, days: int, *, close_of_business: bool = False) -> Instants:
        """As :meth:`advance_days`, over int64 microseconds; NEVER stays NEVER."""
        openings = self.openings_around(start)
        index, moment = openings.next_working(start)
        number = openings.number_of(index) + days
        while len(number) and number.max() >= len(openings.days):
            openings = self.extended()
            index, moment = openings.next_working(start)
            number = openings.number_of(index) + days
        if close_of_business:
            result = openings.close_of(number)
        else:
            since_midnight = openings.offsets.to_wall(moment) - openings.date.take(index) * DAY
            result = openings.at_time_of_day(number, since_midnight)
        return _kept_where(start == NEVER, start, result)

    def advance_by(self, start: Instants, length: Duration, *, close_of_business: bool = False) -> Instants:
        """``start`` plus a duration of any unit, on this calendar where the unit is a working one."""
        if length.is_working_days:
            return self.advance_days_micros(start, length.amount, close_of_business=close_of_business)
        if length.unit.is_working:
            return self.advance_micros(start, np.full(start.shape, length.micros))
        return _kept_where(start == NEVER, start, start + length.micros)

    def openings_around(self, instants: Instants) -> Openings:
        """The compiled openings, reaching at least ten years beyond every given instant."""
        low, high = _range_of(instants)
        if self._openings is None:
            low, high = (0, 0) if low == NEVER else (low, high)
            return self._compile(low - MARGIN, high + MARGIN)
        if low == NEVER:
            return self._openings
        first, last = self._span
        if low < first + REACH or high > last - REACH:
            return self._compile(min(first, low - MARGIN), max(last, high + MARGIN))
        return self._openings

    def extended(self) -> Openings:
        """The openings, compiled eleven years further; ``ValueError`` when there is no working time left to reach."""
        first, last = self._span
        if last > LAST_COMPILED:
            raise ValueError("the deadline lies beyond the calendar's last working time")
        return self._compile(first, last + MARGIN)

    def _compile(self, first: int, last: int) -> Openings:
        """Compile every local date from ``first`` to ``last``; the openings of a date do not depend on the range."""
        begin_day, end_day = first // DAY - 1, last // DAY + 1
        begin, end, day = self._blocks_between(begin_day, end_day)
        offsets = offsets_of(self._hours.zone, begin_day * DAY - DAY, end_day * DAY + 3 * DAY)
        openings = compile_openings(begin, end, day, offsets)
        if not len(openings.begin):
            raise ValueError("the calendar has no working time left: holidays and breaks cover all its hours")
        if self._openings is not None:
            # What was measured before has to mean the same: working time is counted from where it was first counted from.
            openings = openings.counted_from(int(self._openings.begin[0]), int(self._openings.worked[0]))
        self._openings, self._span = openings, (first, last)
        return openings

    def _blocks_between(self, first: int, last: int) -> tuple[Instants, Instants, Instants]:
        days = np.arange(first, last, dtype=np.int64)
        weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
        free = np.isin(days, [_ordinal(off) for off in self._days_off(first, last)])
        free |= np.isin(days, [_ordinal(special) for special in self._hours.special])
        parts = [(days[(weekday == number) & ~free], block) for number, blocks in enumerate(self._hours.weekly) for block in blocks]
        parts += [
            (np.array([_ordinal(special)], np.int64), block)
            for special, blocks in self._hours.special.items()
            if first <= _ordinal(special) < last
            for block in blocks
        ]
        begin = np.concatenate([chosen * DAY + block[0] for chosen, block in parts])
        end = np.concatenate([chosen * DAY + block[1] for chosen, block in parts])
        day = np.concatenate([chosen for chosen, _ in parts])
        return self._without_breaks(begin, end, day)

    def _without_breaks(self, begin: Instants, end: Instants, day: Instants) -> tuple[Instants, Instants, Instants]:
        for broken, blocks in self._hours.breaks.items():
            for low, high in blocks:
                since, until = _ordinal(broken) * DAY + low, _ordinal(broken) * DAY + high
                cut = (begin < until) & (end > since)
                before = (begin[cut], np.minimum(end[cut], since), day[cut])
                after = (np.maximum(begin[cut], until), end[cut], day[cut])
                kept = (begin[~cut], end[~cut], day[~cut])
                begin, end, day = (np.concatenate(column) for column in zip(kept, before, after, strict=True))
                some = end > begin
                begin, end, day = begin[some], end[some], day[some]
        return begin, end, day

    def _days_off(self, first: int, last: int) -> set[date]:
        off = set(self._hours.add)
        if self._hours.country:
            years = ((_EPOCH_DAY + timedelta(days=day)).year for day in (first, last))
            off |= set(public_holidays(self._hours.country, self._hours.subdivision, *years))
        return off - self._hours.remove

    def holiday_name(self, day: date) -> str | None:
        """The name of the holiday that closes a local date, ``own date`` for an added one, None on other dates."""
        if day in self._hours.remove:
            return None
        if self._hours.country:
            name = public_holidays(self._hours.country, self._hours.subdivision, day.year, day.year).get(day)
            if name:
                return name
        return "own date" if day in self._hours.add else None


def round_the_clock(timezone: str) -> Calendar:
    """A calendar that is always open, in a zone: dates and periods are cut there."""
    return Calendar(timezone, {"mon-sun": ["00:00-24:00"]})


_EPOCH_DAY = date(1970, 1, 1)


def _ordinal(day: date) -> int:
    return (day - _EPOCH_DAY).days


def _range_of(instants: Instants) -> tuple[int, int]:
    """The first and the last that is neither NEVER nor FOREVER; NEVER twice where there is none."""
    low, high = (int(instants.min()), int(instants.max())) if len(instants) else (NEVER, NEVER)
    if low != NEVER and high != FOREVER:
        return low, high
    known = instants[(instants != NEVER) & (instants != FOREVER)]
    return (int(known.min()), int(known.max())) if len(known) else (NEVER, NEVER)


def _kept_where(unmoved: npt.NDArray[np.bool_], instants: Instants, moved: Instants) -> Instants:
    np.copyto(moved, instants, where=unmoved)
    return moved


def _instants(moments: datetime | Moments) -> Instants:
    if isinstance(moments, datetime):
        return np.array([to_micros(moments)], np.int64)
    return np.asarray(moments, "datetime64[us]").view(np.int64)


def _like(asked: datetime | Moments, answer: Instants) -> datetime | Moments:
    return to_datetime(int(answer[0])) if isinstance(asked, datetime) else cast(Moments, answer.view("datetime64[us]"))
