"""A proposed promise's verdicts beside those in force: by month and by segment, and which of them change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from slamon.core.backtest.figures import Beside, Change, Kept
from slamon.core.backtest.window import Span
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.kinds.counting import groups_of, period_index
from slamon.core.scorecards.compliance import Tally, due_within, tally, wilson
from slamon.core.verdicts import BREACHED, MET, STATES, Judged
from slamon.core.working_time.periods import periods_between


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two promises over some leads: its verdicts, and which of its cycles are due in the window."""

    judged: Judged
    within: Mask

    @property
    def tally(self) -> Tally:
        """Kept and missed cycles of the window."""
        return tally(self.judged, self.within)

    def by_month(self, zone: str) -> dict[str, Tally]:
        """Kept and missed cycles by month, each cycle in that of its own due time."""
        due = self.judged.obligations.due[self.within]
        months = periods_between(int(due.min()), int(due.max()), "month", zone) if len(due) else []
        return self._by(period_index(months, due), [month.label for month in months])

    def by_segment(self, facts: Facts, by: str) -> dict[str, Tally]:
        """Kept and missed cycles by an attribute, as it was known at each cycle's start."""
        groups = groups_of(facts, by, self.judged.obligations.start_row[self.within])
        return self._by(groups.codes, groups.names)

    def _by(self, place: npt.NDArray[Any], names: Sequence[str]) -> dict[str, Tally]:
        state = self.judged.state[self.within]
        met = np.bincount(place[state == MET], minlength=len(names)).tolist()
        missed = np.bincount(place[state == BREACHED], minlength=len(names)).tolist()
        return {name: Tally(a, b) for name, a, b in zip(names, met, missed, strict=True) if a or b}


Sides = Sequence[Side]
"""One promise over all leads, some leads at a time; none where there is no such promise."""


def side_of(judged: Judged, span: Span) -> Side:
    """A promise's verdicts over a span."""
    return Side(judged, due_within(judged, span.since, span.until))


def kept(found: Tally) -> Kept:
    """A tally as figures."""
    return Kept(found.met + found.breached, found.met, found.share, *wilson(found))


def whole(in_force: Sides, proposed: Sides) -> Beside:
    """The whole window as one row."""
    now, then = (sum((side.tally for side in sides), Tally(0, 0)) for sides in (in_force, proposed))
    return _beside("", kept(now) if in_force else None, kept(then))


def by_month(in_force: Sides, proposed: Sides, zone: str) -> tuple[Beside, ...]:
    """A row for each month with cycles, in order; each side's cycles stand in the month in which that side has them due."""
    now, then = (_summed(side.by_month(zone) for side in sides) for sides in (in_force, proposed))
    return tuple(sorted(_rows(now if in_force else None, then), key=lambda row: row.label))


def by_segment(in_force: Sides, proposed: Sides, facts: Sequence[Facts], by: str) -> tuple[Beside, ...]:
    """A row for each value of an attribute, the one with most cycles first."""
    now, then = (_summed(side.by_segment(told, by) for side, told in zip(sides, facts, strict=False)) for sides in (in_force, proposed))
    rows = _rows(now if in_force else None, then)
    return tuple(sorted(rows, key=lambda row: (-max(row.proposed.n, row.in_force.n if row.in_force else 0), row.label)))


def _summed(parts: Iterable[dict[str, Tally]]) -> dict[str, Kept]:
    found: dict[str, Tally] = {}
    for part in parts:
        for label, each in part.items():
            found[label] = found.get(label, Tally(0, 0)) + each
    return {label: kept(each) for label, each in found.items()}


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


def changes(in_force: Sides, proposed: Sides, same: Sequence[Matched]) -> tuple[Change, ...]:
    """Which verdicts change, most frequent first."""
    counts = np.zeros(len(STATES) ** 2, np.int64)
    for now, then, each in zip(in_force, proposed, same, strict=True):
        before, after = now.judged.state[each.in_force], then.judged.state[each.proposed]
        counts += np.bincount(before * len(STATES) + after, minlength=len(counts))
    found = [(divmod(code, len(STATES)), count) for code, count in enumerate(counts.tolist()) if count]
    moved = [Change(str(STATES[old]), str(STATES[new]), count) for (old, new), count in found if old != new]
    return tuple(sorted(moved, key=lambda change: -change.cycles))


def states_of(sides: Sides, rows: Iterable[Rows]) -> tuple[tuple[str, int], ...]:
    """How many of some cycles (rows of each side) are in each state, those that there are."""
    counts = np.zeros(len(STATES), np.int64)
    for side, mine in zip(sides, rows, strict=True):
        counts += np.bincount(side.judged.state[mine], minlength=len(STATES))
    return tuple((str(state), count) for state, count in zip(STATES, counts.tolist(), strict=True) if count)
