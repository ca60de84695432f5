"""One case for both judges: promises, people and what happened; told to the oracle and to the core, and printed as a story."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from slamon.core.definitions import Definition, DefinitionSet, Stage
from slamon.core.evaluation import FactFrames, evaluate
from slamon.core.verdicts import Judgement, Rulings
from slamon.core.verdicts.activation import Activation
from slamon.core.verdicts.cycle_ids import cycle_ids
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, to_micros
from tests.oracle.facts import Absence, Activated, Event, Person, Ruling
from tests.oracle.judge import Settings, attain, judge
from tests.oracle.rows import ATTAINMENT_COLUMNS, VERDICT_COLUMNS, rows
from tests.oracle.working_time import WorkingTime

Row = dict[str, str]
PROMISE = {"title": "A promise", "promised_by": "sales", "promised_to": "marketing", "accountable": "Head of Sales"}
EXITS = ("disqualified", "recycled")
STAGES = ("mql", "sal", "sql", "nurture", *EXITS)
FUNNEL = {"stages": [{"stage": stage, "means": stage, "exit": stage in EXITS} for stage in STAGES]}


@dataclass(frozen=True)
class Case:
    """What was promised and what happened; ``calendars`` maps names to terms as YAML would give them."""

    definitions: tuple[Mapping[str, Any], ...]
    calendars: Mapping[str, Mapping[str, Any]]
    events: tuple[Event, ...]
    people: tuple[Person, ...] = ()
    absences: tuple[Absence, ...] = ()
    default_calendar: str = "office"
    team_calendars: tuple[tuple[str, str], ...] = ()
    excuses: tuple[Ruling, ...] = ()
    accepted: tuple[Ruling, ...] = ()
    activated: tuple[Activated, ...] = ()

    def __repr__(self) -> str:
        """A story that people can read."""
        used = {terms.get("calendar") for terms in self.definitions} | {self.default_calendar, *(person.calendar for person in self.people)}
        used |= {calendar for _, calendar in self.team_calendars}
        calendars = (f"calendar {name}: {_terms(terms)}" for name, terms in self.calendars.items() if name in used)
        parts = [*map(_terms, self.definitions), *calendars]
        parts += [str(person) for person in self.people] + [f"{a.person} away {a.start} to {a.end}" for a in self.absences]
        parts += [f"team {team} works {calendar}" for team, calendar in self.team_calendars]
        parts += [f"excused: {r.sla} {r.event} at {r.at}" for r in self.excuses] + [f"accepted: {r.event} at {r.at}" for r in self.accepted]
        parts += [f"put on open cycles: {each.sla} {each.version} at {each.at}" for each in self.activated]
        parts += [_told(event) for event in sorted(self.events, key=lambda event: event.order)]
        return "\n    ".join([f"A case (by default on {self.default_calendar}):", *parts])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # what a failing example prints


def _terms(terms: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in terms.items() if key not in PROMISE}, default=str)


def _told(event: Event) -> str:
    plain: dict[str, Any] = {"actor": None, "direction": None, "automated": False, "seconds": None, "outcome": None, "asset": None}
    more = {key: getattr(event, key) for key, nothing in plain.items() if getattr(event, key) != nothing}
    for key in ("recorded_at", "seen_at"):
        if getattr(event, key) not in (None, event.at):
            more[key] = f"{getattr(event, key)}"
    more |= dict(event.attributes)
    said = f"{event.at:%a %Y-%m-%d %H:%M:%S.%f} {event.lead} {event.id}: {event.kind} {event.name}"
    return f"{said} {'' if event.value is None else event.value} {more or ''}".rstrip()


# The oracle's side.


@cache
def _working_time(terms: str) -> WorkingTime:
    return WorkingTime(json.loads(terms))


def oracle_rows(case: Case, as_of: datetime) -> tuple[list[Row], list[Row]]:
    """Verdicts and attainment as the oracle finds them."""
    calendars = {name: _working_time(json.dumps(terms)) for name, terms in case.calendars.items()}
    settings = Settings(
        case.default_calendar, "UTC", case.team_calendars, excuses=case.excuses, accepted=case.accepted, activated=case.activated
    )
    definitions = [*case.definitions, FUNNEL]
    verdicts = judge(definitions, calendars, case.events, case.people, case.absences, as_of, settings)
    attained = attain(definitions, calendars, case.events, as_of, settings, case.people)
    return rows(verdicts, [*VERDICT_COLUMNS, "opened_by"]), rows(attained, ATTAINMENT_COLUMNS)


# The core's side.


@cache
def _calendar(terms: str) -> Calendar:
    said = json.loads(terms)
    return Calendar(said["timezone"], said["hours"], said.get("holidays"), said.get("special_days"), said.get("breaks"))


def definition_set(case: Case) -> DefinitionSet:
    """The promises as the core reads them."""
    made = tuple(TypeAdapter(Definition).validate_python(PROMISE | dict(terms)) for terms in case.definitions)
    calendars = {name: _calendar(json.dumps(terms)) for name, terms in case.calendars.items()}
    stages = tuple(Stage.model_validate(stage) for stage in FUNNEL["stages"])
    return DefinitionSet(made, calendars, stages, default_calendar=case.default_calendar, team_calendars=dict(case.team_calendars))


def _micros(instant: datetime | None) -> int:
    return NEVER if instant is None else to_micros(instant)


def event_row(event: Event) -> dict[str, Any]:
    """One event as a row of the core's frame."""
    assigned = "assigned" if event.value else "unassigned"
    return {
        "id": event.id,
        "lead": event.lead,
        "at": _micros(event.at),
        "recorded_at": _micros(event.recorded_at),
        "seen_at": _micros(event.seen_at),
        "kind": event.kind,
        "name": assigned if event.kind == "owner" else event.name or None,
        "value": event.asset if event.kind == "touch" else event.value if event.kind in ("attribute", "merged") else None,
        "actor": event.actor,
        "owner": event.value if event.kind == "owner" else None,
        "direction": event.direction,
        "automated": event.automated,
        "seconds": -1 if event.seconds is None else int(event.seconds),
        "outcome": event.outcome,
        "attributes": json.dumps(dict(event.attributes)) if event.attributes else None,
        "position": event.place[0] if event.place else 0,
    }


