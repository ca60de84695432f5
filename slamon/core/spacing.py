"""How a cadence spaces its attempts: the last feasible instant of each, and from when on the next one counts."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from slamon.core.clocks import Pauses, Span, clock_of, moved_by_pauses
from slamon.core.definitions import Cadence
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import FOREVER, Instants
from slamon.core.working_time.openings import Openings


@dataclass(frozen=True, slots=True)
class Spacing:
    """The rules of one cadence on one calendar, for an array of starts (int64 microseconds UTC)."""

    definition: Cadence
    calendar: Calendar
    start: Instants

    def take(self, cycles: npt.NDArray[np.int64]) -> "Spacing":
        """The rules for some of the starts."""
        return replace(self, start=self.start[cycles])

    def _openings(self) -> Openings:
        return self.calendar.openings_around(self.start)

    def window_end(self) -> Instants:
        """With working days the close of the last one, day 1 being the start's own; else the start plus the window."""
        within = self.definition.within
        if not within.is_working_days:
            return self.calendar.advance_by(self.start, within)
        return self.calendar.advance_days_micros(self.start, within.amount - 1, close_of_business=True)

    def last_feasible(self) -> Instants:
        """Shape (attempts, starts): the end of the window moved back by ``gap.min`` for each attempt still to come, the end itself last."""
        end, gap, attempts = self.window_end(), self.definition.gap.min, self.definition.attempts
        to_come = np.arange(attempts - 1, -1, -1)[:, None]
        if gap is None:
            return np.broadcast_to(end, (attempts, len(end)))
        openings = self._openings()
        if gap.is_working_days:
            number = openings.number_at(end - 1) - to_come * gap.amount
            closes = openings.close_of(np.maximum(number, 0))
            return np.where(to_come == 0, end, np.minimum(closes, end))
        clock = clock_of(gap, self.calendar)
        moved = clock.latest((clock.run(end) - to_come * gap.micros).reshape(-1), end)
        return np.minimum(moved.reshape(attempts, len(end)), end)  # an end at a closing is not the next opening

    def moved_on(self, instants: Instants, span: Span, stopped: Pauses) -> Instants:
        """Instants of the cycles moved on by what the cadence's own clock would have run while their leads were deleted.

        Only deletions after each span's start count, up to its end; FOREVER stays.
        """
        some = np.flatnonzero(stopped.any_of(span.lead) & (instants != FOREVER))
        moved = instants.copy()
        if len(some):
            moved[some] = moved_by_pauses(clock_of(self.definition.within, self.calendar), span.take(some), instants[some], stopped)
        return moved

    def counts_from(self, previous: Instants) -> Instants:
        """The earliest instant at which an attempt is far enough from the counted one before it."""
        gap = self.definition.gap.min
        if gap is None:
            return previous
        if not gap.is_working_days:
            return self.calendar.advance_by(previous, gap)
        openings = self._openings()
        return openings.reach_of(openings.number_at(previous) + gap.amount)

    def latest_next(self, previous: Instants) -> Instants:
        """The last instant at which ``gap.max`` allows the next attempt; FOREVER without one."""
        gap = self.definition.gap.max
        if gap is None:
            return np.full(previous.shape, FOREVER)
        if not gap.is_working_days:
            return self.calendar.advance_by(previous, gap)
        openings = self._openings()
        return openings.close_of(openings.number_at(previous) + gap.amount)

    def warning(self, moment_share: float | None, moment_before: Duration | None, limit: Instants) -> Instants:
        """When to warn of a limit: by default at the opening of its day; else a share of the way, or a time before."""
        if moment_share is not None:
            clock = clock_of(self.definition.within, self.calendar)
            began = clock.run(self.start)
            return clock.reached(began + np.round((clock.run(limit) - began) * moment_share).astype(np.int64), limit)
        if moment_before is not None and not moment_before.is_working_days:
            clock = clock_of(moment_before, self.calendar)
            return np.maximum(clock.latest(clock.run(limit) - moment_before.micros, limit), self.start)
        openings = self._openings()
        number = openings.number_at(limit - 1) - (moment_before.amount if moment_before else 0)
        return np.maximum(openings.open_of(np.maximum(number, 0)), self.start)
