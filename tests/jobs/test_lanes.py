"""Destinations side by side: one a second each, whoever sends; none behind another's queue; on the wire soon; and a tidy end."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from slamon.channels import Outgoing
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.jobs.deliver import Rules, deliver
from slamon.jobs.deliver.sending import Patience
from slamon.journal import Journal
from slamon.schedule import Job, run_service, wall_clock
from slamon.store.database import open_database, reading, writing
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, depth, queue
from slamon.store.outbox.claims import Sent, claim, settle
from slamon.store.outbox.lanes import has_work

ROOT = Path(__file__).parents[2]
NO_PACE = Rules(patience={"slack": Patience()})


class Wire:
    """A channel that remembers when what arrived; a destination may be slow, and one may hang."""

    def __init__(self, slow_s: float = 0.0) -> None:
        self.arrived: list[tuple[int, str, str]] = []
        self.slow_s = slow_s
        self.hang = Event()

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        if outgoing.destination == "#hangs":
            self.hang.wait(20)
        time.sleep(self.slow_s)
        self.arrived.append((wall_clock(), outgoing.destination, outgoing.payload["text"]))
        return {"ts": outgoing.delivery_id}


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def put(engine: Engine, *names: str, destination: str = "#sales", release_at: int | None = None) -> None:
    now = wall_clock()
    drafts = [
        Draft(
            "slack", destination, "breach", 0, f"{destination} {name}", {"text": name}, now, release_at or now, (Member(name, "breach", 0),)
        )
        for name in names
    ]
    with writing(engine) as connection:
        queue(connection, drafts)


def states(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return depth(connection)


def test_f14_one_message_a_second_to_a_channel_also_over_several_runs(store: Engine) -> None:
    wire = Wire()
    put(store, "one", "two")
    deliver(store, {"slack": wire}, wall_clock, owner="first")
    put(store, "three")
    deliver(store, {"slack": wire}, wall_clock, owner="second")
    times = [at for at, _, _ in wire.arrived]
    assert len(times) == 3
    assert all(later - earlier >= SECOND for earlier, later in pairwise(times))


@pytest.mark.faults
def test_f49_a_call_that_hangs_and_a_long_queue_delay_no_other_destination(store: Engine) -> None:
    wire, stop = Wire(), Event()
    put(store, "hangs", destination="#hangs")
    put(store, *[f"text {number}" for number in range(50)], destination="#long")
    thread = Thread(target=deliver, args=(store, {"slack": wire}, wall_clock), kwargs={"owner": "test", "stop": stop})
    thread.start()
    time.sleep(2.5)
    asked = wall_clock()
    put(store, "urgent", destination="#other")
    while "#other" not in {where for _, where, _ in wire.arrived} and wall_clock() < asked + 10 * SECOND:
        time.sleep(0.02)
    arrived = next(at for at, where, _ in wire.arrived if where == "#other")
    wire.hang.set()
    stop.set()
    thread.join(20)
    assert arrived - asked <= 3 * SECOND
    assert not thread.is_alive()


@pytest.mark.faults
def test_what_is_released_later_is_on_the_wire_within_two_seconds_of_its_release(store: Engine) -> None:
    wire, stop = Wire(), Event()
    jobs = {"deliver": Job(lambda: deliver(store, {"slack": wire}, wall_clock, owner="test"), 3600, lambda: has_work(store, wall_clock()))}
    journal = Journal(wall_clock, stream=StringIO())
    thread = Thread(target=run_service, args=(jobs, stop, lambda *_: None, journal))
    thread.start()
    time.sleep(1)
    release = wall_clock() + 2 * SECOND
    put(store, "later", release_at=release)
    while not wire.arrived and wall_clock() < release + 20 * SECOND:
        time.sleep(0.02)
    stop.set()
    thread.join(20)
    assert 0 <= wire.arrived[0][0] - release <= 2 * SECOND + SECOND // 2  # half a second for a busy computer


def test_while_a_channel_is_sent_to_by_another_process_its_lane_is_left_to_it(engine: Engine) -> None:
    put(engine, "one", "two")
    now = wall_clock()
    (first,) = claim(engine, now, "here", 1)
    lane = first.lane
    assert claim(engine, now + SECOND, "there", 1, lane=lane) == []
    settle(engine, first, Sent(now, {"ts": "1"}))
    assert len(claim(engine, now + SECOND, "there", 1, lane=lane)) == 1


@pytest.mark.faults
def test_a_process_that_died_while_it_sent_delays_others_to_that_channel_for_seconds_only(engine: Engine) -> None:
    put(engine, "one", "two")
    now = wall_clock()
    (died,) = claim(engine, now, "here", 1)
    assert len(claim(engine, now + 20 * SECOND, "there", 1, lane=died.lane)) == 1


@pytest.mark.faults
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_f39_four_processes_on_one_database_send_everything_once(engine: Engine) -> None:
    for place in range(12):
        put(engine, *[f"text {number}" for number in range(5)], destination=f"#c{place}")
    wires = [Wire(0.01) for _ in range(4)]
    engines = [open_database(engine.url.render_as_string(hide_password=False)) for _ in wires]

    def work(number: int) -> None:
        until = time.monotonic() + 60
        while states(engine) != {"sent": 60} and time.monotonic() < until:
            deliver(engines[number], {"slack": wires[number]}, wall_clock, owner=str(number), rules=NO_PACE)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    for each in engines:
        each.dispose()
    arrived = [(where, text) for wire in wires for _, where, text in wire.arrived]
    assert len(arrived) == len(set(arrived)) == 60


CHILD = """
import sys, threading, time
from slamon.jobs.deliver import deliver
from slamon.journal import Journal
from slamon.schedule import Job, run_service, stopped_by_signals, wall_clock
from slamon.store.database import open_database
engine, stop = open_database(sys.argv[1]), threading.Event()
class Slow:
    def send(self, outgoing):
        print("begun", outgoing.delivery_id, flush=True)
        time.sleep(1.5)
        print("ended", outgoing.delivery_id, flush=True)
        return {"ts": outgoing.delivery_id}
job = Job(lambda: deliver(engine, {"slack": Slow()}, wall_clock, owner="child", stop=stop), 1)
with stopped_by_signals(stop):
    run_service({"deliver": job}, stop, lambda *_: None, Journal(wall_clock))
"""


@pytest.mark.faults
def test_f09_sigterm_with_thirty_in_flight_ends_within_ten_seconds_and_the_rest_stays_pending(store: Engine, sqlite_url: str) -> None:
    for place in range(30):
        put(store, "one", destination=f"#c{place}")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, sqlite_url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith("begun")
    child.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    rest, _ = child.communicate(timeout=30)
    assert (child.returncode, time.monotonic() - asked < 10) == (0, True)
    ended = rest.count("ended")
    assert 1 <= ended <= 6
    assert states(store) == {"sent": ended, "pending": 30 - ended}


@pytest.mark.faults
def test_f33_without_a_committed_claim_nothing_is_sent(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Any:
        raise OSError(28, "No space left on device")

    wire = Wire()
    put(store, "one", "two", destination="#a")
    with monkeypatch.context() as patched:
        patched.setattr("slamon.jobs.deliver.claim", full)
        with pytest.raises(OSError, match="No space"):
            deliver(store, {"slack": wire}, wall_clock, owner="test")
    assert wire.arrived == []
    deliver(store, {"slack": wire}, wall_clock, owner="test", rules=NO_PACE, budget=MINUTE)
    assert states(store) == {"sent": 2}
