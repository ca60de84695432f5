"""The service as a process: what a signal, a crash, a hanging job and a locked database do to it, and what they do not."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from slamon.core.working_time.instants import SECOND
from slamon.schedule import wall_clock
from slamon.store.database import reading, writing
from slamon.store.heartbeats import load_heartbeats
from slamon.store.outbox import Draft, Member, depth, queue

CHILD = Path(__file__).with_name("service_child.py")
ROOT = Path(__file__).parents[2]


class Running:
    """The child, its database and its journal."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.wire, self.log = engine, folder / "wire", folder / "journal"
        url = engine.url.render_as_string(hide_password=False)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, str(CHILD), url, str(self.wire)], cwd=ROOT, stderr=log)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def count(self, event: str, job: str) -> int:
        return sum(line["event"] == event and line.get("job") == job for line in self.lines())

    def wait_for(self, what: Callable[[], bool], seconds: float = 30) -> None:
        give_up = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < give_up, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def arrived(self) -> list[str]:
        return self.wire.read_text(encoding="utf-8").splitlines() if self.wire.exists() else []


@pytest.fixture
def service(engine: Engine, tmp_path: Path) -> Iterator[Running]:
    running = Running(engine, tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait(timeout=10)


def fill(engine: Engine, count: int, release_at: int = 0) -> None:
    drafts = [
        Draft(
            channel="preview",
            destination="#sales",
            kind="breach",
            sequence=number,
            group_key=f"{number}",
            payload={"text": f"{number}"},
            created_at=number,
            release_at=release_at,
            members=(Member(f"{number}", "breach", 0),),
        )
        for number in range(count)
    ]
    with writing(engine) as connection:
        queue(connection, drafts)


@pytest.mark.faults
def test_asked_to_stop_it_finishes_what_is_on_the_wire_leaves_the_rest_pending_and_exits_with_0(service: Running) -> None:
    fill(service.engine, 60)
    service.wait_for(lambda: len(service.arrived()) >= 3)
    asked = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=15) == 0
    assert time.monotonic() - asked < 10
    arrived = service.arrived()
    with reading(service.engine) as connection:
        states = depth(connection)
    assert states == {"sent": len(arrived), "pending": 60 - len(arrived)}
    assert arrived == [str(number) for number in range(len(arrived))]
    assert service.lines()[-1]["event"] == "stopped"
    assert service.lines()[-1]["unfinished"] == ["report"]  # it sleeps for ten minutes: not waited for


@pytest.mark.faults
def test_a_job_that_crashes_is_told_without_secrets_and_stops_nothing(service: Running) -> None:
    service.wait_for(lambda: service.count("job failed", "sync") >= 3 and service.count("job done", "check") >= 3)
    failed = next(line for line in service.lines() if line["event"] == "job failed")
    assert (failed["job"], failed["error"]) == ("sync", "ValueError")
    assert "where" in failed
    log = service.log.read_text(encoding="utf-8")
    assert "xoxb" not in log
    assert "ana@example.com" not in log
    service.wait_for(lambda: {"sync", "check", "deliver", "tick"} <= set(load_heartbeats(service.engine)))
    heartbeats = load_heartbeats(service.engine)
    assert (heartbeats["sync"].ok, heartbeats["sync"].detail, heartbeats["sync"].succeeded_at) == (False, "ValueError", None)
    assert heartbeats["check"].ok
    assert "report" not in heartbeats  # begun once, and not a second time while it is at work
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(timeout=15) == 0


@pytest.mark.faults
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_while_the_database_is_locked_the_loop_survives_and_goes_on_afterwards(service: Running) -> None:
    service.wait_for(lambda: service.count("job done", "check") >= 2)
    fill(service.engine, 2, wall_clock() + 3 * SECOND)
    lock = sqlite3.connect(str(service.engine.url.database), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    service.wait_for(lambda: service.count("job failed", "check") >= 3 and service.count("heartbeat failed", "check") >= 2)
    service.wait_for(lambda: service.count("job failed", "deliver") >= 1)
    assert service.arrived() == []
    lock.execute("ROLLBACK")
    lock.close()
    done = service.count("job done", "check")
    service.wait_for(lambda: service.count("job done", "check") > done and service.arrived() == ["0", "1"])
