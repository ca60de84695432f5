"""Working time as a function of the instant, and back, in bulk: a table of buckets stands in for the search in the openings."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from slamon.core.working_time.buckets import Buckets
from slamon.core.working_time.instants import Instants

_BLOCK = 16_384  # what a block needs in between stays in the processor's cache


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
