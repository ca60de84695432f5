"""Which leads a check judges: those that changed, those whose next instant has come, those that these concern; or all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.facts.event_columns import columns_of
from slamon.core.facts.histories import SKEW, History, creations_of, history_of
from slamon.core.facts.survey import LONGEST_GAP, Creations, Survey
from slamon.core.kinds.starts import attributes_asked
from slamon.core.verdicts import Rulings
from slamon.jobs.check.all_leads import Crew, smallest_batch
from slamon.jobs.check.judging import Made
from slamon.store.database import reading
from slamon.store.facts import load_events, load_families
from slamon.store.facts.changed_leads import Changes
from slamon.store.facts.lead_blocks import LEADS_AT_ONCE
from slamon.store.facts.survey import load_survey
from slamon.store.verdicts.check_notes import CheckNotes
from slamon.store.verdicts.judged_leads import JudgedLead, load_judged, made_together

ENOUGH_FOR_ALL = 0.2
"""When more than this share of the leads is to be judged, judging all of them is no more work."""
FEW = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """The leads ``low`` to ``high`` (exclusive) of a history; ``made`` are the creations of all its leads."""

    history: History
    made: Made
    low: int
    high: int


def part_of(history: History) -> Part:
    """All leads of a history."""
    return Part(history, creations_of(history), 0, len(history))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The facts of the leads that a check judges, part by part, and what all facts together tell."""

    parts: Iterable[Part]
    leads: frozenset[str]
    """Their ids after merges; empty for all."""
    homes: frozenset[str]
    """The ids that these leads ever had, also those of which nothing is known now; empty for all."""
    survey: Survey
    known_since: int | None
    """None: the store has to be asked, because the first event that was known may be gone."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """What the choice is made by: the terms, what the last check noted, and what is known beside the events."""

    engine: Engine
    definitions: DefinitionSet
    as_of: int
    rulings: Rulings
    crew: Crew
    notes: CheckNotes
    changes: Changes
    asked: frozenset[str] = field(default_factory=frozenset)

    def chosen(self, leads: Iterable[str]) -> Chosen | None:
        """Some leads with all that they concern; None when all leads are concerned."""
        known = Survey(tells_ownership=self.notes.tells_ownership, attributes=frozenset(self.notes.attributes))
        if self.changes.took_away and not self._still_told(known):
            return None
        homes = set(load_families(self.engine, leads))
        while True:
            events = load_events(self.engine, self.as_of, sorted(homes))
            history = self._history(events, known)
            made = creations_of(history)
            if not self._told_by(events, history) <= _told(known):
                return None
            with reading(self.engine) as connection:
                before = load_judged(connection, homes)
                runs = list(_runs(connection, history, made))
                beside = self._concerned(connection, history, made, before)
            if len(homes | beside) > max(FEW, ENOUGH_FOR_ALL * self.notes.leads):
                return None
            if beside <= homes:
                return self._complete(history, made, homes, known, runs)
            homes |= set(load_families(self.engine, beside))

    def _complete(self, history: History, made: Made, homes: set[str], known: Survey, runs: Sequence[JudgedLead]) -> Chosen:
        survey = replace(known, creations=_creations_with(history, made, {each.lead: each for each in runs if each.lead not in homes}))
        first = int(made[1].min()) if len(made[1]) else None
        earliest = [each for each in (first, self.notes.known_since) if each is not None]
        known_since = None if self.changes.took_away or not earliest else min(earliest)
        parts = _parts(replace(history, survey=survey), made)
        return Chosen(parts, frozenset(history.leads.tolist()), frozenset(homes), survey, known_since)

    def _history(self, events: pd.DataFrame, survey: Survey) -> History:
        people, absences = self.crew
        return history_of(
            columns_of(events),
            self.as_of,
            people=people,
            absences=absences,
            accepted=self.rulings.accepted,
            exit_stages=self.definitions.exit_stages(),
            survey=survey,
            provided=self.definitions.provided,
        )

    def _still_told(self, known: Survey) -> bool:
        """Whether what some event told is told still, though events went away."""
        names = known.attributes & self.asked
        with reading(self.engine) as connection:
            now = load_survey(connection, self.as_of, names, asks_ownership=known.tells_ownership)
        return now.attributes == names and now.tells_ownership == known.tells_ownership

    def _told_by(self, events: pd.DataFrame, history: History) -> set[str]:
        believed = events[events["at"] <= self.as_of + SKEW]
        owned = bool(believed["owner"].notna().any()) or bool((believed["kind"] == "owner").any())
        return (set(history.vocabularies) & self.asked) | ({OWNERS} if owned else set())

    def _concerned(self, connection: Connection, history: History, made: Made, before: Mapping[str, JudgedLead]) -> set[str]:
        """Who else may be in an import with a lead that came, went, or turned out to be made otherwise."""
        now = {(lead, at, by) for lead, at, by in _named(history, made)}
        then = {(each.lead, each.created_at, each.created_by) for each in before.values() if each.created_by is not None}
        moved = now ^ then
        if not moved:
            return set()
        size = smallest_batch(self.definitions)
        found: set[str] = set()
        for by, since, until in _stretches((at, by) for _, at, by in moved if at is not None and by is not None):
            together = {each.lead for each in made_together(connection, by, since, until)}
            mine = {lead for lead, at, maker in now if maker == by and since <= at <= until}
            found |= together if len(together | mine) > size else set()
        return found


def _parts(history: History, made: Made) -> list[Part]:
    """Some thousand leads at a time."""
    leads = len(history)
    return [Part(history, made, low, min(low + LEADS_AT_ONCE, leads)) for low in range(0, leads, LEADS_AT_ONCE)]


OWNERS = "\0owners"
"""Stands beside the names of attributes for: some source tells of owners."""


def _told(survey: Survey) -> set[str]:
    return set(survey.attributes) | ({OWNERS} if survey.tells_ownership else set())


def _named(history: History, made: Made) -> Iterator[tuple[str, int, str]]:
    """The leads that somebody made: id, instant and person."""
    leads, at, actor = made
    for row in np.flatnonzero(actor >= 0).tolist():
        yield str(leads[row]), int(at[row]), history.people.persons[int(actor[row])].id


def _runs(connection: Connection, history: History, made: Made) -> Iterator[JudgedLead]:
    """The leads known from earlier checks that may be in one import with any of these: made by the same actor, without a gap."""
    for by, since, until in _stretches((at, by) for _, at, by in _named(history, made)):
        yield from made_together(connection, by, since, until)


def _stretches(creations: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int, int]]:
    """Each actor's creations without a long gap: the actor, the first instant and the last."""
    makers: dict[str, list[int]] = {}
    for at, by in creations:
        makers.setdefault(by, []).append(at)
    for by, instants in sorted(makers.items()):
        ordered = np.sort(np.array(instants, np.int64))
        for stretch in np.split(ordered, np.flatnonzero(np.diff(ordered) > LONGEST_GAP) + 1):
            yield by, int(stretch[0]), int(stretch[-1])


def _creations_with(history: History, made: Made, others: Mapping[str, JudgedLead]) -> Creations:
    """The creations of these leads and of others that may be in one import with them, sorted by lead."""
    leads, at, actor = made
    makers = history.people.codes_of(pd.Series([each.created_by for each in others.values()], dtype=object))
    all_leads = np.array([*leads.tolist(), *others], object)
    order = np.argsort(all_leads, kind="stable")
    instants = np.append(at, np.array([each.created_at for each in others.values()], np.int64))
    actors = np.append(actor, makers).astype(np.int32)
    return Creations(lambda: (all_leads[order], instants[order], actors[order]))


def asked_of(definitions: DefinitionSet) -> frozenset[str]:
    """The attributes of which it matters whether anybody tells them, though their source does not say that it could."""
    return frozenset(attributes_asked(definitions)) - definitions.provided
