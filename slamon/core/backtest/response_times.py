"""How long answers took, counted as a target is: on its clock, without the pauses, in working days where it has those."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from slamon.core.clocks import Clock, Pauses, clock_of
from slamon.core.definitions import Deadline
from slamon.core.facts import Codes, Facts, Mask, Rows
from slamon.core.kinds.obligations import alike
from slamon.core.patterns import pauses
from slamon.core.scorecards.compliance import answers
from slamon.core.verdicts import Judged
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration, Unit
from slamon.core.working_time.instants import NEVER, Instants

Lengths = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """The shortest target that each cycle's answer keeps: microseconds, or days for a target in working days.

    Where ``answered`` is false it is how long the cycle has waited so far: its answer takes longer than that.
    """

    lengths: Lengths
    answered: npt.NDArray[np.bool_]

    def by_share(self, share: float) -> tuple[int | None, float]:
        """The length by which that share has an answer (Kaplan-Meier; None if none does), and the highest share there is."""
        curve = answers(self.lengths, self.answered)
        found = curve.by_share(share)
        return None if found is None else round(found), curve.highest


def together(parts: Iterable[ResponseTimes]) -> ResponseTimes:
    """The response times of several groups of leads, at least one."""
    lengths, answered = zip(*((part.lengths, part.answered) for part in parts), strict=True)
    return ResponseTimes(np.concatenate(lengths), np.concatenate(answered))


def response_times(judged: Judged, facts: Facts, definition: Deadline, rows: Rows, length: Duration) -> ResponseTimes:
    """Start to answer of some cycles of one deadline, on the clock of one target.

    In working days it may be one too many where the answer came in a pause that began outside working hours.
    """
    each = judged.obligations.take(rows)
    answered = judged.answered_at[rows] != NEVER
    until = np.maximum(np.where(answered, judged.answered_at[rows], facts.as_of), each.start)
    stopped = Pauses(*pauses(facts, definition.pause))
    lengths = np.zeros(len(rows), np.int64)
    for (index,), mine in alike(each.calendar):
        calendar = judged.calendars[index]
        waits = _Waits(each.lead[mine], each.start[mine], until[mine])
        ran, paused = _ran(waits, clock_of(length, calendar), stopped)
        if length.is_working_days:
            openings = calendar.openings_around(np.append(waits.start, waits.until))
            unpaused = np.maximum(openings.reached(openings.working_until(waits.start) + ran), waits.start)
            waits = replace(waits, until=np.where(paused, unpaused, waits.until))
            ran = _days(waits, calendar, close_of_business=definition.close_of_business)
        lengths[mine] = ran
    return ResponseTimes(lengths, answered)


@dataclass(frozen=True, slots=True)
class _Waits:
    """Leads, and from when until when each waited; parallel arrays."""

    lead: Codes
    start: Instants
    until: Instants


def _ran(waits: _Waits, clock: Clock, stopped: Pauses) -> tuple[Lengths, Mask]:
    """How long the target has to be: what the clock ran outside pauses, and a little more where it stood at the end.

    Also which waits have a pause in them that the clock would have run through.

    A target is due as soon as the clock has run so far; an answer while it stands, at night or in a pause, comes after that.
    """
    first, last = (np.searchsorted(stopped.lead, waits.lead, side=side) for side in ("left", "right"))
    wait = np.repeat(np.arange(len(first)), last - first)
    pause = np.arange(len(wait)) - np.repeat(np.cumsum(last - first) - last, last - first)
    begin, end = np.maximum(stopped.begin[pause], waits.start[wait]), np.minimum(stopped.end[pause], waits.until[wait])
    began, ended = clock.run(waits.start), clock.run(waits.until)
    stood = clock.reached(ended, waits.until) < waits.until
    ran, through = ended - began, np.zeros(len(first), np.int64)
    if len(wait):
        inside = begin < end
        np.add.at(through, wait[inside], clock.run(end[inside]) - clock.run(begin[inside]))
        stood[wait[inside & (end == waits.until[wait])]] = True
    return ran - through + stood, through > 0


def _days(waits: _Waits, calendar: Calendar, *, close_of_business: bool) -> Lengths:
    """The fewest working days (at least one) after which each wait's start is due at or after its end."""
    openings = calendar.openings_around(np.append(waits.start, waits.until))
    opening, _ = openings.next_working(waits.start)
    days: Lengths = openings.day_number(openings.date_of(waits.until)) - np.searchsorted(openings.days, openings.date[opening])
    np.maximum(days, 1, out=days)
    for number in np.unique(days).tolist():
        mine, length = np.flatnonzero(days == number), Duration(number, Unit.WORKING_DAYS)
        due = calendar.advance_by(waits.start[mine], length, close_of_business=close_of_business)
        days[mine] += due < waits.until[mine]
    return days
