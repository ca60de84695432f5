"""A calendar compiled to sorted arrays of UTC openings; every question about working time is a search in them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from slamon.core.instants import DAY, Instants
from slamon.core.worked import BULK, WorkedTime
from slamon.core.zones import Offsets

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

    def next_working(self, instants: Instants) -> tuple[npt.NDArray[np.int64], Instants]:
        """Index of the opening that holds each instant, or else the next one's, and the working moment in it."""
        index = np.minimum(np.searchsorted(self.end, instants, side="right"), len(self.begin) - 1)
        return index, np.maximum(instants, self.begin[index])

    def day_number(self, dates: Days) -> npt.NDArray[np.int64]:
        """How many working dates are not after each local date, minus one: a closed date counts as the one before it."""
        return np.searchsorted(self.days, dates, side="right") - 1

    def date_of(self, instants: Instants) -> Days:
        """The date an instant belongs to: its opening's date inside hours, the local calendar date outside."""
        index = np.maximum(np.searchsorted(self.begin, instants, side="right") - 1, 0)
        inside = (self.begin[index] <= instants) & (instants < self.end[index])
        local = self.offsets.to_wall(instants) // DAY
        result: Days = np.where(inside, self.date[index], local)
        return result

    def close_of(self, number: npt.NDArray[np.int64]) -> Instants:
        """Last closing of each working date, by its number."""
        result: Instants = self.end[self.first[number + 1] - 1]
        return result

    def open_of(self, number: npt.NDArray[np.int64]) -> Instants:
        """First opening of each working date, by its number."""
        result: Instants = self.begin[self.first[number]]
        return result

    def at_time_of_day(self, number: npt.NDArray[np.int64], since_midnight: Instants) -> Instants:
        """That wall-clock time on each working date; closed moves to the day's next working moment, else its close."""
        target = self.offsets.from_wall(self.days[number] * DAY + since_midnight)
        index = np.searchsorted(self.end, target, side="right")
        last = self.first[number + 1] - 1
        index = np.clip(index, self.first[number], last)
        result: Instants = np.minimum(np.maximum(target, self.begin[index]), self.end[last])
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
