"""An event frame becomes facts: cut at what was known, united by merges, sorted, and filled forward in time."""

from typing import Unpack

import pandas as pd

from slamon.core.facts import Facts
from slamon.core.facts.event_columns import columns_of
from slamon.core.facts.histories import SKEW, Beside, history_of

__all__ = ["SKEW", "build_facts"]


def build_facts(events: pd.DataFrame, as_of: int, **beside: Unpack[Beside]) -> Facts:
    """Sort an event frame into Facts as of an instant (microseconds UTC).

    ``events`` has the columns id, source, lead, at, recorded_at, seen_at (int64 microseconds UTC, NEVER for none),
    kind, name, value, actor, owner, direction, automated (bool), seconds (-1 for none), outcome, attributes (JSON
    text) and position; texts may be None. Rows seen after ``as_of``, or that happened more than five minutes after
    it, are left out, the latter counted as findings. What may be given ``beside`` them stands at :class:`Beside`.
    """
    return history_of(columns_of(events), as_of, **beside).facts()
