"""The explanation of one lead: only its own events are read, and what all events together tell is asked in a few short questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine

from slamon.core.definitions import Deadline, DefinitionSet
from slamon.core.explain import Explanation, Said, explain, with_said
from slamon.core.explain.wording import on_clock, wall_words
from slamon.core.facts.event_columns import columns_of
from slamon.core.facts.event_frames import build_facts
from slamon.core.facts.histories import history_of
from slamon.core.facts.survey import LONGEST_GAP, Creations
from slamon.core.kinds.starts import attributes_asked
from slamon.core.telling import Withheld
from slamon.core.verdicts import Judgement, Rulings, judge_per_lead
from slamon.core.working_time.instants import HOUR
from slamon.settings import SourceSettings
from slamon.store.database import reading
from slamon.store.facts import load_absences, load_events, load_family, load_leads_begun_by, load_people
from slamon.store.facts.survey import load_survey
from slamon.store.outbox import told_of
from slamon.store.outbox.withheld import withheld_of
from slamon.store.verdicts import history_of as changes_of
from slamon.store.verdicts import load_rulings


@dataclass(frozen=True, slots=True)
class Telling:
    """What the sources could tell, by their mappings: of owners, and of which attributes; the rest need not be looked for."""

    ownership: bool
    attributes: frozenset[str]


def telling_of(sources: Mapping[str, SourceSettings]) -> Telling:
    """What mapped columns and events could tell."""
    tables = [table for source in sources.values() for table in source.tables]
    changed = {rule.is_.attribute for table in tables for rule in table.events if rule.is_.attribute is not None}
    owned = any(table.owner or any(rule.is_.owner is not None for rule in table.events) for table in tables)
    return Telling(owned, frozenset(changed.union(*(table.attributes for table in tables))))


@dataclass(frozen=True, slots=True)
class OneLead:
    """What is known of one lead: the definitions that were asked for, its judgement, and when each event was first seen."""

    definitions: DefinitionSet
    judgement: Judgement
    seen: Mapping[str, int]


def judged_alone(
    engine: Engine,
    definitions: DefinitionSet,
    lead: str,
    as_of: int,
    sla: str | None = None,
    telling: Telling | None = None,
    more: Rulings | None = None,
) -> OneLead:
    """A lead judged from its own events, as of an instant (microseconds UTC), under one SLA or all.

    Without ``telling`` what no source tells is looked for in all events. ``more`` is what people might rule beside what they did.
    """
    asked = _asked(definitions, sla)
    events = load_events(engine, as_of, load_family(engine, lead))
    with reading(engine) as connection:
        rulings = _with_more(load_rulings(connection, as_of), more or Rulings())
        names = [name for name in attributes_asked(asked) if telling is None or name in telling.attributes - asked.provided]
        survey = load_survey(connection, as_of, names, asks_ownership=telling is None or telling.ownership)
    creations = _creations(engine, asked, events, as_of)
    facts = build_facts(
        events,
        as_of,
        people=load_people(engine),
        absences=load_absences(engine),
        accepted=rulings.accepted,
        exit_stages=definitions.exit_stages(),
        survey=replace(survey, creations=creations),
        provided=asked.provided,
    )
    seen = dict(zip(events["id"].tolist(), events["seen_at"].tolist(), strict=True))
    return OneLead(asked, judge_per_lead(asked, facts, rulings), seen)


def _with_more(rulings: Rulings, more: Rulings) -> Rulings:
    return replace(rulings, excused={**rulings.excused, **more.excused}, accepted=rulings.accepted | more.accepted)


def explained(
    engine: Engine, definitions: DefinitionSet, lead: str, as_of: int, sla: str | None = None, telling: Telling | None = None
) -> Explanation | None:
    """A lead as of an instant (microseconds UTC), under one SLA or all; None when no event speaks of it."""
    one = judged_alone(engine, definitions, lead, as_of, sla, telling)
    found = explain(one.judgement, one.definitions, lead, sla, one.seen)
    if found is None:
        return None
    with reading(engine) as connection:
        found = replace(found, timezone=_zone_of(definitions))
        return with_said(found, _said(connection, [cycle.cycle_id for cycle in found.cycles], as_of, found.timezone))


def first_heard_of(engine: Engine, lead: str) -> int | None:
    """The first instant (microseconds UTC) at which something was known of a lead, by what is known today; None when nothing is."""
    events = load_events(engine, None, [lead])
    known = np.maximum(events["at"].to_numpy(np.int64), events["seen_at"].to_numpy(np.int64))
    return int(known.min()) if len(known) else None


def _zone_of(definitions: DefinitionSet) -> str:
    """The zone of all promises where they have one, else the workspace's: the same whichever promise is asked for."""
    zones = {definitions.calendar_of(each).timezone for each in definitions.definitions}
    return zones.pop() if len(zones) == 1 else definitions.workspace_calendar().timezone


