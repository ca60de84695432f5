"""The error budget of an objective, in leads: how much a period allows, how much is burnt, since when it burns too fast.

The budget is (1 - objective) x the cycles expected in the period. Two windows watch it (after "Alerting on SLOs", The
Site Reliability Workbook, chapter 5): one working day at ten times the pace that would use it up exactly, and five
working days at twice that pace; with few leads a rate says nothing, so that fewer than five breaches never warn, nor
do any in a period of fewer than twenty expected cycles.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.definitions.clause_terms import Objective
from slamon.core.facts import Mask
from slamon.core.verdicts import BREACHED, MET, PENDING, Judged
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, NEVER, Instants
from slamon.core.working_time.openings import Openings
from slamon.core.working_time.periods import Period, period_containing

LEAST_BREACHES = 5
LEAST_CYCLES = 20
"""Expected in the period; of fewer each miss is told for itself, and no share of them says anything."""
FAST, SLOW = (1, 10.0), (5, 2.0)
"""Working days of a window, and how many times the even pace is too fast in it; never more than the whole budget."""
PAST = 91 * DAY
"""How far back cycles are counted to know how many to expect."""
ENOUGH_DAYS = 20
"""Working days of history below which the period's own first days are scaled up instead."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Burn:
    """An objective's budget in one period, as of an instant; ``expected`` and ``budget`` in leads, instants NEVER for never."""

    period: Period
    objective: float
    expected: float
    breaches: int
    fast_since: int
    slow_since: int

    @property
    def budget(self) -> float:
        """How many of the expected cycles may be missed."""
        return round((1 - self.objective) * self.expected, 6)

    @property
    def left(self) -> float:
        """What is left of it; negative once the objective is out of reach."""
        return self.budget - self.breaches


@dataclass(frozen=True, slots=True)
class Counted:
    """The cycles that are in the count (met, breached or still open), sorted by due."""

    due: Instants
    breached: Mask


@dataclass(frozen=True, slots=True)
class _Pace:
    """Working time over a period: until each instant, at its ends, and in one of its working days."""

    openings: Openings
    period: Period
    began: int
    ended: int
    day: float

    @property
    def whole(self) -> int:
        return self.ended - self.began


def burn_of(judged: Judged, objective: Objective, calendar: Calendar, at: int) -> Burn:
    """The budget of the objective's period that holds an instant, by what was due before it (``at``, microseconds UTC)."""
    period = period_containing(at, objective.per, calendar.timezone)
    return burnt(counted_in(judged), objective.compliance, calendar, period, at)


def counted_in(judged: Judged) -> Counted:
    """Those of one SLA's verdicts."""
    due = judged.obligations.due
    rows = np.flatnonzero(np.isin(judged.state, (MET, BREACHED, PENDING)) & (due != NEVER))
    rows = rows[np.argsort(due[rows], kind="stable")]
    return Counted(due[rows], judged.state[rows] == BREACHED)


def burnt(cycles: Counted, objective: float, calendar: Calendar, period: Period, at: int) -> Burn:
    """See :func:`burn_of`; ``cycles`` may be those of all leads put together from parts."""
    pace = _pace(calendar, period)
    at = min(at, period.ends_at)
    missed = cycles.due[cycles.breached & (cycles.due >= period.starts_at) & (cycles.due < at)]
    then = _expected(cycles, pace, missed + 1)
    low, high = np.searchsorted(cycles.due, [period.starts_at, period.ends_at])
    expected = max(float(_expected(cycles, pace, np.array([at], np.int64))[0]), float(high - low))
    fast, slow = (_too_fast_since(pace, missed, then, objective, *window) for window in (FAST, SLOW))
    return Burn(period, objective, expected, len(missed), fast, slow)


def _pace(calendar: Calendar, period: Period) -> _Pace:
    openings = calendar.openings_around(np.array([period.starts_at - PAST, period.ends_at], np.int64))
    began, ended = openings.working_until(np.array([period.starts_at, period.ends_at], np.int64)).tolist()
    opened = openings.begin[openings.first[:-1]]
    days = int(((opened >= period.starts_at) & (opened < period.ends_at)).sum())
    return _Pace(openings, period, began, ended, (ended - began) / max(days, 1))


def _expected(cycles: Counted, pace: _Pace, instants: Instants) -> Floats:
    """How many cycles the whole period has, as one would have said at each instant: those due by then, and as many as usual after."""
    start = pace.period.starts_at
    so_far = (np.searchsorted(cycles.due, instants) - np.searchsorted(cycles.due, start)).astype(float)
    worked = pace.openings.working_until(instants)
    since = max(int(cycles.due[0]), start - PAST) if len(cycles.due) else start
    before = pace.began - int(pace.openings.working_until(np.array([since], np.int64))[0])
    if pace.day and before >= ENOUGH_DAYS * pace.day:
        usual = int(np.searchsorted(cycles.due, start) - np.searchsorted(cycles.due, since)) / before
        going_on: Floats = so_far + usual * (pace.ended - worked)
        return going_on
    passed = worked - pace.began
    scaled: Floats = np.where(passed > 0, so_far * (pace.whole / np.maximum(passed, 1)), so_far)
    return scaled


def _too_fast_since(pace: _Pace, missed: Instants, expected: Floats, objective: float, days: int, times: float) -> int:
    """The first breach by which a window had burnt too much of the budget, as ``expected`` at each; NEVER without one."""
    if not pace.whole:
        return NEVER
    window = days * pace.day
    worked = pace.openings.working_until(missed)
    in_window = np.arange(1, len(missed) + 1) - np.searchsorted(worked, worked - window, side="right")
    too_many = min(times * window / pace.whole, 1.0) * (1 - objective) * expected
    found = np.flatnonzero((in_window >= LEAST_BREACHES) & (in_window >= too_many) & (expected >= LEAST_CYCLES))
    return int(missed[found[0]]) if len(found) else NEVER
