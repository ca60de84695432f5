"""A database that is full, or behind after a failover: nothing is sent without a claim, nothing twice, nothing lost."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from slamon.channels import Outgoing
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.jobs.deliver import Rules, deliver
from slamon.jobs.deliver.high_water import HighWater
from slamon.store.database import open_database, reading, writing
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, depth, queue
from slamon.store.schema import deliveries, marks

ROOT = Path(__file__).parents[2]
START = 1_795_000_000_000_000


class Clock:
    """A clock that the test moves."""

    now = START

    def __call__(self) -> int:
        return self.now


class Wire:
    """A channel whose history can be read."""

    def __init__(self) -> None:
        self.arrived: list[str] = []

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        self.arrived.append(outgoing.delivery_id)
        return {"ts": outgoing.delivery_id}

    def find(self, outgoing: Outgoing) -> dict[str, Any] | None:
        return {"ts": outgoing.delivery_id} if outgoing.delivery_id in self.arrived else None


def put(engine: Engine, name: str, at: int = START) -> None:
    draft = Draft("slack", "#sales", "breach", 0, name, {"text": name, "mode": "post"}, at, at, (Member(name, "breach", 0),))
    with writing(engine) as connection:
        queue(connection, [draft])


def states(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return depth(connection)


def run_for(engine: Engine, wire: Wire, clock: Clock, length: int, rules: Rules) -> None:
    until = clock() + length
    while clock() < until:
        deliver(engine, {"slack": wire}, clock, owner="test", rules=rules)
        clock.now += 10 * SECOND


@pytest.mark.faults
def test_f37_a_failover_that_loses_the_last_commits_repeats_nothing(engine: Engine) -> None:
    wire, clock = Wire(), Clock()
    rules = Rules(high_water=HighWater())  # what the process remembers; it has no file
    put(engine, "one")
    put(engine, "two", START + 1)
    run_for(engine, wire, clock, 20 * SECOND, rules)
    assert len(wire.arrived) == 2
    with writing(engine) as connection:  # the standby had not heard of the second claim, nor of how it ended
        lost = update(deliveries).where(deliveries.c.group_key == "two")
        connection.execute(lost.values(state="pending", attempts=0, fence=0, sent_at=None, reference=None))
        connection.execute(update(marks).where(marks.c.name == "claims").values(value=1))
    put(engine, "three", clock())
    run_for(engine, wire, clock, MINUTE, rules)
    assert states(engine) == {"sent": 3}
    assert len(wire.arrived) == len(set(wire.arrived)) == 3


CHILD = """
import resource, sys
from slamon.jobs.deliver import deliver
from slamon.schedule import wall_clock
from slamon.store.database import open_database
class Wire:
    def send(self, outgoing):
        print("sent", outgoing.payload["text"], flush=True)
        return {"ts": outgoing.delivery_id}
engine = open_database(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
for _ in range(3):
    try:
        deliver(engine, {"slack": Wire()}, wall_clock, owner="child")
    except Exception as error:
        print("failed", type(error).__name__, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print("room", flush=True)
deliver(engine, {"slack": Wire()}, wall_clock, owner="child")
"""


@pytest.mark.faults
def test_f33_while_the_disk_takes_nothing_nothing_is_sent_and_with_room_everything_once(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    upgrade(engine)
    put(engine, "one")
    put(engine, "two", START + 1)
    engine.dispose()
    told = subprocess.run([sys.executable, "-c", CHILD, sqlite_url], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert told.stdout.split("\n") == [*["failed OperationalError"] * 3, "room", "sent one", "sent two", ""]
    assert states(engine) == {"sent": 2}
    engine.dispose()
