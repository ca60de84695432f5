"""Which start events open a cycle: debounce, cycles that are still open, and what ends them, for deadlines and cadences."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from slamon.core.facts import Facts, Mask, Rows
from slamon.core.working_time.instants import NEVER, Instants

NONE = -1
FEW = 32
"""A step for so few leads costs more at once than one by one."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What would follow if each start event opened a cycle; parallel arrays over the start events.

    ``row``: the start event's row. ``closes_row``: the row that closes the cycle in time (answer or cancellation),
    NONE if nothing does; ``cancels``: whether that is a cancellation. ``cancel_row``: the first cancelling event after
    the start, in time or not, which ends the debounce. ``due``: the last instant in time, NEVER while the clock stands.
    ``settled``: from when on a further start is no longer the same start.
    """

    row: Rows
    closes_row: Rows
    cancels: Mask
    cancel_row: Rows
    due: Instants
    settled: Instants


def merged_candidates(parts: Sequence[Candidates]) -> Candidates:
    """The start events of all versions in the order of the facts."""
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([part.row for part in parts]), kind="stable")
    return Candidates(*(np.concatenate([getattr(part, each.name) for part in parts])[order] for each in fields(Candidates)))


def next_in(marked: Rows, rows: Rows, facts: Facts) -> Rows:
    """For each row the first of the sorted ``marked`` rows after it in the same lead, NONE if there is none."""
    found = np.append(marked, NONE).take(np.searchsorted(marked, rows, side="right"))
    if not len(found):
        return found
    found[facts.lead.take(found) != facts.lead.take(rows)] = NONE
    return found


def first_from(marked: Rows, rows: Rows) -> Rows:
    """Index into the sorted ``marked`` rows of the first one at or after each row; ``len(marked)`` if there is none."""
    return np.searchsorted(marked, rows, side="left")


def following(facts: Facts, each: Candidates) -> Rows:
    """For each start event the index of the start event that opens the next cycle, if it opens one; NONE for the last.

    While a cycle is open and not past due, further starts change nothing; one less than the debounce after the
    accepted start is the same start, unless a cancelling event came between.
    """
    lead = facts.lead.take(each.row)
    following = np.full(len(lead), NONE)
    several = np.flatnonzero(lead[1:] == lead[:-1])  # most leads start once, and nothing follows
    lead, due, cancel_row = lead[several], each.due[several], each.cancel_row[several]
    lead_end = facts.first[lead + 1]
    past_due = np.where(due == NEVER, lead_end, facts.rows_from(lead, due, after=True))
    closed = np.where(each.closes_row[several] == NONE, lead_end, each.closes_row[several] + 1)
    free = np.minimum(past_due, closed)
    settled = facts.rows_from(lead, each.settled[several])
    settled = np.where(cancel_row == NONE, settled, np.minimum(settled, cancel_row + 1))
    earliest = np.maximum(free, settled)
    index = first_from(each.row, np.maximum(earliest, each.row[several] + 1))
    reached = np.append(each.row, len(facts))[index] < lead_end
    following[several] = np.where(reached, index, NONE)
    return following


def chained(facts: Facts, rows: Rows, after: Rows) -> Mask:
    """Which start events open cycles: each lead's first, then whatever follows, step by step for all leads at once.

    The few leads with the longest chains are followed one by one at the end.
    """
    accepted = np.zeros(len(rows), bool)
    frontier = firsts(facts, rows)
    while len(frontier) > FEW:
        accepted[frontier] = True
        frontier = after[frontier]
        frontier = frontier[frontier != NONE]
    for first in frontier.tolist():
        each = first
        while each != NONE:
            accepted[each] = True
            each = after.item(each)
    return accepted


def firsts(facts: Facts, rows: Rows) -> npt.NDArray[np.int64]:
    """Index of each lead's first one of the sorted rows."""
    lead = facts.lead.take(rows)
    if not len(lead):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate(([True], lead[1:] != lead[:-1])))
