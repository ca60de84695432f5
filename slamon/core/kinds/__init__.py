"""The kinds of SLA, one file each; KINDS says which function judges which kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.kinds import cadence, deadline, quota, ratio
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import known_since
from slamon.core.kinds.entries import Entries, counted_rows
from slamon.core.kinds.obligations import Promised
from slamon.core.kinds.ratio import Members
from slamon.core.working_time.calendars import Calendar

Gathered = Entries | Members
"""What a chunk of leads contributes to a quota or a ratio: plain arrays."""


@dataclass(frozen=True, slots=True)
class PerLeadKind:
    """A kind with a verdict for each cycle of each lead; the masks are the events while each version was in force."""

    obligations: Callable[[Sequence[Any], DefinitionSet, Facts, Sequence[Mask]], Promised]


@dataclass(frozen=True, slots=True)
class PerPeriodKind:
    """A kind with a verdict for each period and group.

    ``gather(versions, definitions, facts)`` gives what some leads contribute to each version; ``conclude(versions,
    definitions, parts, known_since, as_of)`` judges what all chunks of leads contributed, in any order.
    ``entering(facts, definition, calendar)`` are the rows of the events that ``gather`` tells of, in its order.
    """

    gather: Callable[[Sequence[Any], DefinitionSet, Facts], tuple[Gathered, ...]]
    conclude: Callable[[Sequence[Any], DefinitionSet, Sequence[tuple[Any, ...]], int, int], list[Attained]]
    entering: Callable[[Facts, Any, Calendar], Rows]

    def attain(self, versions: Sequence[Any], definitions: DefinitionSet, facts: Facts) -> list[Attained]:
        """The verdicts when all leads are at hand at once."""
        parts = [self.gather(versions, definitions, facts)]
        return self.conclude(versions, definitions, parts, known_since(facts), facts.as_of)


KINDS: dict[str, PerLeadKind | PerPeriodKind] = {
    "deadline": PerLeadKind(deadline.obligations),
    "cadence": PerLeadKind(cadence.obligations),
    "quota": PerPeriodKind(quota.gather, quota.conclude, counted_rows),
    "ratio": PerPeriodKind(ratio.gather, ratio.conclude, ratio.entering),
}
