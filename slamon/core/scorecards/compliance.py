"""How a per-lead promise was kept over a span of time: shares with intervals, percentiles that count the unanswered, budget."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import CensoredData, ecdf
from statsmodels.stats.proportion import proportion_confint

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts, Mask
from slamon.core.scorecards.burn import Burn, burn_of
from slamon.core.scorecards.figures import Burning, Compliance
from slamon.core.verdicts import BREACHED, CANCELLED, EXCUSED, MET, PENDING, UNKNOWN, Judged
from slamon.core.verdicts.delays import clock_runs
from slamon.core.working_time.instants import NEVER, SECOND
from slamon.core.working_time.periods import Period

SMALL_N = 200
"""Below this many cycles a share is shown with its interval."""

CAUSES = ("data late", "routing", "coverage", "owner", "not known")
"""In the order in which they are told: what a system can mend comes before what people can."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Kept and missed cycles of a span."""

    met: int
    breached: int

    @property
    def share(self) -> float | None:
        """Met / (met + breached); None without cycles."""
        return self.met / (self.met + self.breached) if self.met + self.breached else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.met + other.met, self.breached + other.breached)


def due_within(judged: Judged, since: int, until: int) -> Mask:
    """Which cycles are due in ``[since, until)``: the population of a period, whatever became of them."""
    due = judged.obligations.due
    within: Mask = (due != NEVER) & (due >= since) & (due < until)
    return within


def tally(judged: Judged, within: Mask) -> Tally:
    """How many of these cycles were met and how many breached; an open one that is overdue is breached."""
    return Tally(int((judged.state[within] == MET).sum()), int((judged.state[within] == BREACHED).sum()))


def strict_tally(judged: Judged, within: Mask) -> Tally:
    """The cycles that have a strict clock, judged 24x7 from the hand-raise: none is kept that its own promise has missed."""
    counted = within & has_strict_clock(judged) & np.isin(judged.state, (MET, BREACHED))
    met = int((counted & (judged.state == MET) & (judged.strict == MET)).sum())
    return Tally(met, int(counted.sum()) - met)


def has_strict_clock(judged: Judged) -> Mask:
    """Which cycles can be judged 24x7: deadlines can, cadences cannot."""
    strict: Mask = judged.strict >= 0
    return strict


def compliance(judged: Judged, definitions: DefinitionSet, facts: Facts, period: Period, before: Sequence[Period]) -> Compliance:
    """One promise over one period, beside the one before and the four before together (``before``, latest first).

    The error budget is that of the objective's own period that holds the end of this one, or now.
    """
    within = due_within(judged, period.starts_at, period.ends_at)
    past = [tally(judged, due_within(judged, each.starts_at, each.ends_at)) for each in before]
    p50, p95 = response_percentiles(judged, facts, within)
    found = replace(
        _by_itself(judged, within),
        previous_share=past[0].share if past else None,
        previous_n=past[0].met + past[0].breached if past else 0,
        trailing_share=sum(past[:4], Tally(0, 0)).share,
        p50_s=p50,
        p95_s=p95,
    )
    definition = judged.versions[-1]
    if definition.objective is None:
        return found
    until = min(facts.as_of, period.ends_at - 1)
    return _with_budget(found, burn_of(judged, definition.objective, definitions.calendar_of(definition), until))


def _with_budget(found: Compliance, burn: Burn) -> Compliance:
    burning: Burning = "fast" if burn.fast_since != NEVER else "slow" if burn.slow_since != NEVER else ""
    return replace(found, budget=burn.budget, budget_left=burn.left, budget_period=burn.period.label, burning=burning)


def _by_itself(judged: Judged, within: Mask) -> Compliance:
    """The counts of some cycles, beside nothing yet."""
    definition, found = judged.versions[-1], tally(judged, within)
    low, high = wilson(found)
    counts = Counter(judged.state[within].tolist())
    return Compliance(
        sla=judged.sla,
        version=definition.version,
        title=definition.title,
        promised_by=definition.promised_by,
        kind=definition.kind,
        objective=definition.objective.compliance if definition.objective else None,
        met=found.met,
        breached=found.breached,
        share=found.share,
        low=low,
        high=high,
        previous_share=None,
        previous_n=0,
        trailing_share=None,
        strict_share=strict_tally(judged, within).share if definition.kind == "deadline" else None,
        p50_s=None,
        p95_s=None,
        pending=counts[PENDING],
        cancelled=counts[CANCELLED],
        excused=counts[EXCUSED],
        unknown=counts[UNKNOWN],
        reasons=reasons(judged, within),
        budget=None,
        budget_left=None,
    )


