"""Who works the leads: names, teams, calendars, absences, and which of them are machines."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.working_time.instants import FOREVER, Instants

Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one person; empty where it is not."""

    id: str
    name: str = ""
    email: str = ""
    team: str = ""
    manager: str = ""
    calendar: str = ""
    active: bool = True
    automated: bool = False
    known: bool = False


@dataclass(frozen=True)  # without slots: what is worked out of the absences is kept once it was asked for
class People:
    """Everybody that the facts name, by code; ``away`` lists absences as (code, since, until), sorted by code and since."""

    persons: tuple[Person, ...]
    automated: Mask
    active: Mask
    away_code: Codes
    away_since: Instants
    away_until: Instants
    unknown_owners: int

    def codes_of(self, ids: "pd.Series[Any]") -> Codes:
        """Codes of person ids; -1 for none."""
        codes, distinct = pd.factorize(ids, use_na_sentinel=True)
        index = {person.id: code for code, person in enumerate(self.persons)}
        lookup = np.array([index.get(str(each), -1) for each in distinct] + [-1], np.int32)
        result: Codes = lookup[codes]
        return result

    def automated_at(self, codes: Codes) -> Mask:
        """Which codes are machines."""
        result: Mask = np.append(self.automated, False)[np.maximum(codes, -1)]
        return result

    def unavailable(self, codes: Codes, instants: Instants) -> Mask:
        """Which holders are inactive, or away at the instant; codes below zero never are."""
        gone = np.append(~self.active, False)[np.maximum(codes, -1)]
        if not len(self.away_code):
            return gone
        absent = np.zeros(len(self.persons) + 1, bool)
        absent[self.away_code] = True
        asked = np.flatnonzero(absent[np.maximum(codes, -1)])
        gone[asked] |= self._away(codes[asked], instants[asked])
        return gone

    def _away(self, codes: Codes, instants: Instants) -> Mask:
        sinces, ranked = self._away_ranks
        asked = codes.astype(np.int64) * (len(sinces) + 1) + np.searchsorted(sinces, instants, side="right") - 1
        latest = np.searchsorted(ranked, asked, side="right") - 1
        away: Mask = (latest >= 0) & (self.away_code[latest] == codes) & (instants < self._away_reach[latest])
        return away

    @cached_property
    def _away_ranks(self) -> tuple[Instants, Instants]:
        """All instants at which somebody's absence begins, and each absence as one number that sorts by person and begin."""
        sinces = np.unique(self.away_since)
        return sinces, self.away_code.astype(np.int64) * (len(sinces) + 1) + np.searchsorted(sinces, self.away_since)

    @cached_property
    def _away_reach(self) -> Instants:
        """Until when somebody is away by this absence or one that began before: an earlier one may outlast a later one."""
        reach = self.away_until.copy()
        for low, high in zip(
            *(np.searchsorted(self.away_code, np.unique(self.away_code), side) for side in ("left", "right")), strict=True
        ):
            reach[low:high] = np.maximum.accumulate(reach[low:high])
        return reach

    def texts(self, attribute: str) -> npt.NDArray[np.object_]:
        """One attribute of every person, with an empty text at the end for codes below zero."""
        values = np.empty(len(self.persons) + 1, object)
        values[:] = [getattr(person, attribute) for person in self.persons] + [""]
        return values

    def text_at(self, codes: Codes, attribute: str) -> npt.NDArray[np.object_]:
        """One attribute of the person with each code; empty below zero."""
        return self.texts(attribute)[np.maximum(codes, -1)]

    def person(self, code: int) -> Person:
        """The person with a code; an empty one below zero."""
        return self.persons[code] if code >= 0 else Person("")


def build_people(people: pd.DataFrame | None, absences: pd.DataFrame | None, actors: "pd.Series[Any]", owners: "pd.Series[Any]") -> People:
    """Everybody in the people table, and whoever the events name beside them.

    ``people`` has id, name, email, team, manager, active, calendar, automated; ``absences`` has person, since, until
    (int64 microseconds UTC).
    """
    known = _known(people)
    named = {str(each) for column in (actors, owners) for each in column.dropna().unique()}
    persons = (*known.values(), *(Person(each) for each in sorted(named - known.keys())))
    index = {person.id: code for code, person in enumerate(persons)}
    away = sorted((index[str(person)], int(since), int(until)) for person, since, until in _absent(absences) if str(person) in index)
    owning = {str(each) for each in owners.dropna().unique()}
    return People(
        persons=persons,
        automated=np.array([person.automated for person in persons], bool),
        active=np.array([person.active for person in persons], bool),
        away_code=np.array([each[0] for each in away], np.int32),
        away_since=np.array([each[1] for each in away], np.int64),
        away_until=np.array([each[2] or FOREVER for each in away], np.int64),
        # Without a table of people only the machines are known: then nobody is missing from it.
        unknown_owners=0 if all(person.automated for person in known.values()) else len(owning - known.keys()),
    )


def _known(people: pd.DataFrame | None) -> dict[str, Person]:
    if people is None or people.empty:
        return {}
    rows = people.astype(object).where(people.notna(), None)
    return {
        str(row["id"]): Person(
            id=str(row["id"]),
            **{text: str(row.get(text) or "") for text in ("name", "email", "team", "manager", "calendar")},
            active=bool(row.get("active", True)),
            automated=bool(row.get("automated", False)),
            known=True,
        )
        for row in rows.to_dict("records")
    }


def _absent(absences: pd.DataFrame | None) -> list[tuple[Any, Any, Any]]:
    if absences is None or absences.empty:
        return []
    return list(zip(absences["person"], absences["since"], absences["until"], strict=True))
