"""The kinds of SLA, one file each; KINDS says which function judges which kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts
from slamon.core.kinds import cadence, deadline, quota, ratio
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.obligations import Promised


@dataclass(frozen=True, slots=True)
class PerLeadKind:
    """A kind with a verdict for each cycle of each lead."""

    obligations: Callable[[Sequence[Any], DefinitionSet, Facts], Promised]


@dataclass(frozen=True, slots=True)
class PerPeriodKind:
    """A kind with a verdict for each period and group."""

    attain: Callable[[Sequence[Any], DefinitionSet, Facts], list[Attained]]


KINDS: dict[str, PerLeadKind | PerPeriodKind] = {
    "deadline": PerLeadKind(deadline.obligations),
    "cadence": PerLeadKind(cadence.obligations),
    "quota": PerPeriodKind(quota.attain),
    "ratio": PerPeriodKind(ratio.attain),
}
