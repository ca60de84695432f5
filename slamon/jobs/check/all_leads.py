"""All leads, read some thousand at a time from one snapshot of the store, with what only all of them tell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from slamon.core.columns import Codes, Rows
from slamon.core.definitions import Deadline, DefinitionSet
from slamon.core.definitions.clause_terms import Batch
from slamon.core.facts.event_columns import columns_of
from slamon.core.facts.histories import Beside, History, creations_of, history_of
from slamon.core.facts.survey import LONGEST_GAP, Creations, Survey, Texts
from slamon.core.verdicts import Rulings
from slamon.core.working_time.instants import Instants
from slamon.store.facts import events_of, first_events_of
from slamon.store.facts.lead_blocks import lead_blocks
from slamon.store.facts.survey import load_survey

Crew = tuple[pd.DataFrame, pd.DataFrame]
"""People and absences, as frames."""


def smallest_batch(definitions: DefinitionSet) -> int:
    """An import has more leads than this under any promise."""
    return min([Batch().size, *(each.batch.size for each in definitions.definitions if isinstance(each, Deadline))])


@dataclass(frozen=True)  # without slots: the survey is made once
class AllLeads:
    """Everything known at an instant (microseconds UTC), on a connection whose snapshot stays the same."""

    connection: Connection
    definitions: DefinitionSet
    as_of: int
    rulings: Rulings
    crew: Crew
    asked: frozenset[str]
    """The attributes of which it matters whether anybody tells them."""

    @cached_property
    def survey(self) -> Survey:
        """What all facts together tell, without the creations, whose people have another code in each history."""
        return load_survey(self.connection, self.as_of, self.asked, asks_ownership=True)

    def histories(self) -> Iterator[History]:
        """The histories of all leads, block by block."""
        blocks = list(lead_blocks(self.connection))
        made = _Made.of((self._firsts(block) for block in blocks), smallest_batch(self.definitions))
        for block in blocks:
            events = columns_of(events_of(self.connection, self.as_of, block))
            history = history_of(events, self.as_of, **self._beside() | {"accepted": self.rulings.accepted, "survey": self.survey})
            yield replace(history, survey=replace(self.survey, creations=made.creations(history)))

    def _firsts(self, block: Sequence[str]) -> History:
        return history_of(columns_of(first_events_of(self.connection, self.as_of, block)), self.as_of, **self._beside())

    def _beside(self) -> Beside:
        people, absences = self.crew
        return {
            "people": people,
            "absences": absences,
            "exit_stages": self.definitions.exit_stages(),
            "provided": self.definitions.provided,
        }


@dataclass(frozen=True, slots=True)
class _Made:
    """Who made which lead when, of those that may have come in an import: sorted by lead; ``maker`` is a place in ``persons``."""

    lead: Texts
    at: Instants
    maker: Codes
    persons: tuple[str, ...]

    @classmethod
    def of(cls, firsts: Iterable[History], size: int) -> "_Made":
        """By the first events of all leads; imports have more than ``size`` leads."""
        persons: dict[str, int] = {}
        parts: list[tuple[Texts, Instants, Codes]] = [(np.zeros(0, object), np.zeros(0, np.int64), np.zeros(0, np.int32))]
        for history in firsts:
            leads, at, actor = creations_of(history)
            named = np.flatnonzero(actor >= 0)
            places = np.array([persons.setdefault(person.id, len(persons)) for person in history.people.persons], np.int32)
            parts.append((leads[named], at[named], places[actor[named]]))
        leads, at, maker = (np.concatenate(column) for column in zip(*parts, strict=True))
        kept = _in_runs(at, maker, size)
        kept = kept[np.argsort(leads[kept])]
        return cls(leads[kept], at[kept], maker[kept], tuple(persons))

    def creations(self, history: History) -> Creations:
        """The same by the people of a history."""
        codes = history.people.codes_of(pd.Series([*self.persons, None], dtype=object))
        return Creations(lambda: (self.lead, self.at, codes[self.maker]))


def _in_runs(at: Instants, maker: Codes, size: int) -> Rows:
    """Which creations are in a run of more than ``size`` by one person without a long gap: no other is in an import."""
    order = np.lexsort((at, maker))
    breaks = (np.diff(maker[order]) != 0) | (np.diff(at[order]) > LONGEST_GAP)
    run = np.concatenate(([0], np.cumsum(breaks)))[: len(order)]
    found: Rows = order[np.bincount(run, minlength=1)[run] > size]
    return found
