"""What only all facts together can tell: not the facts of one lead, nor those of some leads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from slamon.core.columns import Codes
from slamon.core.working_time.instants import DAY, MINUTE, NEVER, Instants
from slamon.core.working_time.zones import offsets_of

Texts = npt.NDArray[np.object_]

LONGEST_GAP = 10 * MINUTE
"""Creations further apart than this are not one import."""


@dataclass(frozen=True, slots=True)
class Import:
    """One bulk import: the leads that it created, and until when (inclusive) an event of theirs is part of it.

    ``since`` is its first creation's instant, ``actor`` who made it, a code of the people.
    """

    leads: Texts
    until: int
    since: int
    actor: int


class Creations:
    """The first event of each lead: parallel arrays, sorted by lead. ``actor`` is a code of the people, below zero for nobody.

    ``find`` gives the arrays; it is called when somebody first asks, which mostly nobody does.
    """

    def __init__(self, find: Callable[[], tuple[Texts, Instants, Codes]]) -> None:
        self._find = find

    @cached_property
    def _columns(self) -> tuple[Texts, Instants, Codes]:
        return self._find()

    @property
    def lead(self) -> Texts:
        """The leads' ids."""
        return self._columns[0]

    @property
    def at(self) -> Instants:
        """When each was created."""
        return self._columns[1]

    @property
    def actor(self) -> Codes:
        """By whom."""
        return self._columns[2]

    @cached_property
    def _found(self) -> dict[tuple[int, str], tuple[Import, ...]]:
        return {}

    def imports(self, size: int, zone: str) -> tuple[Import, ...]:
        """Every import of more than ``size`` leads.

        An import is more than ``size`` first events of leads by one named actor, with clock times (a date, at midnight
        in ``zone`` or in UTC, says nothing of the time of day), each at most ten minutes after the one before. Events
        of those leads that lie inside the import, or ten minutes after it, are part of it.
        """
        key = (size, zone)
        if key not in self._found:
            self._found[key] = tuple(self._imports(size, zone))
        return self._found[key]

    def _imports(self, size: int, zone: str) -> list[Import]:
        named = np.flatnonzero((self.actor >= 0) & (self.at % DAY != 0))
        if len(named) <= size:
            return []
        wall = offsets_of(zone, int(self.at[named].min()), int(self.at[named].max())).to_wall(self.at[named])
        named = named[wall % DAY != 0]
        named = named[np.lexsort((self.at[named], self.actor[named]))]
        if len(named) <= size:
            return []
        breaks = (np.diff(self.actor[named]) != 0) | (np.diff(self.at[named]) > LONGEST_GAP)
        bounds = np.concatenate(([0], np.flatnonzero(breaks) + 1, [len(named)]))
        large = np.flatnonzero(np.diff(bounds) > size)
        members = [named[bounds[run] : bounds[run + 1]] for run in large]
        return [self._import(each) for each in members]

    def _import(self, members: npt.NDArray[np.int64]) -> Import:
        """The import that some creations, sorted by instant, are."""
        first, last = int(self.at[members[0]]), int(self.at[members[-1]])
        return Import(np.sort(self.lead[members]), last + LONGEST_GAP, first, int(self.actor[members[0]]))


@dataclass(frozen=True, slots=True)
class Survey:
    """What all facts together tell, as of an instant: given to whoever judges only some of the leads.

    ``known_since`` is the earliest known event's instant (NEVER without any), ``attributes`` are the names of which
    any source tells anything. ``creations`` are those that may belong to one import with the leads that are judged.
    """

    known_since: int = NEVER
    tells_ownership: bool = False
    attributes: frozenset[str] = frozenset()
    creations: Creations | None = None
