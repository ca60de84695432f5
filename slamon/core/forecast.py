"""Where a quota stands and where it will land: pace with learnt weights, and a Gamma-Poisson landing.

The share of a period that has elapsed is weighted by how arrivals fell on weekdays and weeks of the month in the past
(by working time when the history is short). Given the share ``s`` and ``x`` arrivals so far, with the past periods'
totals described by a Gamma distribution of shape ``a`` and rate ``b`` (method of moments; Gelman et al., Bayesian Data
Analysis, 3rd ed., section 2.6), what is still to come is negative binomial with ``n = a + x`` and
``p = (b + s) / (b + 1)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, Instants
from slamon.core.working_time.openings import Openings
from slamon.core.working_time.periods import Period

Floats = npt.NDArray[np.float64]

ENOUGH_DAYS = 56
ENOUGH_ARRIVALS = 50
ENOUGH_PERIODS = 3
PRIOR_ARRIVALS = 20.0
"""How many arrivals a week of the month counts as before its own are seen: shrinks its weight towards 1."""
LEVELS = np.array([[0.1], [0.5], [0.9]])
WEAK_SHAPE = 2.0
"""Shape of the Gamma when there is no past: anything from a fifth to twice the target would be no surprise."""
LEAST_SPREAD = 0.01
"""How much more than a Poisson's the variance is at least, in means: keeps the shape finite."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Expected arrivals of a working date by weekday (7) and week of the month (5), and of a closed date by weekday."""

    open_day: Floats
    closed_day: Floats
    week_of_month: Floats

    def of_days(self, days: npt.NDArray[np.int64], working: npt.NDArray[np.bool_]) -> Floats:
        """The weight of each local date (days since 1970-01-01)."""
        weekday = (days + 3) % 7
        base = np.where(working, self.open_day[weekday], self.closed_day[weekday])
        return base * self.week_of_month[_week_of_month(days)]


@dataclass(frozen=True, slots=True)
class Landing:
    """Arrays over the instants asked: expected to date, landing percentiles, and the probability of the target."""

    expected: Floats
    p10: Floats
    p50: Floats
    p90: Floats
    probability: Floats


def learnt_weights(arrivals: npt.NDArray[np.int64], first: int, openings: Openings) -> Weights | None:
    """Weights from how many arrived on each local date from ``first`` on; None when that history is too short to learn from."""
    if len(arrivals) < ENOUGH_DAYS or arrivals.sum() < ENOUGH_ARRIVALS:
        return None
    days, counts = np.arange(first, first + len(arrivals)), arrivals.astype(float)
    working = np.isin(days, openings.days)
    weekday = (days + 3) % 7
    open_day = _mean_by(weekday, counts, working)
    closed_day = _mean_by(weekday, counts, ~working)
    base = np.where(working, open_day[weekday], closed_day[weekday])
    week = _week_of_month(days)
    seen, expected = np.bincount(week, counts, 5), np.bincount(week, base, 5)
    return Weights(open_day, closed_day, (seen + PRIOR_ARRIVALS) / (expected + PRIOR_ARRIVALS))