def wilson(found: Tally) -> tuple[float | None, float | None]:
    """The 95 % Wilson interval of a share; none without cycles."""
    n = found.met + found.breached
    if not n:
        return None, None
    low, high = proportion_confint(found.met, n, alpha=0.05, method="wilson")
    return float(low), float(high)


def response_percentiles(judged: Judged, facts: Facts, within: Mask) -> tuple[float | None, float | None]:
    """P50 and P95 of start to answer in seconds of the SLA's own clock, unanswered cycles censored (Kaplan-Meier).

    None where the curve does not get that far, and for cadences, which have no single answer.
    """
    rows = np.flatnonzero(within & np.isin(judged.state, (MET, BREACHED, PENDING)))
    if not len(rows) or judged.versions[-1].kind != "deadline":
        return None, None
    each = judged.obligations.take(rows)
    answered = judged.answered_at[rows]
    until = np.maximum(np.where(answered == NEVER, facts.as_of, answered), each.start)
    began, ended = clock_runs(each, judged.promised, judged.calendars, each.start, until)
    seconds = np.maximum(ended - began, 0) / SECOND
    curve = answers(seconds, answered != NEVER)
    return curve.by_share(0.5), curve.by_share(0.95)


@dataclass(frozen=True, slots=True)
class AnswerCurve:
    """Which share of cycles has an answer by which length of time (Kaplan-Meier); empty when none was answered."""

    lengths: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]

    @property
    def highest(self) -> float:
        """The highest share there is."""
        return float(self.shares[-1]) if len(self.shares) else 0.0

    def by_share(self, share: float) -> float | None:
        """The smallest length by which that share has an answer; None if the curve ends below it."""
        index = int(np.searchsorted(self.shares, share - 1e-9))
        return float(self.lengths[index]) if index < len(self.lengths) else None


def answers(lengths: npt.NDArray[np.float64] | npt.NDArray[np.int64], answered: Mask) -> AnswerCurve:
    """The curve of some cycles: start to answer, or how long the unanswered ones have waited so far."""
    if not answered.any():
        return AnswerCurve(np.zeros(0), np.zeros(0))
    curve = ecdf(CensoredData(uncensored=lengths[answered], right=lengths[~answered])).cdf
    return AnswerCurve(curve.quantiles, curve.probabilities)


def reasons(judged: Judged, within: Mask) -> tuple[tuple[str, int], ...]:
    """Why cycles of the period are not counted, most first."""
    outside = within & np.isin(judged.state, (CANCELLED, EXCUSED, UNKNOWN))
    return tuple(Counter(str(reason) for reason in judged.reason[outside]).most_common())


def causes(judgements: Iterable[Judged], since: int, until: int) -> tuple[tuple[str, int], ...]:
    """Why promises of a span were missed, the system before people; ``not known`` where the source tells nothing of ownership."""
    found: Counter[str] = Counter()
    for judged in judgements:
        missed = due_within(judged, since, until) & (judged.state == BREACHED)
        found.update(str(cause or "not known") for cause in judged.cause.take(np.flatnonzero(missed)).texts())
    return tuple(sorted(found.items(), key=lambda each: (CAUSES.index(each[0]) if each[0] in CAUSES else len(CAUSES), each[0])))


def teams(judgements: Iterable[Judged], facts: Facts, since: int, until: int) -> tuple[tuple[str, int, int], ...]:
    """(team, met, breached) by the holder at due, alphabetically; cycles that no team held are left out."""
    met: Counter[str] = Counter()
    breached: Counter[str] = Counter()
    for judged in judgements:
        within = due_within(judged, since, until)
        team = facts.people.text_at(judged.holder_at_due, "team")
        met.update(team[within & (judged.state == MET)].tolist())
        breached.update(team[within & (judged.state == BREACHED)].tolist())
    return tuple((name, met[name], breached[name]) for name in sorted((met.keys() | breached.keys()) - {""}))
