"""Which answers have answered nothing yet: one event answers one cycle, and the last unused one before a start is credited to it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.facts import Facts, Rows
from slamon.core.kinds.cycles import NONE
from slamon.core.working_time.instants import Instants

Places = npt.NDArray[np.int64]


@dataclass(slots=True)
class OneLead:
    """The answers of one lead, by place from 1 on; 0 stands for none."""

    rows: list[int]
    until: list[int]
    before: list[int]
    places: dict[int, int]

    def credited(self, place: int, start: int) -> int:
        """The row of the last unused answer up to a place that is credited up to a start (an instant); NONE if there is none."""
        before = self.before
        while before[place] != place:
            before[place] = place = before[before[place]]
        return self.rows[place - 1] if place and self.until[place - 1] >= start else NONE

    def use(self, row: int) -> None:
        """An answer has answered a cycle; rows that are no answers change nothing."""
        place = self.places.get(row, 0)
        if place:
            self.before[place] = place - 1


@dataclass(slots=True)
class Unused:
    """The answers of one version, by place from 1 on.

    ``before`` leads from each place towards the last unused one up to it, and is made shorter whenever it is followed.
    """

    rows: Rows
    until: Instants
    before: Places

    @classmethod
    def of(cls, rows: Rows, until: Instants) -> "Unused":
        """Sorted rows, and up to which start (an instant) each is credited."""
        return cls(rows, until, np.arange(len(rows) + 1))

    def credited(self, facts: Facts, place: Places, start: Rows) -> Rows:
        """For each start's row the last unused answer up to a place that is credited to it; NONE where there is none.

        No two starts are of one lead.
        """
        place = place.copy()
        moving = np.flatnonzero(self.before[place] != place)
        while len(moving):
            self.before[place[moving]] = self.before[self.before[place[moving]]]
            place[moving] = self.before[place[moving]]
            moving = moving[self.before[place[moving]] != place[moving]]
        row = np.append(NONE, self.rows)[place]
        near = (place > 0) & (facts.lead[row] == facts.lead[start])
        near[near] = self.until[place[near] - 1] >= facts.at[start[near]]
        return np.where(near, row, NONE)

    def use(self, rows: Rows) -> None:
        """Answers have answered a cycle; rows that are no answers of this version, and NONE, change nothing."""
        place = np.searchsorted(self.rows, rows)
        place = place[np.append(self.rows, NONE - 1)[place] == rows]
        self.before[place + 1] = place

    def of_lead(self, low: int, high: int) -> OneLead:
        """Those among the facts' rows ``low`` to ``high`` (exclusive), which are one lead's."""
        since, until = np.searchsorted(self.rows, [low, high]).tolist()
        rows = self.rows[since:until].tolist()
        before = np.maximum(self.before[since + 1 : until + 1] - since, 0).tolist()
        return OneLead(rows, self.until[since:until].tolist(), [0, *before], {row: place for place, row in enumerate(rows, 1)})
