"""The check: gather definitions and facts, judge once, and record verdicts, transitions and messages in one transaction."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine

from slamon.core.alerts import Notice, Recipient
from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Facts
from slamon.core.histories import SKEW, History, history_of
from slamon.core.instants import NEVER
from slamon.core.notices import Said, notices
from slamon.core.quota_notices import quota_notices
from slamon.core.verdicts import BREACHED, MET, Judgement, Rulings, judge_all
from slamon.jobs.announcing import Announcing, announce, announcing_of, baseline_draft, heard
from slamon.jobs.audience import Announcements
from slamon.store.database import StoreError, reading, writing
from slamon.store.fact_cache import known_events
from slamon.store.facts import load_absences, load_people, newest_event
from slamon.store.outbox import Draft, Queued, said
from slamon.store.verdicts import (
    CheckRun,
    Difference,
    Transition,
    compared,
    first_synced,
    last_check,
    load_rulings,
    load_verdicts,
    record_check,
    replace_attainment,
)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; ``recorded`` is None when it only looked (a dry run, or an as_of before the last recorded one)."""

    judgement: Judgement
    newest_at: int | None
    changes: tuple[Transition, ...]
    queued: tuple[Queued, ...]
    recorded: int | None
    looked_back: bool
    """True when as_of lies before the last recorded check, so nothing was recorded."""
    looked_ahead: bool = False
    """True when as_of lies in the future: what has not happened is not recorded, and nobody hears of it."""


def judge(engine: Engine, definitions: DefinitionSet, as_of: int) -> Judgement:
    """Judge all facts that were known at an instant (microseconds UTC); records nothing."""
    facts, rulings = known_facts(engine, definitions, as_of)
    return judge_all(definitions, facts, rulings)


def known_facts(engine: Engine, definitions: DefinitionSet, as_of: int) -> tuple[Facts, Rulings]:
    """All facts that were known at an instant (microseconds UTC), and what people ruled about them."""
    history, rulings = known_history(engine, definitions, as_of)
    return history.facts(), rulings


def known_history(engine: Engine, definitions: DefinitionSet, as_of: int) -> tuple[History, Rulings]:
    """The same, to be taken some leads at a time."""
    with reading(engine) as connection:
        rulings = load_rulings(connection, as_of)
    history = history_of(
        known_events(engine, as_of),
        as_of,
        people=load_people(engine),
        absences=load_absences(engine),
        accepted=rulings.accepted,
        exit_stages=definitions.exit_stages(),
        provided=definitions.provided,
    )
    return history, rulings


def check(
    engine: Engine, definitions: DefinitionSet, announcements: Announcements, as_of: int, finished_at: int, *, dry_run: bool = False
) -> CheckResult:
    """Judge as of an instant, record what changed, and queue what is to be said.

    Nothing is recorded or said when the instant lies before the last recorded check, or in the future of ``finished_at``.
    """
    with reading(engine) as connection:
        previous = last_check(connection)
        old = load_verdicts(connection)
        spoken = heard(connection, said(connection))
        synced = first_synced(connection)
    judgement = judge(engine, definitions, as_of)
    new = judgement.verdicts()
    difference = compared(old, new)
    go_live = next(instant for instant in (announcements.go_live, synced, as_of) if instant is not None)
    changes = tuple(_transitions(old, new, difference, go_live))
    newest = newest_event(engine)
    # A recorded check that lies in the future was recorded by a clock that was wrong: it does not silence the present.
    looked_back = previous is not None and as_of < previous.as_of <= finished_at + SKEW
    looked_ahead = as_of > finished_at + SKEW
    if dry_run or looked_back or looked_ahead:
        return CheckResult(judgement, newest, changes, (), None, looked_back, looked_ahead)
    announcing = announcing_of(announcements, as_of, previous.as_of if previous else None)
    found = list(_notices(judgement, definitions, announcements, go_live, spoken, old, difference))
    first = [] if previous else _baseline_drafts(judgement, announcements, announcing, go_live)
    run = CheckRun(0, as_of, finished_at, definitions_hash(definitions), newest, len(new), len(changes))
    with writing(engine) as connection:
        _still_last(connection, previous)
        check_id = record_check(connection, run, new, difference, changes)
        replace_attainment(connection, judgement.attainment())
        queued = announce(connection, found, announcing, first)
    return CheckResult(judgement, newest, changes, tuple(queued), check_id, looked_back=False)


