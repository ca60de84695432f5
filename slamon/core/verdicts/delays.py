"""How long each cycle took on its own clock, how much of it was routing and how much the owner, and why it was missed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from slamon.core.clocks import Clock, clock_of, paused_within
from slamon.core.columns import Texts
from slamon.core.facts import Codes, Facts, Mask
from slamon.core.kinds.obligations import Obligations, Promised, alike
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import FOREVER, NEVER, Instants

CAUSES = np.array(["data late", "routing", "coverage", "owner"], object)
"""Why a promise is missed: the system before people."""
DATA_LATE, ROUTING, COVERAGE, OWNER = range(4)


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
    at_once = each.assigned == each.start  # as most are: nothing to measure before, and after it only where there is an answer
    since = np.where(at_once, NEVER, each.start)
    until = np.where(at_once & (answered == NEVER), NEVER, each.assigned)
    started, assigned, replied = clock_runs(each, promised, calendars, since, until, answered)
    in_time = (each.assigned != NEVER) & ((answered == NEVER) | (each.assigned <= np.maximum(answered, each.start)))
    before_answer = np.where(answered != NEVER, np.maximum(replied - started, 0), NEVER)
    system = np.where(in_time, np.where(at_once, 0, assigned - started), before_answer)
    human = np.where(in_time & (answered != NEVER), np.maximum(replied - assigned, 0), NEVER)
    return system, human


def causes(facts: Facts, each: Obligations, promised: Promised, calendars: Sequence[Calendar], missed: Mask, at_due: Codes) -> Texts:
    """Why a promise was missed, one of CAUSES, the first that applies; none where the source tells nothing of ownership."""
    cause = np.full(len(each), -1, np.int32)
    breached = np.flatnonzero(missed)
    if not facts.tells_ownership or not len(breached):
        return Texts(cause, CAUSES)
    cause[breached] = OWNER
    logged = each.late_evidence[breached] >= 0
    cause[breached[logged]] = DATA_LATE
    rest = breached[~logged]
    routed = (each.assigned[rest] == NEVER) | (each.assigned[rest] > each.due[rest]) | (at_due[rest] < 0)  # back in a queue at due
    slow = np.flatnonzero(~routed & (each.assigned[rest] > each.start[rest]))  # who had it at once had all of the target left
    routed[slow] = _less_than_half_left(each.take(rest[slow]), promised, calendars)
    cause[rest[routed]] = ROUTING
    rest = rest[~routed]
    cause[rest[facts.people.unavailable(at_due[rest], each.due[rest])]] = COVERAGE
    return Texts(cause, CAUSES)


def _less_than_half_left(late: Obligations, promised: Promised, calendars: Sequence[Calendar]) -> Mask:
    """Whether less than half of the target was left when the first human holder had it (all had one), pauses not counted."""
    started, assigned, due = clock_runs(late, promised, calendars, late.start, late.assigned, late.due)
    before = assigned - started - _paused(late, promised, calendars, late.start, late.assigned)
    after = due - assigned - _paused(late, promised, calendars, late.assigned, late.due)
    short: Mask = after < before
    return short


def _paused(late: Obligations, promised: Promised, calendars: Sequence[Calendar], begin: Instants, end: Instants) -> Instants:
    """How far each cycle's clock would have run inside its version's pauses between two instants."""
    total = np.zeros(len(late), np.int64)
    for version, stopped in enumerate(promised.stopped):
        mine = np.flatnonzero((late.version == version) & stopped.any_of(late.lead))
        for (calendar, target), members in alike(late.calendar[mine], late.target[mine]):
            rows = mine[members]
            clock = clock_of(promised.lengths[target], calendars[calendar])
            total[rows] = paused_within(clock, late.lead[rows], begin[rows], end[rows], stopped)
    return total
