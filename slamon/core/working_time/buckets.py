"""Which of many stretches a value lies in, in bulk: a table of buckets and a comparison or two stand in for a search."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from slamon.core.working_time.instants import Instants

BULK = 1_024
"""From this many values on a table pays; fewer are searched for one by one."""

_FEWEST, _MOST = 4, 16  # buckets a stretch: a table takes at most 128 bytes for each
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
    index: npt.NDArray[np.int64]
    steps: int
    ends: int
    """How many stretches end inside the fullest bucket, at least one."""

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
        _, ends = np.unique((high >> best)[high & ((1 << best) - 1) > 0], return_counts=True)
        index = np.repeat(np.arange(len(high)), counts)
        return cls(high, best, first, index, fewest, int(ends.max(initial=1)))

    @classmethod
    def between(cls, bounds: Instants) -> Self | None:
        """For stretches that leave no gap, each from one of the ``bounds`` (in order) to the next, the first up to the first bound."""
        if not len(bounds) or (np.diff(bounds) <= 0).any():
            return None
        return cls.over(np.append(bounds[:1] - 1, bounds[:-1]), bounds)

    def find(self, values: Instants) -> npt.NDArray[np.int64]:
        """The stretch that holds each value, else the one before or after it; beyond the last a number that has to be clipped."""
        return self._compared(values, self.steps)

    def ended(self, values: Instants) -> npt.NDArray[np.int64]:
        """How many stretches end at or before each value: the number of the one that holds it, else of the next one."""
        return np.minimum(self._compared(values, self.ends), len(self.high))

    def _compared(self, values: Instants, steps: int) -> npt.NDArray[np.int64]:
        index = self.index.take((values >> self.shift) - self.first, mode="clip")
        for _ in range(steps):
            index += values >= self.high.take(index, mode="clip")
        return index


def _comparisons(first_bucket: Instants, last_bucket: Instants) -> int:
    """How many stretches beside the first one the fullest bucket holds some of; no more than one above the limit is told."""
    steps = 0
    while steps <= _STEPS and steps + 1 < len(first_bucket) and (last_bucket[: -steps - 1] >= first_bucket[steps + 1 :]).any():
        steps += 1
    return steps