def fact_frames(case: Case, as_of: datetime) -> FactFrames:
    """The facts as the core's frames; rulings are those given by ``as_of``."""
    people = pd.DataFrame([_person(person) for person in case.people]) if case.people else None
    absences = pd.DataFrame([{"person": a.person, "since": _micros(a.start), "until": _micros(a.end)} for a in case.absences])
    home = {event.id: event.lead for event in case.events}
    given = [r for r in case.excuses if r.at <= as_of]
    excused = {cycle_ids(r.sla, [home[r.event]], [r.event])[0]: "excused" for r in given}
    activated = tuple(Activation(each.sla, each.version, _micros(each.at)) for each in case.activated)
    rulings = Rulings(excused, frozenset(r.event for r in case.accepted if r.at <= as_of), activated)
    return FactFrames(pd.DataFrame([event_row(event) for event in case.events]), people, None if absences.empty else absences, rulings)


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "team": person.team,
        "calendar": person.calendar,
        "active": person.active,
        "automated": not person.human,
    }


def judged(case: Case, as_of: datetime) -> Judgement:
    """The core's judgement of a case."""
    return evaluate(definition_set(case), fact_frames(case, as_of), as_of)


def core_rows(case: Case, as_of: datetime) -> tuple[list[Row], list[Row]]:
    """Verdicts and attainment as the core finds them, in the oracle's words."""
    judgement = judged(case, as_of)
    return readable(judgement.verdicts(), [*VERDICT_COLUMNS, "start_event"]), readable(judgement.attainment(), ATTAINMENT_COLUMNS)


def readable(frame: pd.DataFrame, columns: list[str]) -> list[Row]:
    """The rows of a frame as texts: instants in UTC, nothing for none."""
    renamed = {"start_event": "opened_by"}
    return [{renamed.get(name, name): _text(name, row.get(name)) for name in columns} for row in frame.to_dict("records")]


def _text(name: str, value: Any) -> str:
    if value is None or value is pd.NaT or value == NEVER or value != value:  # noqa: PLR0124 - NaN
        return ""
    if name == "attempts" and value < 0:
        return ""
    if name.endswith("_at"):
        return f"{pd.Timestamp(value, unit='us').strftime('%Y-%m-%dT%H:%M:%S.%f')}Z"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(round(value, 6))
    return str(value)


# Where they differ.


def differences(case: Case, as_of: datetime) -> list[str]:
    """Each column of each row in which core and oracle differ, in words; empty when they agree."""
    found: list[str] = []
    keys = (("sla", "lead", "opened_by"), ("sla", "version", "period", "group"))
    for key, ours, theirs in zip(keys, core_rows(case, as_of), oracle_rows(case, as_of), strict=True):
        core, oracle = ({tuple(row[name] for name in key): row for row in each} for each in (ours, theirs))
        for one in sorted(core.keys() | oracle.keys()):
            a, b = core.get(one), oracle.get(one)
            if a is None or b is None:
                found.append(f"{one}: only {'the oracle' if a is None else 'the core'} has it: {a or b}")
            else:
                found += [f"{one} {name}: core {a[name]!r}, oracle {b[name]!r}" for name in a if a[name] != b[name]]
    return [f"as of {as_of}: {each}" for each in found]