def _mean_by(weekday: npt.NDArray[np.int64], counts: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """Mean arrivals by weekday; a weekday without days has the mean of all."""
    n = np.bincount(weekday[where], minlength=7)
    total = np.bincount(weekday[where], counts[where], 7)
    overall = counts[where].mean() if where.any() else 0.0
    return np.where(n > 0, total / np.maximum(n, 1), overall)


def _week_of_month(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    date = days.astype("datetime64[D]")
    week: npt.NDArray[np.int64] = (date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) // 7
    return week


def share_elapsed(period: Period, instants: Instants, calendar: Calendar, weights: Weights | None) -> Floats:
    """The share of the period's expected arrivals that should have come by each instant, 0 to 1."""
    openings = calendar.openings_around(np.array([period.starts_at, period.ends_at], np.int64))
    instants = np.clip(instants, period.starts_at, period.ends_at)
    if weights is None:
        return _share_of_time(openings, period, instants)
    first, last = (openings.offsets.to_wall(np.array([period.starts_at, period.ends_at - 1], np.int64)) // DAY).tolist()
    days = np.arange(first, last + 1)
    weight = weights.of_days(days, np.isin(days, openings.days))
    cumulative = np.concatenate(([0.0], np.cumsum(weight)))
    wall = openings.offsets.to_wall(instants)
    day = np.clip(wall // DAY - first, 0, len(days) - 1)
    share: Floats = (cumulative[day] + weight[day] * _share_of_day(openings, days[day], instants)) / max(cumulative[-1], 1e-12)
    return share


def _share_of_time(openings: Openings, period: Period, instants: Instants) -> Floats:
    """The share of the period's working time that has passed, or of the clock's time when nobody works in it."""
    began, ended = openings.working_until(np.array([period.starts_at, period.ends_at], np.int64)).tolist()
    share: Floats = (
        (openings.working_until(instants) - began) / (ended - began)
        if ended > began
        else (instants - period.starts_at) / (period.ends_at - period.starts_at)
    )
    return share


def _share_of_day(openings: Openings, days: npt.NDArray[np.int64], instants: Instants) -> Floats:
    """How much of a local date has passed: of its hours when it has any, else of the clock."""
    midnight = openings.offsets.from_wall(days * DAY)
    following = openings.offsets.from_wall((days + 1) * DAY)
    worked = openings.working_until(instants) - openings.working_until(midnight)
    whole = openings.working_until(following) - openings.working_until(midnight)
    plain = (instants - midnight) / (following - midnight)
    return np.clip(np.where(whole > 0, worked / np.maximum(whole, 1), plain), 0.0, 1.0)


def landing(target: float, so_far: Floats, share: Floats, past_totals: Sequence[float], unit: float | Floats = 1.0) -> Landing:
    """Where a count lands, given what came so far and the share of the period elapsed, at each instant asked.

    A sum of worths is counted in ``unit``, the size of the entries that make it swing: sum of squares / sum.
    """
    shape, rate = _prior(past_totals, target, np.broadcast_to(unit, so_far.shape))
    seen = np.maximum(so_far / unit, 0.0)
    n, p = shape + seen, np.minimum((rate + share) / (rate + 1.0), 1.0)
    done, stats = share >= 1.0, _distributions()
    p10, p50, p90 = so_far + np.where(done, 0.0, stats.nbinom.ppf(LEVELS, n, p)) * unit
    missing = np.ceil(np.round((target - so_far) / unit, 9))
    probability = np.where(missing <= 0, 1.0, np.where(done, 0.0, stats.nbinom.sf(missing - 1, n, p)))
    return Landing(target * share, p10, p50, p90, probability)


def _distributions() -> Any:
    """The distributions of scipy."""
    from scipy import stats  # noqa: PLC0415 - loading it takes longer than explaining a lead, which forecasts nothing

    return stats


def _prior(past_totals: Sequence[float], target: float, unit: Floats) -> tuple[Floats, Floats]:
    """Shape and rate of the Gamma of a period's total, in units; without a past the target is as likely reached as not.

    The past's variance is widened as Student's t widens a band for one more period (Hahn and Meeker, Statistical
    Intervals, section 4.7): few periods say little about how much they vary.
    """
    totals = np.maximum(np.asarray(past_totals, float), 0.0)
    n, stats = len(totals), _distributions()
    if n < ENOUGH_PERIODS or totals.mean() <= 0:
        return np.full(unit.shape, WEAK_SHAPE), stats.gamma.median(WEAK_SHAPE) * unit / target
    widened = float(totals.var(ddof=1)) * (1 + 1 / n) * (stats.t.ppf(0.9, n - 1) / stats.norm.ppf(0.9)) ** 2
    mean, variance = totals.mean() / unit, widened / unit**2
    shape = mean**2 / np.maximum(variance - mean, mean * LEAST_SPREAD)
    return shape, shape / mean
