"""An upgrade from the first version's tables: what waited is sent once, and what only that version knew is kept and named."""

from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, inspect, select

from slamon.channels import Outgoing
from slamon.commands.operations import Service
from slamon.core.working_time.instants import DAY, MINUTE, SECOND
from slamon.jobs.deliver import deliver
from slamon.store.database import open_database, reading, writing
from slamon.store.heartbeats import beat, load_heartbeats
from slamon.store.migrate import _config, is_current, upgrade
from slamon.store.outbox import depth
from slamon.store.schema import deliveries, heartbeats
from tests.jobs.test_doctor import Patient

pytestmark = pytest.mark.faults
START = 1_795_000_000_000_000
STATES = ("pending", "dispatching", "unsure", "sent", "dead", "dropped")
OLD_JOBS = ("alerts", "slamon.jobs.sweeper:run")
"""Jobs that no version has any more: one renamed, one named as schedulers that keep jobs name them."""


@pytest.fixture
def old(empty_engine: Engine) -> Engine:
    """A database of the first version with a message in every state, and heartbeats of jobs that have other names now."""
    with writing(empty_engine) as connection:
        command.upgrade(_config(connection), "0001")
        first = MetaData()
        first.reflect(connection)
        connection.execute(first.tables["deliveries"].insert(), [_message(number, state) for number, state in enumerate(STATES)])
        beats = [{"job": job, "at": START - 30 * DAY, "ok": False, "succeeded_at": None, "detail": "KeyError"} for job in OLD_JOBS]
        connection.execute(first.tables["heartbeats"].insert(), beats)
    return empty_engine


def _message(number: int, state: str) -> dict[str, Any]:
    sending = {"lease_owner": "the first version", "lease_until": START - MINUTE, "fence": 1, "attempts": 1}
    return {
        "id": f"0000-{state}",
        "channel": "slack",
        "destination": f"#{state}",
        "kind": "breach",
        "sequence": 0,
        "group_key": state,
        "payload": '{"text": "' + state + '", "mode": "post"}',
        "state": state,
        "created_at": START - 10 * MINUTE + number,
        "release_at": START - 10 * MINUTE,
        "attempts": 0,
        "fence": 0,
        "absences": 0,
        "lease_owner": None,
        "lease_until": None,
    } | (sending if state == "dispatching" else {})


class Wire:
    """Slack, where the message that was on its way has arrived, and the one of which nobody knew has not."""

    def __init__(self) -> None:
        self.seen = ["0000-dispatching", "0000-sent"]

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        self.seen.append(outgoing.delivery_id)
        return {"channel": outgoing.destination, "ts": "1.1"}

    def find(self, outgoing: Outgoing) -> dict[str, Any] | None:
        return {"channel": outgoing.destination, "ts": "1.1"} if outgoing.delivery_id in self.seen else None


def test_f46_f55_after_an_upgrade_every_message_that_waited_is_sent_once_and_no_row_is_gone(old: Engine) -> None:
    upgrade(old)
    assert is_current(old)
    wire, now = Wire(), [START]
    for _ in range(30):
        deliver(old, {"slack": wire}, lambda: now[0], owner="this version")
        now[0] += 10 * SECOND
    assert sorted(wire.seen) == sorted(f"0000-{state}" for state in ("dispatching", "sent", "pending", "unsure"))
    with reading(old) as connection:
        assert depth(connection) == {"sent": 4, "dead": 1, "dropped": 1}
        assert set(connection.execute(select(deliveries.c.id)).scalars()) == {f"0000-{state}" for state in STATES}


def test_f46_no_table_keeps_jobs_and_the_service_s_jobs_are_those_of_its_own_code(engine: Engine) -> None:
    assert [name for name in inspect(engine).get_table_names() if "job" in name] == []
    assert {"sync", "check", "deliver", "reports", "signal"} <= set(vars(Service))


def test_f46_what_a_job_of_an_earlier_version_left_is_kept_named_and_fails_nobody(old: Engine, tmp_path: Any) -> None:
    upgrade(old)
    patient = Patient(open_database(old.url.render_as_string(hide_password=False)), tmp_path)
    with writing(old) as connection:
        for job in ("tick", "check", "deliver"):
            beat(connection, job, START, ok=True)
    service = patient.examine(START + SECOND)["service"]
    assert (service.ok, service.detail) == (True, f"alive 1 s ago, 2 jobs well; not run for long: {', '.join(OLD_JOBS)}")
    assert set(OLD_JOBS) <= set(load_heartbeats(old)), "nothing that it does not know is deleted"
    with reading(old) as connection:
        assert connection.execute(select(heartbeats.c.took).where(heartbeats.c.job == OLD_JOBS[0])).scalar() is None
    patient.engine.dispose()
