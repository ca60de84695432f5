"""Judging many leads in little memory: some thousand leads at a time, and what only all of them tell at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts
from slamon.core.facts.histories import History
from slamon.core.kinds import KINDS, PerPeriodKind
from slamon.core.kinds.attainment import Attained
from slamon.core.verdicts import Judgement, Rulings, judge_per_lead
from slamon.core.working_time.instants import NEVER

LEADS_AT_ONCE = 50_000
"""So many leads' columns fit the processor's caches; more at once is slower, fewer make more work of the calls."""


@dataclass(slots=True)
class Streaming:
    """Verdicts of chunk after chunk; once all have passed, :meth:`attained` says what quotas and ratios came to.

    The chunks must hold different leads and have been cut at the same instant; their order does not matter.
    """

    definitions: DefinitionSet
    rulings: Rulings = field(default_factory=Rulings)
    as_of: int = NEVER
    known_since: int = NEVER
    gathered: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def judge(self, chunks: Iterable[Facts]) -> Iterator[Judgement]:
        """A judgement for each chunk: its leads' verdicts, and no attainment."""
        for facts in chunks:
            self.as_of, self.known_since = facts.as_of, facts.survey.known_since
            self._gather(facts)
            yield judge_per_lead(self.definitions, facts, self.rulings)

    def _gather(self, facts: Facts) -> None:
        for sla, versions in self.definitions.versions().items():
            kind = KINDS[versions[0].kind]
            if isinstance(kind, PerPeriodKind):
                self.gathered.setdefault(sla, []).append(kind.gather(versions, self.definitions, facts))

    def attained(self) -> tuple[Attained, ...]:
        """Quotas and ratios over all chunks that have passed."""
        found: list[Attained] = []
        for sla, versions in self.definitions.versions().items():
            kind = KINDS[versions[0].kind]
            if isinstance(kind, PerPeriodKind) and sla in self.gathered:
                found += kind.conclude(versions, self.definitions, self.gathered[sla], self.known_since, self.as_of)
        return tuple(found)


def judge_in_chunks(definitions: DefinitionSet, history: History, rulings: Rulings | None = None) -> tuple[Streaming, Iterator[Judgement]]:
    """The judgements of a history's leads, chunk by chunk, and what gathers their attainment meanwhile."""
    streaming = Streaming(definitions, rulings or Rulings())
    return streaming, streaming.judge(history.chunks(LEADS_AT_ONCE))
