"""An event frame becomes facts: cut at what was known, united by merges, sorted, and filled forward in time."""

from collections.abc import Iterable

import pandas as pd

from slamon.core.event_columns import columns_of
from slamon.core.facts import Facts
from slamon.core.histories import SKEW, history_of
from slamon.core.survey import Survey

__all__ = ["SKEW", "build_facts"]


def build_facts(  # noqa: PLR0913 - each is a thing of its own, and most callers leave most of them out
    events: pd.DataFrame,
    as_of: int,
    people: pd.DataFrame | None = None,
    absences: pd.DataFrame | None = None,
    accepted: Iterable[str] = (),
    exit_stages: Iterable[str] = (),
    *,
    survey: Survey | None = None,
    provided: Iterable[str] = (),
) -> Facts:
    """Sort an event frame into Facts as of an instant (microseconds UTC).

    ``events`` has the columns id, source, lead, at, recorded_at, seen_at (int64 microseconds UTC, NEVER for none),
    kind, name, value, actor, owner, direction, automated (bool), seconds (-1 for none), outcome, attributes (JSON
    text) and position; texts may be None. Rows seen after ``as_of``, or that happened more than five minutes after
    it, are left out, the latter counted as findings. ``accepted`` are ids of late-logged events
    that a person accepted; ``exit_stages`` are the stages marked ``exit`` in the funnel. ``survey`` says what the facts
    of all leads tell, when these are the events of some leads only. ``provided`` are attributes that exist whether or not
    any lead has a value of them.
    """
    return history_of(columns_of(events), as_of, people, absences, accepted, exit_stages, survey=survey, provided=provided).facts()
