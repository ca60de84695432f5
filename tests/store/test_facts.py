"""Events come back as they were known at an instant, in the types that the core takes."""

from typing import Any

import pandas as pd
from sqlalchemy import Engine

from slamon.core.facts.event_frames import build_facts
from slamon.core.working_time.instants import NEVER
from slamon.store.database import writing
from slamon.store.facts import EVENT_COLUMNS, load_absences, load_events, load_people, newest_event
from slamon.store.schema import event_history, events, people, source_tables


def _event(number: int, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = dict.fromkeys((column.name for column in events.columns), None)
    event |= {"id": f"crm/t/{number}", "source": "crm", "source_table": "t", "lead": str(number % 3), "at": number, "seen_at": number}
    return event | {"kind": "stage", "name": "mql", "automated": False, "position": number} | changes


def _keep(engine: Engine, rows: list[dict[str, Any]], past: list[dict[str, Any]] = []) -> None:  # noqa: B006 - not changed
    with writing(engine) as connection:
        connection.execute(events.insert(), rows)
        for row in past:
            connection.execute(event_history.insert(), row)


def test_columns_have_the_types_that_the_core_takes(engine: Engine) -> None:
    _keep(engine, [_event(1), _event(2, recorded_at=5, seconds=30, automated=True, actor="ana", attributes='{"a":"1"}')])
    frame = load_events(engine, None).sort_values("id")
    assert tuple(frame.columns) == EVENT_COLUMNS
    assert frame.dtypes.astype(str).to_dict() == dict.fromkeys(EVENT_COLUMNS, "object") | dict.fromkeys(
        ("at", "recorded_at", "seen_at", "seconds", "position"), "int64"
    ) | {"automated": "bool"}
    assert frame["recorded_at"].tolist() == [NEVER, 5]
    assert frame["seconds"].tolist() == [-1, 30]
    assert frame["actor"].tolist() == [None, "ana"]
    assert len(build_facts(frame, as_of=10)) == 2


def test_an_empty_store_gives_an_empty_frame_of_the_same_types(engine: Engine) -> None:
    frame = load_events(engine, 5)
    assert len(frame) == 0
    assert frame.dtypes["at"] == "int64"
    assert len(build_facts(frame, as_of=10)) == 0
    assert len(load_people(engine)) == len(load_absences(engine)) == 0
    assert newest_event(engine) is None


def test_as_of_takes_the_version_that_was_known_then(engine: Engine) -> None:
    _keep(engine, [_event(1, seen_at=50, name="sql")], [_event(1, seen_at=10, superseded_at=50), _event(2, seen_at=20, superseded_at=30)])

    def names(as_of: int | None) -> list[tuple[str, str]]:
        frame = load_events(engine, as_of)
        return sorted(zip(frame["id"], frame["name"], strict=True))

    assert names(9) == []
    assert names(10) == [("crm/t/1", "mql")]
    assert names(20) == [("crm/t/1", "mql"), ("crm/t/2", "mql")]
    assert names(30) == names(49) == [("crm/t/1", "mql")]
    assert names(50) == names(None) == [("crm/t/1", "sql")]


def test_some_leads_and_some_columns_can_be_asked_for(engine: Engine) -> None:
    _keep(engine, [_event(number) for number in range(9)])
    frame = load_events(engine, 100, leads=["1", "absent"], columns=("id", "at"))
    assert sorted(frame["id"]) == ["crm/t/1", "crm/t/4", "crm/t/7"]
    assert list(frame.columns) == ["id", "at"]
    assert len(load_events(engine, None, leads=[])) == 0
    assert len(load_events(engine, None, leads=[str(number) for number in range(12_000)])) == 9


def test_people_and_the_newest_event_are_read_back(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(people.insert().values(id="1", source="crm", name="Ana", active=True, automated=False))
        for table, newest in (("a", 7), ("b", 9), ("c", None)):
            connection.execute(
                source_tables.insert().values(
                    source="crm", source_table=table, first_synced_at=1, synced_at=1, newest_at=newest, rows_read=1, events_kept=1
                )
            )
    frame = load_people(engine)
    assert frame.to_dict("records")[0]["active"] is True
    assert isinstance(frame, pd.DataFrame)
    assert newest_event(engine) == 9
