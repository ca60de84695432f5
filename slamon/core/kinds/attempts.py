"""The attempts of a cadence: which events count, which end it, and how to find the next one that is far enough from the last."""

from dataclasses import dataclass

import numpy as np

from slamon.core.clocks import Pauses
from slamon.core.definitions import Cadence
from slamon.core.facts import Codes, Facts, Kind, Mask, Rows
from slamon.core.kinds.cycles import NONE, first_from, next_in
from slamon.core.kinds.deadline import logged_late
from slamon.core.kinds.obligations import Indices
from slamon.core.patterns import contacts, matching, taking_out, while_deleted
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import Instants

_STEPS = 4
"""So many attempts that come too soon after a counted one are stepped over before the rest of them are searched past."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sorted rows: attempts that count, attempts logged too late, events that end a cadence; and which of those cancel.

    ``stopped`` is when leads were deleted that came back.
    """

    attempts: Rows
    logged_late: Rows
    ending: Rows
    is_contact: Mask
    is_deletion: Mask
    stopped: Pauses


def evidence_of(facts: Facts, definition: Cadence, calendar: Calendar) -> Evidence:
    """Which events count as attempts and which end the cadence; one that is contact itself keeps the promise."""
    attempts = np.flatnonzero(matching(facts, definition.attempt))
    late = logged_late(facts, definition.late_logging, calendar, attempts)
    ending = np.flatnonzero(taking_out(facts, definition.ended_by))
    return Evidence(
        attempts=attempts[~late],
        logged_late=attempts[late],
        ending=ending,
        is_contact=contacts(facts)[ending],
        is_deletion=facts.kind[ending] == Kind.DELETED,
        stopped=Pauses(*while_deleted(facts)),
    )


@dataclass(frozen=True, slots=True)
class Attempts:
    """The rows of the attempts that count, and when each was made; a last one, FOREVER, stands for none."""

    row: Rows
    at: Instants

    def far_enough(self, facts: Facts, lead: Codes, beyond: Rows, place: Indices, since: Instants) -> Indices:
        """For each lead the first attempt from a place on that was made at an instant or later: a few steps, else a search."""
        place = place.copy()
        early = np.arange(len(place))
        for _ in range(_STEPS):
            early = early[(self.at.take(place[early]) < since[early]) & (self.row.take(place[early]) < beyond[early])]
            if not len(early):
                return place
            place[early] += 1
        place[early] = np.maximum(place[early], first_from(self.row[:-1], facts.rows_from(lead[early], since[early])))
        return place


def channels_row(facts: Facts, demanded: int, evidence: Evidence, rows: Rows) -> Rows:
    """The row at which the demanded number of different channels was reached; a row beyond all facts if it never was.

    All qualifying attempts after the start count for this, also those too close to another one.
    """
    names = facts.name.codes[evidence.attempts]
    channels = np.unique(names)
    firsts = [next_in(evidence.attempts[names == channel], rows, facts) for channel in channels]
    if len(firsts) < demanded:
        return np.full(len(rows), len(facts))
    reached = np.where(np.array(firsts) == NONE, len(facts), np.array(firsts))
    result: Rows = np.sort(reached, axis=0)[demanded - 1]
    return result
