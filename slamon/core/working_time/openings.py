"""A calendar compiled to sorted arrays of UTC openings; every question about working time is a search in them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from slamon.core.working_time.buckets import BULK, Buckets
from slamon.core.working_time.instants import DAY, Instants
from slamon.core.working_time.worked import WorkedTime
from slamon.core.working_time.zones import Offsets

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)  # without slots: the tables are kept once they were asked for
class Openings:
    """Disjoint half-open openings ``[begin, end)`` in order, each tagged with the local date its block began on.

    ``date`` counts days since 1970-01-01; ``worked`` is the working time before the opening begins. ``days`` are the
    distinct working dates, ``first`` the index of each one's first opening (with one more entry at the end).
    """

    begin: Instants
    end: Instants
    date: Days
    worked: Instants
    finished: Instants
    days: Days
    first: npt.NDArray[np.int64]
    offsets: Offsets

    @cached_property
    def _tables(self) -> WorkedTime | None:
        return WorkedTime.over(self.begin, self.end, self.worked)

    @cached_property
    def _by_instant(self) -> Buckets | None:
        return Buckets.over(self.begin, self.end)

    @cached_property
    def _number(self) -> npt.NDArray[np.int64]:
        """The number of the working date of each opening."""
        return np.repeat(np.arange(len(self.days)), np.diff(self.first))

    @cached_property
    def _number_by_date(self) -> npt.NDArray[np.int32]:
        """For each local date, from the one before the first working date to the last, how many are not after it, minus one."""
        many = np.diff(self.days, prepend=self.days[0] - 1, append=self.days[-1] + 1)
        return np.repeat(np.arange(-1, len(self.days), dtype=np.int32), many)

    @cached_property
    def _opens(self) -> Instants:
        return self.begin[self.first[:-1]]

    @cached_property
    def _closes(self) -> Instants:
        return self.end[self.first[1:] - 1]

    @cached_property
    def _reaches(self) -> Instants:
        """The first instant of each working date: its midnight, or the close of the date before, if a night shift's is later."""
        midnight = self.offsets.from_wall(self.days * DAY)
        return np.maximum(midnight, np.append(midnight[:1], self._closes[:-1]))

    def working_until(self, instants: Instants) -> Instants:
        """Working time from the calendar's origin up to each instant."""
        if len(instants) >= BULK and self._tables:
            return self._tables.until(instants)
        index = np.searchsorted(self.begin, instants, side="right") - 1
        at = np.maximum(index, 0)
        spent = self.worked[at] + np.minimum(instants, self.end[at]) - self.begin[at]
        result: Instants = np.where(index < 0, self.worked[0], spent)
        return result

    def counted_from(self, begin: int, worked: int) -> "Openings":
        """The same openings, with that much working time passed by the instant ``begin``."""
        shift = worked - int(self.working_until(np.array([begin], np.int64))[0])
        return replace(self, worked=self.worked + shift, finished=self.finished + shift)

    def reached(self, working: Instants) -> Instants:
        """The earliest instant by which that much working time has passed since the origin."""
        if len(working) >= BULK and self._tables:
            return self._tables.reached(working)
        index = np.minimum(np.searchsorted(self.finished, working, side="left"), len(self.begin) - 1)
        result: Instants = self.begin[index] + working - self.worked[index]
        return result

    def left_from(self, working: Instants) -> Instants:
        """The latest instant at which no more than that much working time has passed since the origin."""
        return self.reached(working + 1) - 1

    def _holding(self, instants: Instants) -> npt.NDArray[np.int64]:
        """Index of the opening that holds each instant, or else the next one's; ``len(begin)`` after the last."""
        table = self._by_instant if len(instants) >= BULK else None
        return np.searchsorted(self.end, instants, side="right") if table is None else table.ended(instants)

    def next_working(self, instants: Instants) -> tuple[npt.NDArray[np.int64], Instants]:
        """Index of the opening that holds each instant, or else the next one's, and the working moment in it."""
        index = np.minimum(self._holding(instants), len(self.begin) - 1)
        return index, np.maximum(instants, self.begin.take(index))

    def number_of(self, opening: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The number of the working date that each opening (by its index) belongs to."""
        return self._number.take(opening)

    def day_number(self, dates: Days) -> npt.NDArray[np.int64]:
        """How many working dates are not after each local date, minus one: a closed date counts as the one before it."""
        if len(dates) < BULK:
            return np.searchsorted(self.days, dates, side="right") - 1
        number: npt.NDArray[np.int64] = self._number_by_date.take(dates - (self.days[0] - 1), mode="clip").astype(np.int64)
        return number

    def date_of(self, instants: Instants) -> Days:
        """The date an instant belongs to: its opening's date inside hours, the local calendar date outside."""
        index, outside = self._opening_or_none(instants)
        dates = self.date.take(index)
        dates[outside] = self.offsets.to_wall(instants[outside]) // DAY
        return dates

    def number_at(self, instants: Instants) -> npt.NDArray[np.int64]:
        """The number of the working date that each instant belongs to, a closed date counting as the one before it."""
        index, outside = self._opening_or_none(instants)
        number = self._number.take(index)
        number[outside] = self.day_number(self.offsets.to_wall(instants[outside]) // DAY)
        return number

    def _opening_or_none(self, instants: Instants) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Index of each instant's opening (any where it has none), and the places of those outside hours."""
        index, moment = self.next_working(instants)
        return index, np.flatnonzero((moment != instants) | (instants >= self.end[-1]))

    def close_of(self, number: npt.NDArray[np.int64]) -> Instants:
        """Last closing of each working date, by its number."""
        return self._closes.take(number)

    def open_of(self, number: npt.NDArray[np.int64]) -> Instants:
        """First opening of each working date, by its number."""
        return self._opens.take(number)

    def reach_of(self, number: npt.NDArray[np.int64]) -> Instants:
        """From when on what happens belongs to each working date: its midnight, a night shift's close before it if that is later."""
        return self._reaches.take(number)

    def at_time_of_day(self, number: npt.NDArray[np.int64], since_midnight: Instants) -> Instants:
        """That wall-clock time on each working date; closed moves to the day's next working moment, else its close."""
        target = self.offsets.from_wall(self.days.take(number) * DAY + since_midnight)
        index = np.clip(self._holding(target), self.first.take(number), self.first.take(number + 1) - 1)
        result: Instants = np.minimum(np.maximum(target, self.begin.take(index)), self._closes.take(number))
        return result


def compile_openings(begin: Instants, end: Instants, date: Days, offsets: Offsets) -> Openings:
    """Openings from wall-clock blocks ``[begin, end)`` (microseconds since 1970-01-01 00:00 local) and their dates.

    An instant is open exactly when its wall-clock reading lies in a block: readings that a DST jump skips never
    occur, readings that occur twice count twice. Overlapping blocks count once.
    """
    utc_begin, utc_end, dates = _to_utc(begin, end, date, offsets)
    order = np.lexsort((utc_end, dates, utc_begin))  # what overlaps belongs to the block that opened first
    utc_begin, utc_end, dates = utc_begin[order], utc_end[order], dates[order]
    covered = np.concatenate(([np.iinfo(np.int64).min], np.maximum.accumulate(utc_end)[:-1])) if len(utc_end) else utc_end
    utc_begin = np.maximum(utc_begin, covered)
    kept = utc_end > utc_begin
    utc_begin, utc_end, dates = utc_begin[kept], utc_end[kept], dates[kept]
    dates = np.maximum.accumulate(dates) if len(dates) else dates
    finished = np.cumsum(utc_end - utc_begin)
    days, first = np.unique(dates, return_index=True)
    return Openings(
        begin=utc_begin,
        end=utc_end,
        date=dates,
        worked=finished - (utc_end - utc_begin),
        finished=finished,
        days=days,
        first=np.append(first, len(dates)),
        offsets=offsets,
    )


def _to_utc(begin: Instants, end: Instants, date: Days, offsets: Offsets) -> tuple[Instants, Instants, Days]:
    """Each block's pieces in UTC: one for each offset that holds during it."""
    order = np.argsort(begin, kind="stable")
    begin, end, date = begin[order], end[order], date[order]
    ends = np.append(offsets.begin[1:], np.iinfo(np.int64).max)
    first = np.searchsorted(np.maximum.accumulate(end), offsets.begin + offsets.offset, side="right")  # all before end earlier
    last = np.append(np.searchsorted(begin, offsets.begin[1:] + offsets.offset[:-1]), len(begin))
    parts = []
    for since, until, offset, low_row, high_row in zip(offsets.begin, ends, offsets.offset, first, last, strict=True):
        near = slice(low_row, high_row)
        low, high = np.maximum(begin[near] - offset, since), np.minimum(end[near] - offset, until)
        some = low < high
        parts.append((low[some], high[some], date[near][some]))
    begins, until, dates = zip(*parts, strict=True)
    return np.concatenate(begins), np.concatenate(until), np.concatenate(dates)
