"""A source that hangs or is slow delays no other: each is read in its own lane, and the operator hears of it once."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from slamon.core.working_time.instants import MINUTE
from slamon.jobs.sync import sync_source
from slamon.jobs.sync.source_lanes import SourceLanes, Turn, note_slow
from slamon.jobs.sync.sync_summary import SyncSummary
from slamon.jobs.troubles import Operators, tell_operator
from slamon.settings import Settings, Workspace
from slamon.store.database import reading
from slamon.store.schema import deliveries

CREATED = ("1", "2026-01-01T09:00:00+01:00", "created", "", "20000")
LATER = ("2", "2026-01-01T10:00:00+01:00", "created", "", "")
LOCK = 77
HANGS = f"SELECT '9' AS lead, '2026-01-01T09:00:00Z' AS \"when\", 'created' AS what, '' AS who, '' AS amount FROM (SELECT pg_advisory_lock({LOCK})) AS l"
OPERATORS = Operators(("ops@example.com",), frozenset({"email"}), "UTC")


class Hanging:
    """A CRM's database whose query gives no row until it is let go."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.holder = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self.holder.execute(f"SELECT pg_advisory_lock({LOCK})")

    def let_go(self) -> None:
        self.holder.execute(f"SELECT pg_advisory_unlock({LOCK})")


@pytest.fixture
def hanging(postgresql_url: str) -> Iterator[Hanging]:
    source = Hanging(postgresql_url)
    yield source
    source.holder.close()


class Lanes:
    """The lanes of a service, and the workspace that they read."""

    def __init__(self, crm: Any, hanging: Hanging) -> None:
        self.crm = crm
        mapping = {key: value for key, value in crm.sources["crm"]["tables"][0].items() if key != "path"} | {"query": HANGS}
        crm.sources |= {"slow": {"type": "sql", "url": hanging.url, "tables": [mapping]}}
        self.settings = Settings.model_validate({"sources": crm.sources})
        self.lanes = SourceLanes(wait_s=1.0)
        self.begun: list[str] = []

    def turn(self) -> Turn:
        workspace = Workspace(settings=self.settings, folder=self.crm.folder)

        def read(name: str) -> SyncSummary:
            self.begun.append(name)
            return sync_source(self.crm.engine, workspace, name, clock=self.crm.clock, applying=self.lanes.applying)

        return self.lanes.turn(self.settings.sources, read, self.crm.clock)

    def ended(self, source: str) -> SyncSummary:
        """What a reading that is at work comes to; no other is begun."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for each in self.lanes.turn([], lambda _: pytest.fail("begun"), self.crm.clock).ended:
                if each.source == source:
                    return each
            time.sleep(0.05)
        raise AssertionError(f"{source} is still being read")

    def slow(self, turn: Turn, now: int) -> list[str]:
        return note_slow(self.crm.engine, self.settings.sources, turn.at_work, now)


@pytest.fixture
def lanes(crm: Any, hanging: Hanging) -> Lanes:
    return Lanes(crm, hanging)


def test_a_database_that_hangs_delays_no_other_source_and_is_begun_once(lanes: Lanes, hanging: Hanging) -> None:
    lanes.crm.write(CREATED)
    began = time.monotonic()
    first = lanes.turn()
    assert time.monotonic() - began < 10
    assert [(each.source, each.error) for each in first.ended] == [("crm", None)]
    assert first.at_work.keys() == {"slow"}
    lanes.crm.write(CREATED, LATER)
    second = lanes.turn()
    assert [each.source for each in second.ended] == ["crm"]
    assert lanes.begun.count("slow") == 1
    assert sorted(lanes.crm.events().lead) == ["1", "2"]
    hanging.let_go()
    assert lanes.ended("slow").ok
    assert sorted(lanes.crm.events().lead) == ["1", "2", "9"]


def test_the_operator_hears_once_of_a_source_that_takes_longer_than_its_budget(lanes: Lanes, hanging: Hanging) -> None:
    lanes.crm.write(CREATED)
    turn = lanes.turn()
    engine, since = lanes.crm.engine, turn.at_work["slow"]
    assert lanes.slow(turn, since + 9 * MINUTE) == []
    assert tell_operator(engine, OPERATORS, since + 9 * MINUTE).queued == 0
    (words,) = lanes.slow(turn, since + 11 * MINUTE)
    assert "slow is being read since" in words
    assert tell_operator(engine, OPERATORS, since + 11 * MINUTE).queued == 1
    lanes.slow(turn, since + 80 * MINUTE)
    assert tell_operator(engine, OPERATORS, since + 80 * MINUTE).queued == 0
    with reading(engine) as connection:
        (payload,) = connection.execute(select(deliveries.c.payload)).scalars()
    assert "The source slow takes long to be read" in str(payload)
    hanging.let_go()
    assert lanes.slow(Turn((), {}), since + 81 * MINUTE) == []
    assert tell_operator(engine, OPERATORS, since + 3000 * MINUTE).queued == 0


def test_a_reading_that_ends_after_a_later_one_changes_nothing(lanes: Lanes, hanging: Hanging) -> None:
    """By hand a source is synced while the service hangs in it: what the service read at last is older."""
    lanes.crm.write(CREATED)
    lanes.settings = Settings.model_validate({"sources": {"slow": lanes.crm.sources["slow"]}})
    assert lanes.turn().at_work.keys() == {"slow"}
    mended = {
        **lanes.crm.sources["slow"],
        "tables": [{**lanes.crm.sources["slow"]["tables"][0], "query": HANGS.split(" FROM ", maxsplit=1)[0].replace("'9'", "'8'")}],
    }
    workspace = Workspace(settings=Settings.model_validate({"sources": {"slow": mended}}), folder=lanes.crm.folder)
    assert sync_source(lanes.crm.engine, workspace, "slow", clock=lanes.crm.clock).ok
    hanging.let_go()
    assert lanes.ended("slow").overtaken
    assert lanes.crm.events().lead.tolist() == ["8"]


def test_whatever_goes_wrong_with_one_source_is_told_and_the_others_are_read(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret of a customer")

    crm.sources["other"] = {"type": "files", "tables": [{**crm.sources["crm"]["tables"][0], "path": "other.csv"}]}
    crm.write(CREATED)
    crm.write(LATER, name="other.csv")
    with monkeypatch.context() as patched:
        patched.setattr("slamon.jobs.sync.table_reading.fingerprint", lambda table, *_: broken() if table.name == "leads" else None)
        failed, good = crm.sync_all()
    assert "ZeroDivisionError" in failed.error
    assert "secret" not in failed.error
    assert good.ok
    assert crm.events().lead.tolist() == ["2"]
