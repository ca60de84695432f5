"""The target that a team would have kept: a quantile of its response times, rounded up, and proven by judging with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from slamon.core.backtest.figures import Advice, Kept, TargetAdvice
from slamon.core.backtest.response_times import ResponseTimes, response_times, together
from slamon.core.backtest.sensible_lengths import next_longer, rounded_up
from slamon.core.backtest.standings import kept
from slamon.core.backtest.window import Window
from slamon.core.definitions import Deadline, DefinitionSet
from slamon.core.definitions.pattern_terms import filter_in_words
from slamon.core.facts import Facts, Mask
from slamon.core.kinds.starts import lengths_of
from slamon.core.scorecards.compliance import Tally, due_within, tally
from slamon.core.verdicts import BREACHED, MET, PENDING, Judged, Rulings, judge_per_lead
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import SECOND

MOST_STEPS = 8
"""So often a target is lengthened when judging shows that the quantile alone falls short (other leads are due then)."""

ENOUGH = 30
"""With fewer leads a quantile near the end of the curve is the answer of one or two of them."""

RESTARTS = "its clock restarts with each new holder, so that answers have no one length; try targets instead"
NOBODY_DUE = "no lead was due in these months"


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposed deadline, all that it leans on, and how it was judged: some leads after others."""

    definition: Deadline
    definitions: DefinitionSet
    facts: Sequence[Facts]
    rulings: Rulings
    judged: Sequence[Judged]

    def with_targets(self, lengths: Sequence[Duration]) -> list[Judged]:
        """The same deadline judged with other targets, in the order of ``lengths_of``."""
        count = len(self.definition.targets)
        changed = self.definition.model_copy(
            update={
                "targets": tuple(
                    old.model_copy(update={"within": new}) for old, new in zip(self.definition.targets, lengths, strict=False)
                ),
                "within": lengths[count],
                "batch": self.definition.batch.model_copy(update={"within": lengths[-1] if self.definition.batch.within else None}),
            }
        )
        alone = replace(self.definitions, definitions=(changed,))
        return [judge_per_lead(alone, facts, self.rulings).per_lead[0] for facts in self.facts]


def advise(trial: Trial, window: Window, objective: float, enough: int = ENOUGH) -> Advice:
    """What each target of a deadline would have to be for the last three months of the window to keep the objective.

    Nothing is recommended for a target under which fewer than ``enough`` leads were due.
    """
    span = window.recent_span(trial.definitions.calendar_of(trial.definition).timezone)
    lengths = lengths_of(trial.definition)
    since, until = window.recent.isoformat(), window.until.isoformat()
    due = [due_within(each, span.since, span.until) & np.isin(each.state, (MET, BREACHED, PENDING)) for each in trial.judged]
    some = any(each.any() for each in due)
    if trial.definition.restart_on_reassignment or not some:
        return Advice(objective, since, until, (), None, RESTARTS if some else NOBODY_DUE)
    times = [_times(trial, due, index) for index in range(len(lengths))]
    few = [len(each.lengths) < enough for each in times]
    chosen = [None if less else _chosen(each, length, objective) for each, length, less in zip(times, lengths, few, strict=True)]
    proof = _proven(trial, span.since, span.until, objective, chosen)
    told = (replace(_target(trial, index, each, proof, objective), too_few=few[index]) for index, each in enumerate(times))
    targets = tuple(each for each in told if each.n)
    whole = proof.whole if all(each.recommended for each in targets) else None
    return Advice(objective, since, until, targets, whole, "")


def _times(trial: Trial, due: Sequence[Mask], index: int) -> ResponseTimes:
    """How long answers took under one of the targets."""
    length = lengths_of(trial.definition)[index]
    parts = zip(trial.judged, trial.facts, due, strict=True)
    return together(
        response_times(judged, facts, trial.definition, np.flatnonzero(mine & (judged.obligations.target == index)), length)
        for judged, facts, mine in parts
    )


def _chosen(times: ResponseTimes, length: Duration, objective: float) -> Duration | None:
    """The target that the quantile asks for; None where the curve of answers ends below the objective."""
    quantile, _ = times.by_share(objective)
    return None if quantile is None else rounded_up(quantile, length.unit)


@dataclass(frozen=True, slots=True)
class _Proof:
    """Recommended targets (None: none) and what judging with them gives, for each target and for all."""

    chosen: tuple[Duration | None, ...]
    each: tuple[Kept, ...]
    whole: Kept


def _proven(trial: Trial, since: int, until: int, objective: float, chosen: Sequence[Duration | None]) -> _Proof:
    """Judge with the chosen targets, and lengthen those that fall short."""
    proof = _judged(trial, since, until, chosen)
    for _ in range(MOST_STEPS):
        short = [
            new is not None and each.share is not None and each.share < objective for new, each in zip(chosen, proof.each, strict=True)
        ]
        if not any(short):
            return proof
        chosen = [next_longer(new) if new is not None and falls else new for new, falls in zip(chosen, short, strict=True)]
        proof = _judged(trial, since, until, chosen)
    return proof


def _judged(trial: Trial, since: int, until: int, chosen: Sequence[Duration | None]) -> _Proof:
    lengths = lengths_of(trial.definition)
    judged = trial.with_targets([new or old for new, old in zip(chosen, lengths, strict=True)])
    within = [due_within(part, since, until) for part in judged]
    each = tuple(
        kept(_tally(judged, [mine & (part.obligations.target == index) for part, mine in zip(judged, within, strict=True)]))
        for index in range(len(lengths))
    )
    return _Proof(tuple(chosen), each, kept(_tally(judged, within)))


def _tally(judged: Sequence[Judged], within: Iterable[Mask]) -> Tally:
    return sum((tally(part, mine) for part, mine in zip(judged, within, strict=True)), Tally(0, 0))


def _target(trial: Trial, index: int, times: ResponseTimes, proof: _Proof, objective: float) -> TargetAdvice:
    length, new = lengths_of(trial.definition)[index], proof.chosen[index]
    quantile, highest = times.by_share(objective)
    return TargetAdvice(
        applies_to=_applies_to(trial.definition, index),
        proposed=str(length),
        n=len(times.lengths),
        answered=int(times.answered.sum()),
        quantile_s=None if quantile is None or length.is_working_days else quantile / SECOND,
        quantile_days=quantile if length.is_working_days else None,
        highest_share=highest,
        recommended=None if new is None else str(new),
        would_keep=None if new is None else proof.each[index],
    )


def _applies_to(definition: Deadline, index: int) -> str:
    if index < len(definition.targets):
        return filter_in_words(definition.targets[index].when)
    if index > len(definition.targets):
        return "imports"
    return "all others" if definition.targets else ""