def _baseline_drafts(judgement: Judgement, announcements: Announcements, announcing: Announcing, go_live: int) -> list[Draft]:
    """The one message of a first check about what was due before going live; none when nothing was."""
    counts = _baseline(judgement, go_live)
    to = Recipient("slack", announcements.routing.default_channel, "team channel")
    return [baseline_draft(counts, go_live, announcements.timezone, to, announcing)] if counts else []


def definitions_hash(definitions: DefinitionSet) -> str:
    """SHA-256 of every definition's terms: the same promises have the same hash."""
    terms = sorted(definition.model_dump_json(by_alias=True) for definition in definitions.definitions)
    return hashlib.sha256("\n".join(terms).encode()).hexdigest()


def _still_last(connection: Connection, previous: CheckRun | None) -> None:
    now = last_check(connection)
    if (now.id if now else None) != (previous.id if previous else None):
        raise StoreError("another check was recorded meanwhile; run the check again")


def _notices(
    judgement: Judgement,
    definitions: DefinitionSet,
    announcements: Announcements,
    go_live: int,
    heard: Mapping[str, Said],
    old: pd.DataFrame,
    difference: Difference,
) -> Iterator[Notice]:
    routing = announcements.routing
    yield from notices(judgement, definitions, routing, go_live, heard, lag=announcements.lag)
    yield from quota_notices(judgement, definitions, routing, go_live)
    gone = old[old["cycle_id"].isin([cycle for cycle in difference.gone if cycle in heard and heard[cycle].breach_told()])]
    for row in gone.to_dict("records"):
        yield withdrawn_notice({str(key): value for key, value in row.items()}, definitions)


def withdrawn_notice(row: Mapping[str, object], definitions: DefinitionSet) -> Notice:
    """The correction for a cycle that was announced and turned out not to exist: its start was changed or withdrawn."""
    definition = next((each for each in definitions.versions().get(str(row["sla"]), ()) if each.version == row["version"]), None)
    return Notice(
        cycle_id=str(row["cycle_id"]),
        kind="corrected",
        sequence=0,
        instant=int(str(row["started_at"])),
        sla=str(row["sla"]),
        version=str(row["version"]),
        title=definition.title if definition else str(row["sla"]),
        timezone=definitions.timezone,
        state="withdrawn",
        lead=str(row["lead"]),
        started_at=int(str(row["started_at"])),
        due_at=int(str(row["due_at"])),
        updates_only=True,
    )


def _transitions(old: pd.DataFrame, new: pd.DataFrame, difference: Difference, go_live: int) -> Iterator[Transition]:
    written = new.iloc[difference.written]
    columns = (written[name].tolist() for name in ("cycle_id", "state", "started_at", "due_at", "decided_at"))
    for cycle, state, started, due, decided in zip(*columns, strict=True):
        before = difference.before.get(cycle)
        if before != state:
            instant = started if decided == NEVER else decided
            yield Transition(cycle, before, state, instant, baselined=before is None and decided != NEVER and due < go_live)
    gone = old[old["cycle_id"].isin(difference.gone)]
    for cycle, before in zip(gone["cycle_id"].tolist(), gone["state"].tolist(), strict=True):
        yield Transition(cycle, before, "withdrawn", None, baselined=False)


def _baseline(judgement: Judgement, go_live: int) -> list[tuple[str, int, int]]:
    """Per SLA with cycles due before going live: its title, how many were missed and how many kept."""
    counts = []
    for judged in judgement.per_lead:
        due = judged.obligations.due
        earlier = (due != NEVER) & (due < go_live)
        missed, kept = int((earlier & (judged.state == BREACHED)).sum()), int((earlier & (judged.state == MET)).sum())
        if missed or kept:
            counts.append((judged.versions[-1].title, missed, kept))
    return counts
