"""What the facts say that the definitions do not know: listed and counted, never dropped in silence."""

from collections.abc import Sequence

import numpy as np

from slamon.core.definitions import Stage
from slamon.core.facts import Facts, Kind


def unmapped_stages(facts: Facts, stages: Sequence[Stage]) -> dict[str, int]:
    """How often leads entered a stage that the funnel does not name, by stage, the most frequent first.

    Empty where no funnel is declared: then any stage may be named.
    """
    if not stages:
        return {}
    entries = facts.name.codes[facts.kind == Kind.STAGE]
    counts = np.bincount(entries[entries >= 0], minlength=len(facts.name.values)).tolist()
    named = {stage.stage for stage in stages}
    found = {str(name): count for name, count in zip(facts.name.values.tolist(), counts, strict=True) if count and str(name) not in named}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
