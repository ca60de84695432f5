"""How a quota's running period stands and where it will land, how often such forecasts held, since when it has been at risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.definitions import Quota
from slamon.core.forecast import ENOUGH_PERIODS, Landing, Weights, landing, learnt_weights, share_elapsed
from slamon.core.kinds.attainment import Record
from slamon.core.kinds.counting import DIGITS, Floats
from slamon.core.kinds.entries import Entries
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, NEVER, Instants
from slamon.core.working_time.openings import Openings
from slamon.core.working_time.periods import Period, periods_between

HISTORY = 12
"""From how many past periods a landing learns, and how many past forecasts are compared with what came."""


@dataclass(frozen=True, slots=True)
class RunningSum:
    """Amounts in order of their instants, and how much they are together before each and after the last."""

    at: Instants
    sums: Floats

    def between(self, since: int, instants: Instants) -> Floats:
        """The sum of what happened in ``[since, instant)``, for each instant."""
        low, high = np.searchsorted(self.at, since), np.searchsorted(self.at, instants)
        found: Floats = self.sums[np.maximum(high, low)] - self.sums[low]
        return found


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was counted and taken back by instant, squares of what was counted, and entries by local date from ``first_day`` on."""

    definition: Quota
    calendar: Calendar
    openings: Openings
    counted: RunningSum
    taken_back: RunningSum
    squares: RunningSum
    first_day: int
    daily: npt.NDArray[np.int64]

    def net(self, since: int, instants: Instants) -> Floats:
        """Counted minus taken back in ``[since, instant)``."""
        return np.round(self.counted.between(since, instants) - self.taken_back.between(since, instants), DIGITS)

    def total(self, period: Period) -> float:
        """The net of a whole period."""
        return float(self.net(period.starts_at, np.array([period.ends_at], np.int64))[0])

    def unit(self, instants: Instants) -> Floats:
        """The size of the entries that make the sum swing, by what was counted before each instant; 1 when leads are counted."""
        if self.definition.value is None or not len(self.counted.at):
            return np.ones(len(instants))
        origin = int(self.counted.at[0])
        plain, squares = self.counted.between(origin, instants), self.squares.between(origin, instants)
        usable = (plain > 0) & (squares > 0)
        return np.where(usable, squares / np.where(usable, plain, 1.0), 1.0)

    def weights(self, period: Period) -> Weights | None:
        """How arrivals fall on the dates of a period, learnt from everything counted before it; None without enough."""
        day = int(self.openings.offsets.to_wall(np.array([period.starts_at], np.int64))[0]) // DAY
        return learnt_weights(self.daily[: max(day - self.first_day, 0)], self.first_day, self.openings)

    def periods_before(self, period: Period) -> list[Period]:
        """The whole past periods that have a history, oldest first: what came before the first entry says nothing."""
        if not len(self.counted.at) or self.counted.at[0] >= period.starts_at:
            return []
        began, zone, fiscal = int(self.counted.at[0]), self.calendar.timezone, self.definition.fiscal_year_starts
        found = periods_between(began, period.starts_at - 1, self.definition.per, zone, fiscal)
        return [each for each in found if each.starts_at >= began or each is not found[0]]


def ledger_of(definition: Quota, calendar: Calendar, entries: Entries, period: Period) -> Ledger:
    """The ledger of entries that are sorted by instant, for questions about a period and those before it."""
    first = int(entries.at[0]) if len(entries.at) else period.starts_at
    openings = calendar.openings_around(np.array([first, period.ends_at], np.int64))
    days = openings.offsets.to_wall(entries.at) // DAY
    back = np.flatnonzero(entries.reversed_at != NEVER)
    back = back[np.lexsort((entries.worth[back], entries.reversed_at[back]))]
    first_day = int(days[0]) if len(days) else 0
    upto = int(openings.offsets.to_wall(np.array([period.starts_at], np.int64))[0]) // DAY
    length = max(upto - first_day, 0) if len(days) else 0
    counted = _running(entries.at, entries.worth)
    return Ledger(
        definition=definition,
        calendar=calendar,
        openings=openings,
        counted=counted,
        taken_back=_running(entries.reversed_at[back], entries.worth[back]),
        squares=counted if definition.value is None else _running(entries.at, entries.worth**2),
        first_day=first_day,
        daily=np.bincount((days - first_day)[: np.searchsorted(days, upto)], minlength=length)[:length],
    )


def _running(at: Instants, worth: Floats) -> RunningSum:
    return RunningSum(at, np.concatenate(([0.0], np.cumsum(worth))))


def landing_at(ledger: Ledger, before: Sequence[Period], period: Period, instants: Instants, target: float) -> Landing:
    """The landing of a period as forecast at some instants in it, with what had happened by then; ``before`` it learns from."""
    share = share_elapsed(period, instants, ledger.calendar, ledger.weights(period))
    totals = [ledger.total(each) for each in before[-HISTORY:]]
    return landing(target, ledger.net(period.starts_at, instants), share, totals, ledger.unit(instants))


def at_risk_since(ledger: Ledger, before: Sequence[Period], period: Period, as_of: int, target: float) -> int:
    """The working day's opening since which the quota has been at risk without a break; NEVER when it is not.

    At risk: the target is less likely than ``warn_below``, or a whole entry or more is missing beyond the slack.
    """
    mornings = ledger.openings.begin[ledger.openings.first[:-1]]
    mornings = mornings[(mornings >= period.starts_at) & (mornings <= as_of) & (mornings < period.ends_at)]
    if not len(mornings):
        return NEVER
    found, net = landing_at(ledger, before, period, mornings, target), ledger.net(period.starts_at, mornings)
    behind = (net < found.expected * (1 - ledger.definition.slack)) & (found.expected - net >= ledger.unit(mornings))
    risky = behind | (found.probability < ledger.definition.warn_below)
    if not risky[-1]:
        return NEVER
    safe = np.flatnonzero(~risky)
    return int(mornings[safe[-1] + 1 if len(safe) else 0])


def record_of(ledger: Ledger, before: Sequence[Period], period: Period, as_of: int, target: float) -> Record | None:
    """How forecasts of the last whole periods, each made when as much of it had passed as now, compare with what came.

    Only periods that had enough periods before them to learn from are compared; None without any.
    """
    elapsed = float(share_elapsed(period, np.array([as_of], np.int64), ledger.calendar, None)[0])
    compared = range(max(ENOUGH_PERIODS, len(before) - HISTORY), len(before))
    hits, miss = 0, 0.0
    for index in compared:
        then = np.array([_at_share(ledger.openings, before[index], elapsed)], np.int64)
        found, actual = landing_at(ledger, before[:index], before[index], then, target), ledger.total(before[index])
        hits += bool(found.p10[0] <= actual <= found.p90[0])
        miss += (float(found.probability[0]) - (actual >= target)) ** 2
    return Record(hits, len(compared), round(miss / len(compared), 4)) if compared else None


def _at_share(openings: Openings, period: Period, share: float) -> int:
    """When a share of a period's working time had passed, or of the clock's time when nobody works in it."""
    began, ended = openings.working_until(np.array([period.starts_at, period.ends_at], np.int64)).tolist()
    if ended == began:
        return period.starts_at + round(share * (period.ends_at - period.starts_at))
    reached = int(openings.reached(np.array([began + round(share * (ended - began))], np.int64))[0])
    return min(max(reached, period.starts_at), period.ends_at)
