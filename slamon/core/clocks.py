"""The clock a target runs on: a calendar's working time or plain time, and how pauses move a target on it."""

from dataclasses import dataclass

import numpy as np

from slamon.core.calendars import Calendar
from slamon.core.durations import Duration
from slamon.core.facts import Codes, Mask, Rows
from slamon.core.instants import DAY, FOREVER, NEVER, Instants


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


def last_within(length: Duration, calendar: Calendar, since: Instants) -> Instants:
    """The last instant that is no further than a length after each: closed hours cost working time nothing."""
    if length.is_working_days or not length.unit.is_working:
        return calendar.advance_by(since, length)
    clock = clock_of(length, calendar)
    return clock.latest(clock.run(since) + length.micros, calendar.advance_by(since, length))


@dataclass(frozen=True, slots=True)
class Pauses:
    """Intervals ``[begin, end)`` in which a lead's clock stands, sorted by lead and begin, disjoint; FOREVER if open."""

    lead: Codes
    begin: Instants
    end: Instants

    def any_of(self, lead: Codes) -> Mask:
        """Which leads have a pause at all."""
        if not len(self.lead):
            return np.zeros(len(lead), bool)
        place = np.minimum(np.searchsorted(self.lead, lead), len(self.lead) - 1)
        found: Mask = self.lead[place] == lead
        return found


@dataclass(frozen=True, slots=True)
class Span:
    """Whose clock runs, from when, and until when its pauses matter; parallel arrays over the cycles.

    ``until`` is the event that closes the cycle (FOREVER for none): a pause after it moves nothing, one that it falls
    into ends with it.
    """

    lead: Codes
    start: Instants
    until: Instants

    def take(self, rows: Rows) -> "Span":
        """Some of the cycles."""
        return Span(self.lead[rows], self.start[rows], self.until[rows])


def moved_by_pauses(clock: Clock, span: Span, point: Instants, pauses: Pauses) -> Instants:
    """An instant on each cycle's way, moved on by what the clock would have run inside the pauses that begin before it.

    NEVER where such a pause has not ended: the clock stands, and nobody knows when the point will come.
    """
    reached, run = point.copy(), clock.run(point)
    pointer = np.searchsorted(pauses.lead, span.lead, side="left")
    last = np.searchsorted(pauses.lead, span.lead, side="right")
    active = np.flatnonzero(pointer < last)
    while len(active):
        each = pointer[active]
        begin = np.maximum(pauses.begin[each], span.start[active])
        end = np.minimum(pauses.end[each], span.until[active])
        counts = (begin < end) & (begin < reached[active])
        for_ever = counts & (end == FOREVER)
        closed = counts & ~for_ever
        run[active[closed]] += clock.run(end[closed]) - clock.run(begin[closed])
        moved = active[closed]
        later = clock.reached(run[moved], reached[moved])
        reached[moved] = np.where(clock.run(reached[moved]) < run[moved], later, reached[moved])
        pointer[active] += 1
        go_on = (pointer[active] < last[active]) & ~for_ever & (begin < reached[active])
        reached[active[for_ever]] = NEVER
        active = active[go_on]
    return reached


def paused_within(clock: Clock, lead: Codes, begin: Instants, end: Instants, pauses: Pauses) -> Instants:
    """What the clock would have run inside the pauses that fall into ``[begin, end)`` of each cycle."""
    total = np.zeros(len(lead), np.int64)
    pointer = np.searchsorted(pauses.lead, lead, side="left")
    last = np.searchsorted(pauses.lead, lead, side="right")
    active = np.flatnonzero(pointer < last)
    while len(active):
        each = pointer[active]
        low, high = np.maximum(pauses.begin[each], begin[active]), np.minimum(pauses.end[each], end[active])
        inside = low < high
        total[active[inside]] += clock.run(high[inside]) - clock.run(low[inside])
        pointer[active] += 1
        active = active[pointer[active] < last[active]]
    return total


def due_after(length: Duration, calendar: Calendar, span: Span, pauses: Pauses, *, close_of_business: bool = False) -> Instants:
    """``start`` plus a target, moved on by the pauses before it; NEVER while the clock stands."""
    due = calendar.advance_by(span.start, length, close_of_business=close_of_business)
    paused = np.flatnonzero(pauses.any_of(span.lead))
    if len(paused):
        due[paused] = moved_by_pauses(clock_of(length, calendar), span.take(paused), due[paused], pauses)
    return due


def share_of(share: float, length: Duration, calendar: Calendar, span: Span, pauses: Pauses, unpaused_due: Instants) -> Instants:
    """The instant at which a share of the target has run, on the target's own clock; NEVER if the clock stands before."""
    clock = clock_of(length, calendar)
    began = clock.run(span.start)
    run = began + np.round((clock.run(unpaused_due) - began) * share).astype(np.int64)
    point = np.maximum(clock.reached(run, unpaused_due), span.start)
    return moved_by_pauses(clock, span, point, pauses)


def before(length: Duration, calendar: Calendar, due: Instants, start: Instants) -> Instants:
    """The latest instant with that much time left until due, not before the start; NEVER where there is no due."""
    if length.is_working_days:
        openings = calendar.openings_around(due)
        date = openings.date_of(due)
        moment = openings.at_time_of_day(openings.day_number(date) - length.amount, openings.offsets.to_wall(due) - date * DAY)
    else:
        clock = clock_of(length, calendar)
        known = np.where(due == NEVER, start, due)
        moment = clock.latest(clock.run(known) - length.micros, known)
    return np.where(due == NEVER, NEVER, np.maximum(moment, start))
