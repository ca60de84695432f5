"""What quotas and ratios count by: worths, groups and periods of their entries, summed up in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.definitions import DefinitionSet, Quota, Ratio
from slamon.core.facts import Facts, Rows
from slamon.core.facts.attributes import numbers_of
from slamon.core.kinds.starts import in_force
from slamon.core.patterns import same_instant_last
from slamon.core.working_time.instants import Instants
from slamon.core.working_time.periods import Period, periods_between

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

NO_GROUP = "(none)"
DIGITS = 6
"""Sums of money are rounded to so many decimals: ten times 0.1 is 1."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The group of each entry, as an index into ``names`` (distinct, sorted)."""

    codes: npt.NDArray[np.int32]
    names: tuple[str, ...]

    def take(self, rows: Rows | npt.NDArray[np.bool_]) -> "Groups":
        """The groups of some entries."""
        return Groups(self.codes[rows], self.names)

    def texts(self) -> Words:
        """The name of each entry's group."""
        return np.array(self.names, object)[self.codes]

    def are(self, name: str) -> npt.NDArray[np.bool_]:
        """Which entries are of a group."""
        code = self.names.index(name) if name in self.names else -1
        mine: npt.NDArray[np.bool_] = self.codes == code
        return mine


def groups_of(facts: Facts, attribute: str | None, rows: Rows) -> Groups:
    """Each entry's group: the attribute's value at the entry, ``(none)`` where it has none."""
    if attribute is None or attribute not in facts.attributes:
        return Groups(np.zeros(len(rows), np.int32), (NO_GROUP,))
    texts = facts.attributes[attribute]
    codes = texts.codes[same_instant_last(facts, rows)]
    used = np.unique(codes)
    names = [str(texts.values[code]) if code >= 0 else NO_GROUP for code in used.tolist()]
    return united([Groups(np.searchsorted(used, codes).astype(np.int32), tuple(names))])


def united(parts: Sequence[Groups]) -> Groups:
    """The groups of several parts one after the other, with one list of names."""
    names = tuple(sorted({name for part in parts for name in part.names}))
    place = {name: index for index, name in enumerate(names)}
    codes = [np.array([place[name] for name in part.names], np.int32)[part.codes] for part in parts]
    return Groups(np.concatenate(codes) if codes else np.zeros(0, np.int32), names)


def worth_of(facts: Facts, attribute: str | None, rows: Rows) -> Floats:
    """What each entry adds: 1, or the number in an attribute (0 where it has none, or one without end)."""
    if attribute is None:
        return np.ones(len(rows))
    if attribute not in facts.attributes:
        return np.zeros(len(rows))
    texts = facts.attributes[attribute]
    worth = np.append(numbers_of(texts.values), np.nan)[texts.codes[same_instant_last(facts, rows)]]
    return np.where(np.isfinite(worth), worth, 0.0)


@dataclass(frozen=True, slots=True)
class Sums:
    """Worth and number of entries by period (rows) and group: column 0 is the total, ``names`` of the groups follow."""

    worth: Floats
    many: npt.NDArray[np.int64]


def period_index(periods: Sequence[Period], instants: Instants) -> Indices:
    """The index of the period that holds each instant, ``len(periods)`` where none does; the periods follow each other."""
    if not periods:
        return np.zeros(len(instants), np.int64)
    starts = np.array([period.starts_at for period in periods], np.int64)
    index = np.searchsorted(starts, instants, side="right") - 1
    return np.where((index < 0) | (instants >= periods[-1].ends_at), len(periods), index)


def summed(periods: Sequence[Period], period: Indices, groups: Groups, worth: Floats) -> Sums:
    """The sums of entries whose periods are given by index (``len(periods)``: in none)."""
    rows, columns = len(periods) + 1, max(len(groups.names), 1)
    place = period * columns + groups.codes
    many = np.bincount(place, minlength=rows * columns).reshape(rows, columns)
    added = np.bincount(place, worth, rows * columns).reshape(rows, columns)
    total = np.bincount(period, worth, rows)
    sums: Floats = np.column_stack([total, added])[:-1].round(DIGITS)
    return Sums(
        sums,
        np.column_stack([many.sum(axis=1), many])[:-1],
    )


def known_since(facts: Facts) -> int:
    """The instant of the first fact that any source knows; ``as_of`` without facts."""
    return int(facts.at.min()) if len(facts) else facts.as_of


def periods_in_force(definition: Quota | Ratio, definitions: DefinitionSet, known_since: int, as_of: int) -> list[Period]:
    """The whole periods that began while this version was in force and not after ``as_of``.

    Periods that ended before the first fact that any source knows are left out: nobody can say what happened in them.
    """
    force = in_force(definition, definitions)
    zone = definitions.calendar_of(definition).timezone
    found = periods_between(max(force.since, known_since), min(as_of, force.until - 1), definition.per, zone, definition.fiscal_year_starts)
    return [period for period in found if period.starts_at >= force.since]
