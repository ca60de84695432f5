"""A proposed promise's verdicts beside those in force: by month and segment, which change, and how due times move."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.backtest.figures import Beside, Change, DueMove, DueMoves, Kept
from slamon.core.backtest.window import Span
from slamon.core.delays import clock_runs
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.instants import NEVER, SECOND
from slamon.core.kinds.counting import groups_of
from slamon.core.periods import period_of
from slamon.core.scorecards.compliance import Tally, due_within, tally
from slamon.core.verdicts import BREACHED, MET, STATES, Judged

LARGEST = 3
"""So many due times that move furthest are shown with their leads."""

Labels = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two promises: its verdicts, and which of its cycles are due in the window."""

    judged: Judged
    within: Mask

    def months(self, zone: str) -> Labels:
        """The month of each cycle in the window, by its own due time."""
        return period_of(self.judged.obligations.due[self.within], "month", zone).astype(object)

    def segments(self, facts: Facts, by: str) -> Labels:
        """The attribute of each cycle in the window, as it was known at its start."""
        return groups_of(facts, by, self.judged.obligations.start_row[self.within]).texts()

    def kept_by(self, labels: Labels) -> dict[str, Kept]:
        """Kept and missed cycles of the window for each label that any of them has."""
        state = self.judged.state[self.within]
        names, place = np.unique(labels.astype(str), return_inverse=True)
        met = np.bincount(place[state == MET], minlength=len(names))
        missed = np.bincount(place[state == BREACHED], minlength=len(names))
        return {str(name): kept(Tally(int(a), int(b))) for name, a, b in zip(names, met, missed, strict=True) if a or b}


def side_of(judged: Judged, span: Span) -> Side:
    """A promise's verdicts over a span."""
    return Side(judged, due_within(judged, span.since, span.until))


def kept(found: Tally) -> Kept:
    """A tally as figures."""
    return Kept(found.met + found.breached, found.met, found.share)


def whole(in_force: Side | None, proposed: Side) -> Beside:
    """The whole window as one row."""
    now = kept(tally(in_force.judged, in_force.within)) if in_force else None
    return _beside("", now, kept(tally(proposed.judged, proposed.within)))


def by_month(in_force: Side | None, proposed: Side, zone: str) -> tuple[Beside, ...]:
    """A row for each month with cycles, in order; each side's cycles stand in the month in which that side has them due."""
    rows = _rows(in_force.kept_by(in_force.months(zone)) if in_force else None, proposed.kept_by(proposed.months(zone)))
    return tuple(sorted(rows, key=lambda row: row.label))


def by_segment(in_force: Side | None, proposed: Side, facts: Facts, by: str) -> tuple[Beside, ...]:
    """A row for each value of an attribute, the one with most cycles first."""
    now = in_force.kept_by(in_force.segments(facts, by)) if in_force else None
    rows = _rows(now, proposed.kept_by(proposed.segments(facts, by)))
    return tuple(sorted(rows, key=lambda row: (-max(row.proposed.n, row.in_force.n if row.in_force else 0), row.label)))


def _rows(in_force: dict[str, Kept] | None, proposed: dict[str, Kept]) -> list[Beside]:
    none = kept(Tally(0, 0))
    labels = proposed.keys() | (in_force or {}).keys()
    return [_beside(label, None if in_force is None else in_force.get(label, none), proposed.get(label, none)) for label in labels]


def _beside(label: str, in_force: Kept | None, proposed: Kept) -> Beside:
    difference = None
    if in_force is not None and in_force.share is not None and proposed.share is not None:
        difference = proposed.share - in_force.share
    return Beside(label, in_force, proposed, difference)


@dataclass(frozen=True, slots=True)
class Matched:
    """Cycles that both promises open (the same lead and start event), as rows of each; due in the window of either."""

    in_force: Rows
    proposed: Rows
    only_in_force: Rows
    only_proposed: Rows


def matched(in_force: Side, proposed: Side) -> Matched:
    """Which cycles are the same in both, and which only one of the two opens."""
    before, after = in_force.judged.obligations.start_row, proposed.judged.obligations.start_row
    _, first, second = np.intersect1d(before, after, assume_unique=True, return_indices=True)
    either = in_force.within[first] | proposed.within[second]
    return Matched(
        in_force=first[either],
        proposed=second[either],
        only_in_force=np.flatnonzero(in_force.within & ~np.isin(before, after, assume_unique=True)),
        only_proposed=np.flatnonzero(proposed.within & ~np.isin(after, before, assume_unique=True)),
    )


def changes(in_force: Side, proposed: Side, same: Matched) -> tuple[Change, ...]:
    """Which verdicts change, most frequent first."""
    before, after = in_force.judged.state[same.in_force], proposed.judged.state[same.proposed]
    counts = np.bincount(before * len(STATES) + after, minlength=len(STATES) ** 2)
    found = [(divmod(code, len(STATES)), int(count)) for code, count in enumerate(counts.tolist()) if count]
    moved = [Change(str(STATES[old]), str(STATES[new]), count) for (old, new), count in found if old != new]
    return tuple(sorted(moved, key=lambda change: -change.cycles))


def states_of(judged: Judged, rows: Rows) -> tuple[tuple[str, int], ...]:
    """How many of some cycles are in each state, those that there are."""
    counts = np.bincount(judged.state[rows], minlength=len(STATES)).tolist()
    return tuple((str(state), count) for state, count in zip(STATES, counts, strict=True) if count)


def due_moves(in_force: Side, proposed: Side, same: Matched, leads: Sequence[str] | Labels) -> DueMoves:
    """How due times move, counted on the clock that the proposed target runs on."""
    after = proposed.judged.obligations.take(same.proposed)
    old, new = in_force.judged.obligations.due[same.in_force], after.due
    both = (old != NEVER) & (new != NEVER)
    began, ended = clock_runs(after, proposed.judged.promised, proposed.judged.calendars, old, new)
    moves = np.flatnonzero(both & (old != new))
    shift = ended[moves] - began[moves]
    furthest = np.argsort(-np.abs(shift), kind="stable")[:LARGEST]
    return DueMoves(
        earlier=int((both & (new < old)).sum()),
        later=int((both & (new > old)).sum()),
        stay=int((both & (new == old)).sum()),
        due_in_one_only=int(((old == NEVER) != (new == NEVER)).sum()),
        median_shift_s=float(np.median(shift)) / SECOND if len(moves) else None,
        largest=tuple(
            DueMove(str(leads[after.lead[moves[each]]]), int(old[moves[each]]), int(new[moves[each]]), int(shift[each]) // SECOND)
            for each in furthest.tolist()
        ),
    )
