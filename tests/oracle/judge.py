"""The oracle's two questions: what is every cycle, and what was attained, as of an instant.

``definitions`` are the documents as YAML gives them: those with ``sla`` are promises, those with ``stages`` name the funnel.

Choices where the rules are silent: an excuse takes a pending or breached cycle out of the count, from the instant it was given;
``period`` is the objective's (a month where there is none), and empty while there is no due.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.oracle import cadence, deadline, quota, ratio
from tests.oracle.batches import batched_starts
from tests.oracle.causes import blame
from tests.oracle.cycles import Judge, Opening, Outcome, openings
from tests.oracle.facts import Absence, Activated, Attainment, CycleVerdict, Event, Person, Ruling
from tests.oracle.history import History, World, attribute_names, histories, known
from tests.oracle.periods import period_of
from tests.oracle.targets import can_tell
from tests.oracle.versions import Version, versions
from tests.oracle.working_time import WorkingTime

CYCLES: dict[str, Judge] = {"deadline": deadline.judge, "cadence": cadence.judge}
ATTAINMENTS: dict[str, Callable[[Sequence[Version], Iterable[History], World], list[Attainment]]] = {
    "quota": quota.attainment,
    "ratio": ratio.attainment,
}


@dataclass(frozen=True)
class Settings:
    """What a workspace says besides its definitions."""

    default_calendar: str | None = None
    timezone: str = "UTC"
    team_calendars: tuple[tuple[str, str], ...] = ()
    automated_actors: tuple[str, ...] = ()
    ignore_unknown_actor: bool = False
    excuses: tuple[Ruling, ...] = ()
    accepted: tuple[Ruling, ...] = ()
    activated: tuple[Activated, ...] = ()


def world_of(
    definitions: Iterable[Mapping[str, Any]],
    calendars: Mapping[str, Any],
    events: Sequence[Event],
    people: Iterable[Person],
    absences: Iterable[Absence],
    as_of: datetime,
    settings: Settings,
) -> World:
    """All that a judgement needs besides the histories; what the sources tell is what they had told by ``as_of``."""
    told = known(events, as_of)
    clocks = {name: terms if isinstance(terms, WorkingTime) else WorkingTime(terms) for name, terms in calendars.items()}
    return World(
        as_of,
        clocks,
        {person.id: person for person in people},
        tuple(absences),
        tuple(stage for document in definitions for stage in document.get("stages") or []),
        settings.default_calendar,
        settings.timezone,
        dict(settings.team_calendars),
        frozenset(settings.automated_actors),
        settings.ignore_unknown_actor,
        settings.excuses,
        settings.accepted,
        settings.activated,
        any(event.kind == "owner" for event in told),
        attribute_names(told),
    )


def with_batches(world: World, leads: Sequence[History], definitions: Iterable[Mapping[str, Any]]) -> World:
    """The world, with the starts that bulk imports brought, for each size that a definition asks for."""
    keys = {(int(d["batch"].get("size", 200)), world.calendar(d.get("calendar")).zone) for d in definitions if d.get("batch")}
    return replace(world, batches={(size, zone): batched_starts(leads, size, zone) for size, zone in keys})


def _is_excused(opening: Opening, world: World) -> bool:
    key = (opening.version.sla, opening.start.id)
    leads = {"", opening.history.lead, opening.start.lead}
    return any((r.sla, r.event) == key and r.lead in leads and r.at <= world.as_of for r in world.excuses)


def _as_reported(opening: Opening, outcome: Outcome, world: World) -> Outcome:
    """What takes a cycle out of the count whatever it came to: that it cannot be evaluated, or that it is excused."""
    if not can_tell(opening, world):
        reason = "an attribute that the definition asks for is not there or no number"
        return replace(outcome, state="unknown", strict_state=outcome.strict_state and "unknown", reason=reason)
    if outcome.state in {"pending", "breached"} and _is_excused(opening, world):
        return replace(outcome, state="excused", strict_state=outcome.strict_state and "excused")
    return outcome


def _answered_at(outcome: Outcome) -> datetime | None:
    return outcome.answer.at if outcome.answer else None


def _verdict(opening: Opening, outcome: Outcome, number: int, world: World) -> CycleVerdict:
    version = opening.version
    outcome = _as_reported(opening, outcome, world)
    people = blame(opening, outcome, world)
    per = (version.terms.get("objective") or {}).get("per", "month")
    return CycleVerdict(
        sla=version.sla,
        version=version.name,
        lead=opening.history.lead,
        cycle=number,
        state=outcome.state,
        started_at=opening.start.at,
        due_at=outcome.due,
        opened_by=opening.start.id,
        answered_at=_answered_at(outcome),
        attempts=outcome.attempts,
        charged_to=people.charged_to,
        team=people.team,
        cause=people.cause,
        system_delay_s=people.system_delay_s,
        human_delay_s=people.human_delay_s,
        strict_state=outcome.strict_state,
        period=period_of(outcome.due, per, version.calendar.zone).name if outcome.due else None,
        reason=outcome.reason,
        strict_due=outcome.strict_due,
    )


def cycles_of(definitions: Iterable[Mapping[str, Any]], leads: Iterable[History], world: World) -> list[CycleVerdict]:
    """The verdict on every cycle of every deadline and cadence."""
    found = []
    leads = list(leads)
    for among in versions(definitions, world).values():
        judge_one = CYCLES.get(among[0].terms["kind"])
        for history in leads if judge_one else []:
            assert judge_one is not None
            for number, opening in enumerate(openings(among, history, world, judge_one), 1):
                found.append(_verdict(opening, judge_one(opening, world, world.as_of), number, world))
    return sorted(found, key=lambda verdict: (verdict.sla, verdict.lead, verdict.started_at, verdict.cycle))


def judge(
    definitions: Sequence[Mapping[str, Any]],
    calendars: Mapping[str, Any],
    events: Sequence[Event],
    people: Iterable[Person],
    absences: Iterable[Absence],
    as_of: datetime,
    settings: Settings = Settings(),
) -> list[CycleVerdict]:
    """Every cycle of every deadline and cadence, as of an instant."""
    world = world_of(definitions, calendars, events, people, absences, as_of, settings)
    leads = histories(events, as_of)
    return cycles_of(definitions, leads, with_batches(world, leads, definitions))


def attain(
    definitions: Sequence[Mapping[str, Any]],
    calendars: Mapping[str, Any],
    events: Sequence[Event],
    as_of: datetime,
    settings: Settings = Settings(),
    people: Iterable[Person] = (),
) -> list[Attainment]:
    """Every quota and ratio by period and group, as of an instant."""
    world = world_of(definitions, calendars, events, people, (), as_of, settings)
    leads = histories(events, as_of)
    found = versions(definitions, world).values()
    return [
        row for among in found if among[0].terms["kind"] in ATTAINMENTS for row in ATTAINMENTS[among[0].terms["kind"]](among, leads, world)
    ]
