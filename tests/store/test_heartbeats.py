"""A job's heartbeat says when it last ended, and when it last ended well."""

from sqlalchemy import Engine

from slamon.store.database import writing
from slamon.store.heartbeats import beat, load_heartbeats


def test_a_failed_run_keeps_the_last_good_ending(engine: Engine) -> None:
    for at, ok in ((10, False), (20, True), (30, False)):
        with writing(engine) as connection:
            beat(connection, "sync", at, ok=ok, detail="" if ok else "no network")
    heartbeat = load_heartbeats(engine)["sync"]
    assert (heartbeat.at, heartbeat.ok, heartbeat.succeeded_at, heartbeat.detail) == (30, False, 20, "no network")
