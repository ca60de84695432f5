"""Working time as a function of the instant, and back, in bulk: a table of buckets stands in for the search in the openings."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from slamon.core.instants import Instants

BULK = 1_024
"""From this many instants on a table pays; fewer are searched for one by one."""

_BLOCK = 16_384  # what a block needs in between stays in the processor's cache
_FEWEST, _MOST = 4, 16  # buckets a stretch: a table takes at most 64 bytes for each
_STEPS = 3  # more comparisons a value than this cost as much as a search


@dataclass(frozen=True, slots=True)
class Buckets:
    """Which of some stretches ``[low, high)`` (integers, in order, disjoint) a value lies in.

    ``index`` holds for each bucket of ``2 ** shift`` values the first stretch that ends after the bucket's first value;
    bucket 0 is number ``first``. As many comparisons with ``high`` as the fullest bucket needs do the rest.
    """

    high: Instants
    shift: int
    first: int
    index: npt.NDArray[np.int32]
    steps: int

    @classmethod
    def over(cls, low: Instants, high: Instants) -> Self | None:
        """The coarsest buckets in which one comparison is enough, else the ones with the fewest; None where no bounded table helps."""
        widest = (int(high[-1] - low[0]) // (_FEWEST * len(low))).bit_length()
        narrowest = max(widest - (_MOST // _FEWEST).bit_length() + 1, 0)
        best, fewest = widest, _STEPS + 1
        for shift in range(widest, narrowest - 1, -1):
            steps = _comparisons(low >> shift, (high - 1) >> shift)
            if steps < fewest:
                best, fewest = shift, steps
            if steps <= 1:
                break
        if fewest > _STEPS:
            return None
        first = int(low[0]) >> best
        counts = np.diff(((high - 1) >> best) + 1, prepend=first)
        return cls(high, best, first, np.repeat(np.arange(len(high), dtype=np.int32), counts), fewest)

    def find(self, values: Instants) -> npt.NDArray[np.int64]:
        """The stretch that holds each value, else the one before or after it; beyond the last a number that has to be clipped."""
        index = self.index.take((values >> self.shift) - self.first, mode="clip").astype(np.int64)
        for _ in range(self.steps):
            index += values >= self.high.take(index, mode="clip")
        return index


def _comparisons(first_bucket: Instants, last_bucket: Instants) -> int:
    """How many stretches beside the first one the fullest bucket holds some of; no more than one above the limit is told."""
    steps = 0
    while steps <= _STEPS and steps + 1 < len(first_bucket) and (last_bucket[: -steps - 1] >= first_bucket[steps + 1 :]).any():
        steps += 1
    return steps


@dataclass(frozen=True, slots=True)
class WorkedTime:
    """A calendar's openings with those that touch united: during ``[begin, end)`` working time is the instant plus ``offset``."""

    begin: Instants
    end: Instants
    offset: Instants
    by_instant: Buckets
    by_working: Buckets

    @classmethod
    def over(cls, begin: Instants, end: Instants, worked: Instants) -> Self | None:
        """The tables for openings in order, ``worked`` before each begins; None where a table would be too large to help."""
        apart = begin[1:] != end[:-1]
        opens, closes = np.append(True, apart), np.append(apart, True)
        begin, end, offset = begin[opens], end[closes], (worked - begin)[opens]
        by_instant = Buckets.over(begin, end)
        by_working = Buckets.over(begin + offset + 1, end + offset + 1)  # what is reached when a stretch closes is reached in it
        return cls(begin, end, offset, by_instant, by_working) if by_instant and by_working else None

    def until(self, instants: Instants) -> Instants:
        """Working time from the calendar's origin up to each instant."""
        working = np.empty(len(instants), np.int64)
        for start in range(0, len(instants), _BLOCK):
            some = instants[start : start + _BLOCK]
            index = self.by_instant.find(some)
            inside = np.maximum(some, self.begin.take(index, mode="clip"))
            np.minimum(inside, self.end.take(index, mode="clip"), out=inside)
            np.add(inside, self.offset.take(index, mode="clip"), out=working[start : start + _BLOCK])
        return working

    def reached(self, working: Instants) -> Instants:
        """The earliest instant by which that much working time has passed since the origin."""
        instants = np.empty(len(working), np.int64)
        for start in range(0, len(working), _BLOCK):
            some = working[start : start + _BLOCK]
            index = self.by_working.find(some)
            np.subtract(some, self.offset.take(index, mode="clip"), out=instants[start : start + _BLOCK])
        return instants