def _asked(definitions: DefinitionSet, sla: str | None) -> DefinitionSet:
    return replace(definitions, definitions=tuple(each for each in definitions.definitions if sla in (None, each.sla)))


def _creations(engine: Engine, definitions: DefinitionSet, events: pd.DataFrame, as_of: int) -> Creations | None:
    """The creations that may be one import with this lead's, where some promise has a target of its own for imports."""
    if events.empty or not any(isinstance(each, Deadline) and each.batch.within for each in definitions.definitions):
        return None
    own = history_of(columns_of(events), as_of)
    family = events["lead"].unique().tolist()
    codes = own.survey.creations.actor if own.survey.creations else np.zeros(0, np.int32)
    actors = {own.people.persons[code].id for code in codes.tolist() if code >= 0}
    leads = set(family).union(*(_run_with(load_leads_begun_by(engine, as_of, actor), family) for actor in sorted(actors)))
    members = sorted({each for one in leads for each in (load_family(engine, one) if one not in family else [one])})
    return history_of(columns_of(load_events(engine, as_of, members)), as_of).survey.creations


def _run_with(begun: pd.DataFrame, family: Sequence[str]) -> set[str]:
    """The leads that one actor began with gaps of at most ten minutes around those of a family."""
    begun = begun.sort_values("at", kind="stable", ignore_index=True)
    run = np.concatenate(([0], np.cumsum(np.diff(begun["at"].to_numpy(np.int64)) > LONGEST_GAP)))[: len(begun)]
    mine = np.unique(run[begun["lead"].isin(family).to_numpy(bool)])
    return set(begun["lead"][np.isin(run, mine)].tolist())


def _said(connection: Connection, cycle_ids: Sequence[str], as_of: int, zone: str) -> dict[str, tuple[Said, ...]]:
    """What was recorded and told of some cycles by an instant, in order; on the zone's clocks."""
    found: dict[str, list[Said]] = {}
    for row in changes_of(connection, cycle_ids):
        for words in _change_words(row) if row["known_at"] <= as_of else ():
            found.setdefault(row["cycle_id"], []).append(Said(int(row["known_at"]), words))
    for each in told_of(connection, cycle_ids):
        if each.at <= as_of:
            sent = "" if each.state == "sent" else f" ({each.state})"
            found.setdefault(each.cycle_id, []).append(Said(each.at, f"{each.kind} told to {each.destination}{sent}"))
    for held in withheld_of(connection, cycle_ids):
        found.setdefault(held.cycle_id, []).extend(Said(at, words) for at, words in _withheld_words(held, zone) if at <= as_of)
    return {cycle: tuple(sorted(said, key=lambda one: one.at)) for cycle, said in found.items()}


def _change_words(row: Mapping[str, Any]) -> Iterator[str]:
    """A change of the verdict; that a cycle was first seen when it was decided already is news only if somebody was to hear of it."""
    if row["from_state"] is not None:
        yield f"{row['to_state']}, after {row['from_state']}"
    elif row["to_state"] != "pending" and not row["baselined"]:
        yield f"first judged: {row['to_state']}"


def _withheld_words(row: Withheld, zone: str) -> Iterator[tuple[int, str]]:
    """That something was not said when it came due, why, and what became of it; what waited under an hour is not worth a line."""
    to, reason = f" to {row.destination}" if row.destination else "", on_clock(row.reason, zone)
    if row.state == "waiting" or row.until - row.since >= HOUR:
        until = f" until {wall_words(row.until, zone)}" if row.state == "waiting" else ""
        yield row.since, f"{row.kind}{to} withheld{until}: {reason}"
    if row.state == "suppressed":
        yield row.until, f"{row.kind}{to} not told: {reason}"
