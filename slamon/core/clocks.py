"""The clock a target runs on: a calendar's working time or plain time, and how pauses move a target on it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from slamon.core.facts import Codes, Mask, Rows
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, Instants

_ROUNDS = 8
"""Cycles with up to so many pauses are moved pause by pause, all of them at once; the others by prefix sums."""


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

    def within(self, lead: Codes, since: Instants, until: Instants) -> tuple[Rows, Rows]:
        """The first pause of each lead that ends after an instant, and the first from there on that does not begin before another."""
        first, last = np.searchsorted(self.lead, lead, side="left"), np.searchsorted(self.lead, lead, side="right")
        first = first_where(first, last, lambda which, place: self.end[place] > since[which])
        last = first_where(first, last, lambda which, place: self.begin[place] >= until[which])
        return first, np.where(since < until, last, first)


def first_where(low: Rows, high: Rows, holds: Callable[[Rows, Rows], Mask]) -> Rows:
    """For each pair the first place from ``low`` on at which something holds that goes on holding, else ``high``.

    ``holds`` is asked about some of the pairs, by their index, and a place for each.
    """
    low, high = low.copy(), high.copy()
    which = np.flatnonzero(low < high)
    while len(which):
        middle = (low[which] + high[which]) // 2
        found = holds(which, middle)
        high[which[found]] = middle[found]
        low[which[~found]] = middle[~found] + 1
        which = which[low[which] < high[which]]
    return low


@dataclass(frozen=True, slots=True)
class InsidePauses:
    """How far a clock runs inside consecutive pauses: prefix sums over those from ``offset`` on; a pause that is open runs nothing."""

    clock: Clock
    pauses: Pauses
    offset: int
    begun: Instants
    sums: Instants

    @classmethod
    def of(cls, clock: Clock, pauses: Pauses, low: int, high: int) -> "InsidePauses":
        """Over the pauses ``low`` to ``high`` (exclusive)."""
        begin, end = pauses.begin[low:high], pauses.end[low:high]
        begun = clock.run(begin)
        ran = clock.run(np.where(end == FOREVER, begin, end)) - begun
        return cls(clock, pauses, low, begun, np.concatenate(([0], np.cumsum(ran))))

    def run_at_begin(self, place: Rows) -> Instants:
        """How far the clock has run when each pause begins."""
        return self.begun[place - self.offset]

    def before(self, place: Rows) -> Instants:
        """How far it runs inside all that come before each pause."""
        return self.sums[place - self.offset]

    def between(self, first: Rows, last: Rows, since: Instants, until: Instants) -> Instants:
        """Inside the pauses ``first`` to ``last`` (exclusive), of which the outer ones are cut to ``[since, until)``."""
        total = self.before(last) - self.before(first)
        some = np.flatnonzero(first < last)
        since, until, begin, final = since[some], until[some], first[some], last[some] - 1
        early = np.maximum(self.clock.run(since) - self.run_at_begin(begin), 0)
        open_ = self.pauses.end[final] == FOREVER
        end = np.where(open_, self.pauses.begin[final], self.pauses.end[final])
        cut = np.where(open_ | (until < end), self.clock.run(np.where(until == FOREVER, end, until)) - self.clock.run(end), 0)
        total[some] += cut - early
        return total


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
    first, last = pauses.within(span.lead, span.start, span.until)
    reached, run = point.copy(), clock.run(point).copy()  # a plain clock reads what it is given
    many = np.flatnonzero(last - first > _ROUNDS)
    if len(many):
        reached[many] = _moved_by_many(clock, span.take(many), point[many], pauses, first[many], last[many])
    active = np.flatnonzero((first < last) & (last - first <= _ROUNDS))
    while len(active):
        each = first[active]
        begin = np.maximum(pauses.begin[each], span.start[active])
        end = np.minimum(pauses.end[each], span.until[active])
        counts = (begin < end) & (begin < reached[active])
        for_ever = counts & (end == FOREVER)
        closed = counts & ~for_ever
        run[active[closed]] += clock.run(end[closed]) - clock.run(begin[closed])
        moved = active[closed]
        later = clock.reached(run[moved], reached[moved])
        reached[moved] = np.where(clock.run(reached[moved]) < run[moved], later, reached[moved])
        first[active] += 1
        go_on = (first[active] < last[active]) & ~for_ever & (begin < reached[active])
        reached[active[for_ever]] = NEVER
        active = active[go_on]
    return reached


def _moved_by_many(clock: Clock, span: Span, point: Instants, pauses: Pauses, first: Rows, last: Rows) -> Instants:
    """The same for cycles with many pauses each, without a round for each pause.

    A pause counts if it begins before the point, or before where those ahead of it move the point: at its begin the clock has
    run less than to the point and inside those ahead. Both hold for a lead's pauses up to some place, which is searched for.
    """
    inside, target = InsidePauses.of(clock, pauses, int(first.min()), int(last.max())), clock.run(point)
    spent = inside.before(first) + np.maximum(clock.run(span.start) - inside.run_at_begin(first), 0)
    plainly = first_where(first, last, lambda which, place: pauses.begin[place] >= point[which])
    by_others = first_where(
        first, last, lambda which, place: inside.run_at_begin(place) - inside.before(place) >= target[which] - spent[which]
    )
    last = np.where(span.start < point, np.maximum(plainly, by_others), first)
    stands = (last > first) & (pauses.end[last - 1] == FOREVER) & (span.until == FOREVER)
    moved = inside.between(first, last, span.start, np.where(stands, span.start, span.until))
    later = clock.reached(target + np.where(stands, 0, moved), point)
    return np.where(stands, NEVER, np.where(moved > 0, later, point))


def paused_within(clock: Clock, lead: Codes, begin: Instants, end: Instants, pauses: Pauses) -> Instants:
    """What the clock would have run inside the pauses that fall into ``[begin, end)`` of each cycle."""
    total = np.zeros(len(lead), np.int64)
    first, last = pauses.within(lead, begin, end)
    many = np.flatnonzero(last - first > _ROUNDS)
    if len(many):
        inside = InsidePauses.of(clock, pauses, int(first[many].min()), int(last[many].max()))
        total[many] = inside.between(first[many], last[many], begin[many], end[many])
    active = np.flatnonzero((first < last) & (last - first <= _ROUNDS))
    while len(active):
        each = first[active]
        low, high = np.maximum(pauses.begin[each], begin[active]), np.minimum(pauses.end[each], end[active])
        total[active] += clock.run(high) - clock.run(low)
        first[active] += 1
        active = active[first[active] < last[active]]
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
    point: Instants = np.maximum(clock.reached(run, unpaused_due), span.start)
    paused = np.flatnonzero(pauses.any_of(span.lead))
    if len(paused):
        point[paused] = moved_by_pauses(clock, span.take(paused), point[paused], pauses)
    return point


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
