"""How long each cycle took on its own clock, how much of it was routing and how much the owner, and why it was missed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from slamon.core.calendars import Calendar
from slamon.core.clocks import Clock, clock_of, paused_within
from slamon.core.facts import Codes, Facts, Mask
from slamon.core.instants import FOREVER, NEVER, Instants
from slamon.core.kinds.obligations import Obligations, Promised, alike


def clock_runs(each: Obligations, promised: Promised, calendars: Sequence[Calendar], *instants: Instants) -> list[Instants]:
    """How far each cycle's own clock had run at the given instants (arrays over the cycles); NEVER stays NEVER."""
    runs = [np.full(len(each), NEVER) for _ in instants]
    working = np.array([length.unit.is_working for length in promised.lengths], np.int64)
    for (calendar, works), members in alike(each.calendar, working[each.target] if len(each) else each.target):
        clock = Clock(calendars[calendar] if works else None)
        for run, moments in zip(runs, instants, strict=True):
            known = members[(moments[members] != NEVER) & (moments[members] != FOREVER)]
            run[known] = clock.run(moments[known])
    return runs


def delays(
    facts: Facts, each: Obligations, promised: Promised, calendars: Sequence[Calendar], answered: Instants
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """System delay (start to first human holder) and human delay (from then to the answer), on the SLA's own clock."""
    none = np.full(len(each), NEVER)
    if not facts.tells_ownership or not len(each):
        return none, none
    started, assigned, replied = clock_runs(each, promised, calendars, each.start, each.assigned, answered)
    in_time = (assigned != NEVER) & ((replied == NEVER) | (each.assigned <= np.maximum(answered, each.start)))
    system = np.where(in_time, assigned - started, np.where(replied != NEVER, np.maximum(replied - started, 0), NEVER))
    human = np.where(in_time & (replied != NEVER), np.maximum(replied - assigned, 0), NEVER)
    return system, human


def causes(
    facts: Facts, each: Obligations, promised: Promised, calendars: Sequence[Calendar], missed: Mask, at_due: Codes
) -> npt.NDArray[np.object_]:
    """Why a promise was missed, the first that applies; empty where the source tells nothing of ownership."""
    cause = np.full(len(each), "", object)
    breached = np.flatnonzero(missed)
    if not facts.tells_ownership or not len(breached):
        return cause
    late = each.take(breached)
    unassigned = (late.assigned == NEVER) | (late.assigned > late.due) | _less_than_half_left(late, promised, calendars)
    away = facts.people.unavailable(at_due[breached], late.due)
    cause[breached] = np.select([late.late_evidence >= 0, unassigned, away], ["data late", "routing", "coverage"], "owner")
    return cause


def _less_than_half_left(late: Obligations, promised: Promised, calendars: Sequence[Calendar]) -> Mask:
    """Whether less than half of the target was left when the first human holder had it, pauses not counted."""
    started, assigned, due = clock_runs(late, promised, calendars, late.start, late.assigned, late.due)
    known = late.assigned != NEVER
    before = np.where(known, assigned - started, 0) - _paused(late, promised, calendars, late.start, late.assigned)
    after = np.where(known, due - assigned, 0) - _paused(late, promised, calendars, late.assigned, late.due)
    short: Mask = known & (after < before)
    return short


def _paused(late: Obligations, promised: Promised, calendars: Sequence[Calendar], begin: Instants, end: Instants) -> Instants:
    """How far each cycle's clock would have run inside its version's pauses between two instants; 0 where one is NEVER."""
    total = np.zeros(len(late), np.int64)
    known = (begin != NEVER) & (end != NEVER)
    for version, stopped in enumerate(promised.stopped):
        mine = np.flatnonzero(known & (late.version == version) & stopped.any_of(late.lead))
        for (calendar, target), members in alike(late.calendar[mine], late.target[mine]):
            rows = mine[members]
            clock = clock_of(promised.lengths[target], calendars[calendar])
            total[rows] = paused_within(clock, late.lead[rows], begin[rows], end[rows], stopped)
    return total
