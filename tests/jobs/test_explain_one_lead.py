"""One lead is explained from its own events: the same as from all of them, and without reading them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from slamon.core.definitions import DefinitionSet
from slamon.core.explain import as_data, differences, explain
from slamon.core.verdicts import judge_all
from slamon.core.working_time.instants import DAY, HOUR, MINUTE
from slamon.jobs.check import known_facts
from slamon.jobs.explain import Telling, explained, telling_of
from slamon.settings import Settings
from slamon.store.database import open_database, writing
from slamon.store.migrate import prepare
from slamon.store.schema import event_history, events
from tests.core.stories import FOLLOW_UP, PROMISE, instant, promises

LEADS = 2_000
MONDAY = instant("2026-01-05 00:00")
AS_OF = instant("2026-03-01 00:00")
TERMS = (
    FOLLOW_UP
    | {
        "targets": [{"when": {"amount": {"at_least": 500}}, "within": "1wh"}, {"when": {"unheard": "of"}, "within": "3wh"}],
        "batch": {"size": 20, "within": "3wd"},
        "pause": {"while": "unassigned"},
    },
    PROMISE
    | {
        "sla": "attempts",
        "kind": "cadence",
        "start": {"stage": "sal"},
        "attempts": 2,
        "attempt": {"activity": "call", "direction": "outbound"},
        "within": "5wd",
        "gap": {"min": "1wd"},
    },
)
NO_EVENT = dict.fromkeys(("recorded_at", "name", "value", "actor", "owner", "direction", "seconds", "outcome", "attributes"))


def row(number: int, lead: str, at: int, kind: str, **more: Any) -> dict[str, Any]:
    attributes = {"attributes": json.dumps(more.pop("attributes"))} if "attributes" in more else {}
    common = {"id": f"e{number:07}", "source": "crm", "source_table": "all", "seen_at": at, "automated": False, "position": number}
    return NO_EVENT | common | {"lead": lead, "at": at, "kind": kind} | more | attributes


def happenings(*, owned: bool) -> Iterator[dict[str, Any]]:
    """Leads that arrive over weeks, some in one import; calls, stages, owners, merges along chains."""
    random, number = Random(7), 0
    for index in range(LEADS):
        lead = f"lead-{index}"
        imported = 400 <= index < 440
        at = MONDAY + 20 * DAY + index * MINUTE // 4 if imported else MONDAY + random.randrange(40 * DAY)
        told: list[tuple[int, str, dict[str, Any]]] = [(at, "stage", {"name": "mql", "actor": "import" if imported else None})]
        if index % 3 == 0:
            told[0][2]["attributes"] = {"amount": str(index)}
        if owned and index % 4:
            told.append((at + random.randrange(3 * HOUR), "owner", {"name": "assigned", "owner": f"rep-{index % 5}"}))
        call = {"name": "call", "direction": "outbound", "actor": f"rep-{index % 5}"}
        told += [(at + random.randrange(4 * DAY), "activity", call) for _ in range(random.randrange(4))]
        told.append((at + random.randrange(2 * DAY), "stage", {"name": random.choice(["sal", "nurture", "disqualified"])}))
        if index % 50 == 1:
            told.append((at + DAY, "merged", {"value": f"lead-{index + random.choice([-1, 1, 49, 50])}"}))
        for when, kind, more in told:
            number += 1
            yield row(number, lead, when, kind, **more)


def fill(engine: Engine, *, owned: bool) -> None:
    rows = list(happenings(owned=owned))
    # What was known before: the calls of every tenth row were told an hour earlier at first, and corrected in February.
    before = [each | {"at": each["at"] - HOUR, "superseded_at": instant("2026-02-10 00:00")} for each in rows[::10]]
    with writing(engine) as connection:
        connection.execute(
            events.insert(), [each | ({"seen_at": instant("2026-02-10 00:00")} if n % 10 == 0 else {}) for n, each in enumerate(rows)]
        )
        connection.execute(event_history.insert(), before)


def asked_of() -> list[str]:
    return [f"lead-{index}" for index in (*Random(3).sample(range(LEADS), 12), 1, 51, 101, 151, 0, 400, 420, 439, 440)]


@pytest.mark.parametrize("owned", [True, False])
def test_one_lead_is_explained_as_from_all_events(engine: Engine, owned: bool) -> None:
    fill(engine, owned=owned)
    definitions = promises(*TERMS)
    for as_of in (AS_OF, instant("2026-02-05 12:00")):
        facts, rulings = known_facts(engine, definitions, as_of)
        judgement = judge_all(definitions, facts, rulings)
        for lead in asked_of():
            whole = explain(judgement, definitions, lead)
            narrow = explained(engine, definitions, lead, as_of)
            assert (whole is None) == (narrow is None), lead
            if whole is not None and narrow is not None:
                assert not differences(json.loads(json.dumps(as_data(narrow)))), lead
                unseen = replace(narrow, history=tuple(replace(line, seen_at=0) for line in narrow.history))
                known = tuple(replace(cycle, known=()) for cycle in unseen.cycles)
                expected = replace(whole, history=tuple(replace(line, seen_at=0) for line in whole.history))
                assert replace(unseen, cycles=known) == replace(expected, cycles=tuple(replace(c, known=()) for c in expected.cycles)), lead


def test_a_lead_of_an_import_keeps_the_import_s_target_when_only_its_own_events_are_read(engine: Engine) -> None:
    fill(engine, owned=True)
    targets = {lead: _target(engine, promises(*TERMS), lead) for lead in ("lead-420", "lead-460")}
    assert targets == {"lead-420": "it came in a bulk import of more than 20 leads", "lead-460": targets["lead-460"]}
    assert "import" not in targets["lead-460"]


def _target(engine: Engine, definitions: DefinitionSet, lead: str) -> str:
    found = explained(engine, definitions, lead, AS_OF, "follow-up")
    assert found is not None
    return found.cycles[0].target_why


def test_an_attribute_that_a_source_maps_exists_for_one_lead_too_before_any_has_a_value(engine: Engine) -> None:
    fill(engine, owned=True)
    terms = FOLLOW_UP | {"targets": [{"when": {"shift": "night"}, "within": "3wh"}]}
    for provided, cannot in ((frozenset[str](), "no source provides the attribute shift"), (frozenset({"shift"}), "")):
        definitions = promises(terms, provided=provided)
        narrow = explained(engine, definitions, "lead-77", AS_OF, telling=Telling(True, provided))
        whole = explain(judge_all(definitions, *known_facts(engine, definitions, AS_OF)), definitions, "lead-77")
        assert narrow is not None
        assert whole is not None
        assert [cycle.cannot_be_evaluated for cycle in narrow.cycles] == [cannot] * len(narrow.cycles)
        assert [cycle.state for cycle in narrow.cycles] == [cycle.state for cycle in whole.cycles]


def test_what_is_read_does_not_grow_with_the_store(sqlite_url: str) -> None:
    sqlite_engine = open_database(sqlite_url)
    prepare(sqlite_engine)
    fill(sqlite_engine, owned=True)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def listen(connection: DBAPIConnection, *_: object) -> None:
        connection.set_progress_handler(count, 100)

    event.listen(sqlite_engine, "checkout", listen)
    definitions = promises(TERMS[0] | {"batch": {"size": 20}}, TERMS[1])
    assert explained(sqlite_engine, definitions, "lead-77", AS_OF, telling=Telling(True, frozenset({"amount"}))) is not None
    sqlite_engine.dispose()
    assert 0 < steps * 100 < 2 * LEADS  # a few steps of the database's machine for each lead would be a scan


def test_what_sources_could_tell_is_read_from_their_mappings() -> None:
    table: dict[str, Any] = {
        "path": "x.csv",
        "lead": "lead",
        "at": "at",
        "events": [{"is": {"stage": "mql"}}],
        "attributes": {"amount": "eur"},
    }
    assert telling_of(Settings.model_validate({"sources": {"crm": {"type": "files", "tables": [table]}}}).sources) == Telling(
        False, frozenset({"amount"})
    )
    told = table | {"owner": "owner_id", "events": [{"is": {"attribute": "intent", "to": "hot"}}]}
    assert telling_of(Settings.model_validate({"sources": {"crm": {"type": "files", "tables": [told]}}}).sources) == Telling(
        True, frozenset({"amount", "intent"})
    )
