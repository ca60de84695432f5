"""How due times move under a proposed promise, and which leads they move furthest for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from slamon.core.backtest.figures import DueMove, DueMoves
from slamon.core.backtest.standings import Matched, Side
from slamon.core.facts import Codes, Facts, Rows
from slamon.core.verdicts.delays import clock_runs
from slamon.core.working_time.instants import NEVER, SECOND, Instants

LARGEST = 3
"""So many due times that move furthest are shown with their leads."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The same cycles under both promises, over some leads: how many are due when, and those that move, as parallel arrays."""

    facts: Facts
    earlier: int
    later: int
    stay: int
    due_in_one_only: int
    lead: Codes
    old: Instants
    new: Instants
    shift: Instants
    """Microseconds of the clock that the proposed target runs on."""

    def furthest(self) -> Iterator[tuple[int, DueMove]]:
        """Those that move furthest, each with how far."""
        for row in _furthest(self.shift).tolist():
            lead, shift = str(self.facts.leads[int(self.lead[row])]), int(self.shift[row])
            yield abs(shift), DueMove(lead, int(self.old[row]), int(self.new[row]), shift // SECOND)


def _furthest(shift: Instants) -> Rows:
    """The first few by length, of equal ones the first; without sorting all."""
    length = np.abs(shift)
    if len(length) > LARGEST:
        least = np.partition(length, len(length) - LARGEST)[len(length) - LARGEST]
        candidates = np.flatnonzero(length >= least)
    else:
        candidates = np.arange(len(length))
    return candidates[np.argsort(-length[candidates], kind="stable")[:LARGEST]]


def moves_of(in_force: Side, proposed: Side, same: Matched, facts: Facts) -> Moves:
    """How due times of some leads move, counted on the clock that the proposed target runs on."""
    after = proposed.judged.obligations.take(same.proposed)
    old, new = in_force.judged.obligations.due[same.in_force], after.due
    both = (old != NEVER) & (new != NEVER)
    moved = both & (old != new)
    moving = after.take(moved)
    began, ended = clock_runs(moving, proposed.judged.promised, proposed.judged.calendars, old[moved], new[moved])
    return Moves(
        facts=facts,
        earlier=int((both & (new < old)).sum()),
        later=int((both & (new > old)).sum()),
        stay=int((both & (new == old)).sum()),
        due_in_one_only=int(((old == NEVER) != (new == NEVER)).sum()),
        lead=moving.lead,
        old=old[moved],
        new=new[moved],
        shift=ended - began,
    )


def due_moves(parts: Sequence[Moves]) -> DueMoves:
    """The moves of all leads as figures."""
    shifts = np.concatenate([part.shift for part in parts])
    largest = sorted((found for part in parts for found in part.furthest()), key=lambda found: -found[0])[:LARGEST]
    return DueMoves(
        earlier=sum(part.earlier for part in parts),
        later=sum(part.later for part in parts),
        stay=sum(part.stay for part in parts),
        due_in_one_only=sum(part.due_in_one_only for part in parts),
        median_shift_s=float(np.median(shifts)) / SECOND if len(shifts) else None,
        largest=tuple(move for _, move in largest),
    )
