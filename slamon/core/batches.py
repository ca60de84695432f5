"""Bulk imports: more than so many leads created by one actor with short gaps are one batch, not so many people raising hands."""

import numpy as np
import numpy.typing as npt

from slamon.core.facts import Facts


def batch_of(facts: Facts, size: int, zone: str) -> npt.NDArray[np.int64]:
    """For each event the number of the import it belongs to, -1 for those of no import; see ``Creations.imports``."""
    numbers = np.full(len(facts), -1, np.int64)
    creations = facts.survey.creations
    for number, each in enumerate(creations.imports(size, zone) if creations else ()):
        place = np.minimum(np.searchsorted(facts.leads, each.leads), max(len(facts.leads) - 1, 0))
        members = np.zeros(len(facts.leads), bool)
        members[place[facts.leads[place] == each.leads]] = True
        numbers[members[facts.lead] & (facts.at <= each.until)] = number
    return numbers
