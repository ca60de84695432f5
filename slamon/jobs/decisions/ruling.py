"""What people rule about one lead: an excused cycle, late evidence that is accepted; seen first, then recorded."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine

from slamon.core.definitions import DefinitionSet
from slamon.core.explain import explain
from slamon.core.verdicts import Rulings
from slamon.jobs.explain import OneLead, Telling, judged_alone
from slamon.store.database import reading, writing
from slamon.store.facts.subjects import cycles_named, event_named
from slamon.store.verdicts import rule


@dataclass(frozen=True, slots=True)
class Subject:
    """What a ruling is about: a cycle or an event by its id, and in words for people."""

    kind: str
    id: str
    lead: str
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """One cycle whose verdict a ruling would change."""

    sla: str
    cycle_id: str
    before: str
    after: str


def missed_cycles(engine: Engine, subject: str, sla: str | None) -> list[Subject]:
    """The cycle of that id, else the missed cycles of the lead of that id, newest due first."""
    with reading(engine) as connection:
        found = cycles_named(connection, subject)
    return [
        Subject("excuse", each.cycle_id, each.lead, f"{each.sla} of {each.lead} ({each.state})")
        for each in found
        if sla in (None, each.sla)
    ]


def late_evidence(engine: Engine, definitions: DefinitionSet, subject: str, as_of: int, sla: str | None, telling: Telling) -> list[Subject]:
    """The event of that id, else what was logged too late to count for the lead of that id, in order."""
    with reading(engine) as connection:
        event = event_named(connection, subject)
    if event is not None:
        return [Subject("accept", subject, event[0], f"{event[1]} of {event[0]}")]
    one = judged_alone(engine, definitions, subject, as_of, sla, telling)
    found = explain(one.judgement, one.definitions, subject, sla, one.seen)
    if found is None:
        return []
    lines = {line.line: line for line in found.history}
    late = {each.line: each for cycle in found.cycles for each in cycle.candidates if each.logged_late and each.matches}
    return [Subject("accept", lines[line].event, subject, f"{each.what} of {subject}") for line, each in sorted(late.items())]


def preview(engine: Engine, definitions: DefinitionSet, subject: Subject, as_of: int, telling: Telling) -> list[Change]:
    """What a ruling would change of its lead's verdicts, by all that is known at an instant; records nothing."""
    excused = {subject.id: "as asked"} if subject.kind == "excuse" else {}
    more = Rulings(excused, frozenset({subject.id}) if subject.kind == "accept" else frozenset())
    before = _states(judged_alone(engine, definitions, subject.lead, as_of, None, telling))
    after = _states(judged_alone(engine, definitions, subject.lead, as_of, None, telling, more))
    changed = [cycle for cycle in sorted(before.index.union(after.index)) if _state(before, cycle) != _state(after, cycle)]
    slas = after["sla"].combine_first(before["sla"])
    return [Change(str(slas[cycle]), str(cycle), _state(before, cycle), _state(after, cycle)) for cycle in changed]


def record(engine: Engine, subject: Subject, by: str, reason: str, now: int) -> None:
    """Record a ruling with who, when and why; the next check takes it as evidence and corrects what was told."""
    with writing(engine) as connection:
        rule(connection, subject.kind, subject.id, by, reason, now)


def _states(one: OneLead) -> pd.DataFrame:
    return one.judgement.verdicts().set_index("cycle_id")[["sla", "state"]]


def _state(frame: pd.DataFrame, cycle: str) -> str:
    return str(frame["state"][cycle]) if cycle in frame.index else "no cycle"
