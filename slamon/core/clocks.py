"""The clock a target runs on: a calendar's working time or plain time, and how pauses move a target on it."""

from dataclasses import dataclass

import numpy as np

from slamon.core.calendars import Calendar
from slamon.core.durations import Duration
from slamon.core.facts import Codes, Mask
from slamon.core.instants import FOREVER, NEVER, Instants


@dataclass(frozen=True, slots=True)
class Clock:
    """Time that has run by an instant: working time on a calendar, or plain time without one.

    ``run`` and ``reached`` are each other's inverse; both take and give int64 microseconds.
    """

    calendar: Calendar | None

    def run(self, instants: Instants) -> Instants:
        """How far the clock has run at each instant, since a fixed origin; FOREVER and NEVER are not allowed."""
        return instants if self.calendar is None else self.calendar.openings_around(instants).working_until(instants)

    def reached(self, run: Instants, near: Instants) -> Instants:
        """The earliest instant at which the clock has run that far; ``near`` are instants around which to look."""
        if self.calendar is None:
            return run
        openings = self.calendar.openings_around(near)
        while len(run) and run.max() > openings.finished[-1]:
            openings = self.calendar.extended()
        return openings.reached(run)

    def latest(self, run: Instants, near: Instants) -> Instants:
        """The latest instant at which the clock has run no further than that."""
        return run if self.calendar is None else self.calendar.openings_around(near).left_from(run)


def clock_of(length: Duration, calendar: Calendar) -> Clock:
    """The clock that a duration is counted on."""
    return Clock(calendar if length.unit.is_working else None)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Intervals ``[begin, end)`` in which a lead's clock stands, sorted by lead and begin, disjoint; FOREVER if open."""

    lead: Codes
    begin: Instants
    end: Instants

    def any_of(self, lead: Codes) -> Mask:
        """Which leads have a pause at all."""
        return np.isin(lead, self.lead)


def moved_by_pauses(clock: Clock, lead: Codes, start: Instants, run: Instants, pauses: Pauses) -> tuple[Instants, Mask]:
    """How far the clock has to run once the pauses before that point are left out, and whether it stands for ever.

    ``run`` is the point without pauses, on the clock; the answer is in the same terms. A pause counts when the
    clock has not yet reached the point as it begins.
    """
    run, stands = run.copy(), np.zeros(len(run), bool)
    pointer = np.searchsorted(pauses.lead, lead, side="left")
    last = np.searchsorted(pauses.lead, lead, side="right")
    active = np.flatnonzero(pointer < last)
    while len(active):
        each = pointer[active]
        begin, end = np.maximum(pauses.begin[each], start[active]), pauses.end[each]
        ran = clock.run(begin)
        counts = (end > start[active]) & (ran < run[active])
        for_ever = counts & (end == FOREVER)
        stands[active[for_ever]] = True
        closed = counts & ~for_ever
        run[active[closed]] += clock.run(end[closed]) - ran[closed]
        pointer[active] += 1
        go_on = (pointer[active] < last[active]) & ~for_ever & ((ran < run[active]) | (end <= start[active]))
        active = active[go_on]
    return run, stands


def due_after(
    length: Duration, calendar: Calendar, lead: Codes, start: Instants, pauses: Pauses, *, close_of_business: bool = False
) -> Instants:
    """``start`` plus a target, moved on by the pauses before it; NEVER while the clock stands."""
    due = calendar.advance_by(start, length, close_of_business=close_of_business)
    clock = clock_of(length, calendar)
    paused = np.flatnonzero(pauses.any_of(lead))
    if len(paused):
        before = clock.run(due[paused])
        run, stands = moved_by_pauses(clock, lead[paused], start[paused], before, pauses)
        moved = np.where(run > before, clock.reached(run, due[paused]), due[paused])
        due[paused] = np.where(stands, NEVER, moved)
    return due


def share_of(
    share: float, length: Duration, calendar: Calendar, lead: Codes, start: Instants, pauses: Pauses, unpaused_due: Instants
) -> Instants:
    """The instant at which a share of the target has run, on the target's own clock; NEVER if the clock stands before."""
    clock = clock_of(length, calendar)
    began = clock.run(start)
    run = began + np.round((clock.run(unpaused_due) - began) * share).astype(np.int64)
    run, stands = moved_by_pauses(clock, lead, start, run, pauses)
    return np.where(stands, NEVER, np.maximum(clock.reached(run, unpaused_due), start))


def before(length: Duration, calendar: Calendar, due: Instants, start: Instants) -> Instants:
    """The latest instant with that much time left until due, not before the start; NEVER where there is no due."""
    if length.is_working_days:
        openings = calendar.openings_around(due)
        number = openings.day_number(openings.date_of(due)) - length.amount
        moment = openings.at_time_of_day(number, openings.offsets.to_wall(due) - openings.date_of(due) * 86_400_000_000)
    else:
        clock = clock_of(length, calendar)
        known = np.where(due == NEVER, start, due)
        moment = clock.latest(clock.run(known) - length.micros, known)
    return np.where(due == NEVER, NEVER, np.maximum(moment, start))
