"""Bulk imports: more than so many leads created by one actor with short gaps are one batch, not so many people raising hands."""

import numpy as np
import numpy.typing as npt

from slamon.core.facts import Facts
from slamon.core.instants import DAY, MINUTE
from slamon.core.zones import offsets_of

LONGEST_GAP = 10 * MINUTE
"""Creations further apart than this are not one import."""


def batch_of(facts: Facts, size: int, zone: str) -> npt.NDArray[np.int64]:
    """For each event the number of the import it belongs to, -1 for those of no import.

    An import is more than ``size`` first events of leads by one named actor, with clock times (a date, at midnight in
    ``zone`` or in UTC, says nothing of the time of day), each at most ten minutes after the one before. Events of
    those leads that lie inside the import, or ten minutes after it, are part of it.
    """
    numbers = np.full(len(facts), -1, np.int64)
    created = facts.first[:-1]
    wall = offsets_of(zone, int(facts.at.min()), int(facts.at.max())).to_wall(facts.at[created]) if len(facts) else created
    created = created[(facts.actor[created] >= 0) & (wall % DAY != 0) & (facts.at[created] % DAY != 0)]
    created = created[np.lexsort((facts.at[created], facts.actor[created]))]
    if len(created) <= size:
        return numbers
    breaks = (np.diff(facts.actor[created]) != 0) | (np.diff(facts.at[created]) > LONGEST_GAP)
    run = np.concatenate(([0], np.cumsum(breaks)))
    large = np.flatnonzero(np.bincount(run) > size)
    for number, each in enumerate(large):
        members = created[run == each]
        until = facts.at[members].max() + LONGEST_GAP
        of_import = np.isin(facts.lead, facts.lead[members]) & (facts.at <= until)
        numbers[of_import] = number
    return numbers
