"""/healthz says whether the process lives, /readyz whether it does its work and what is not well; neither is a constant."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.store.database import open_database, writing
from slamon.store.facts.holds import Hold, keep_holds
from slamon.store.heartbeats import beat
from slamon.store.outbox import Draft, Member, queue
from slamon.store.outbox.claims import Again, Sent, claim, settle
from slamon.store.schema import sync_runs
from tests.web.conftest import NOW, Site

SENT = Sent(NOW, {"ts": "1"})


def _failed(connection: Connection, source: str, error: str) -> None:
    run = {"source": source, "started_at": NOW, "ended_at": NOW, "ok": False, "summary": json.dumps({"error": error})}
    connection.execute(sync_runs.insert().values(**run))


def _draft(destination: str, at: int, channel: str = "slack") -> Draft:
    return Draft(channel, destination, "breach", 0, destination, {"text": ""}, at, at, (Member(destination, "breach", 0),))


def test_a_process_whose_ticker_is_silent_is_not_alive(site: Site) -> None:
    assert (site.ask("/healthz").status, site.ask("/healthz").data()) == (200, {"alive": True, "ticker_silent_s": 0.5, "held_sources": []})
    site.silent_s = 91.0
    assert (site.ask("/healthz").status, site.ask("/healthz").data()["alive"]) == (503, False)


def test_a_service_that_does_its_work_is_ready(site: Site) -> None:
    site.beats()
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["ready"]) == (200, True)
    assert set(answer.data().values()) == {True, "ok"}


def test_sources_that_hold_verdicts_are_named_and_it_is_not_ready_while_no_promise_is_judged(site: Site) -> None:
    site.beats()
    part = Hold("crm", NOW, "the source crm could not be read (ana@example.com)", ("follow-up",))
    with writing(site.engine) as connection:
        keep_holds(connection, [part], NOW)
    answer = site.ask("/readyz")
    told = "held: crm since 2026-11-18T11:06:40Z, the source crm could not be read (***@example.com)"
    assert (answer.status, answer.data()["state"], answer.data()["sources"]) == (200, "degraded", told)
    with writing(site.engine) as connection:
        keep_holds(connection, [replace(part, everything=True)], NOW)
    assert site.ask("/readyz").status == 503
    figures = site.ask("/metrics").body
    assert 'slamon_source_held{source="crm"} 1.0' in figures
    assert "ana@example.com" not in figures
    assert site.ask("/healthz").data()["held_sources"] == []


def test_a_source_that_cannot_be_read_is_named_with_its_reason_and_it_is_not_ready_when_none_can(site: Site) -> None:
    site.beats()
    site.sources = ["crm", "erp"]
    with writing(site.engine) as connection:
        _failed(connection, "crm", "ana@example.com/leads.csv is not there")
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["sources"]) == (200, "crm cannot be read: ***@example.com/leads.csv is not there")
    with writing(site.engine) as connection:
        _failed(connection, "erp", "no answer")
    assert (site.ask("/readyz").status, site.ask("/readyz").data()["state"]) == (503, "failing")
    assert site.ask("/healthz").status == 200


def test_what_does_not_get_through_is_said_and_it_is_not_ready_while_nothing_does(site: Site) -> None:
    site.beats()
    late = NOW - 8 * MINUTE
    with writing(site.engine) as connection:
        queue(connection, [_draft("#sales", late), _draft("ana@example.com", late, "email")])
    for claimed in claim(site.engine, late, "test", 2):
        settle(site.engine, claimed, Again(NOW + 30 * MINUTE, "451 <ana@example.com> later") if claimed.lane.channel == "email" else SENT)
    answer = site.ask("/readyz")
    words = "nothing gets through to email, 1 waiting, the oldest for 8 min: 451 <***@example.com> later"
    assert (answer.status, answer.data()["delivery"]) == (503, words)
    assert site.ask("/healthz").status == 200
    with writing(site.engine) as connection:
        queue(connection, [_draft("ben@example.com", NOW, "email")])
    (claimed,) = claim(site.engine, NOW, "test", 1)
    settle(site.engine, claimed, SENT)
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["state"]) == (200, "degraded")
    assert answer.data()["delivery"].startswith("some of what goes to email fails, 1 waiting")


def test_a_channel_that_lets_nothing_in_is_named(site: Site) -> None:
    site.beats()
    with writing(site.engine) as connection:
        queue(connection, [_draft("#sales", NOW)])
    (claimed,) = claim(site.engine, NOW, "test", 1)
    settle(site.engine, claimed, Again(NOW + MINUTE, "invalid_auth", "channel"))
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["delivery"]) == (503, "slack lets nothing in, 1 waiting, the oldest for 0 min: invalid_auth")


def test_before_the_first_good_tick_it_is_not_ready(site: Site) -> None:
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["check"], answer.data()["database"]) == (503, "has not gone well yet", "ok")


def test_a_job_that_has_not_gone_well_for_three_intervals_is_named(site: Site) -> None:
    site.beats(NOW)
    with writing(site.engine) as connection:
        beat(connection, "tick", NOW + 4 * MINUTE, ok=True)
        beat(connection, "deliver", NOW + 4 * MINUTE, ok=True)
        beat(connection, "check", NOW + 4 * MINUTE, ok=False, detail="StoreError ana@example.com")
    site.now = NOW + 3 * MINUTE
    assert site.ask("/readyz").status == 200
    site.now += SECOND
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["check"]) == (503, "went well 181 s ago, which is more than 180 s")
    assert [name for name, words in answer.data().items() if words not in ("ok", False)] == ["state", "check"]
    assert "ana@" not in answer.body


def test_a_loop_that_cannot_write_its_heartbeat_a_dead_ticker_and_missing_definitions_are_named(site: Site) -> None:
    site.beats()
    site.now, site.silent_s, site.wrong = NOW + 2 * MINUTE + SECOND, 100.0, "no promise is defined"
    told = site.ask("/readyz").data()
    assert told["heartbeat"].startswith("went well 121 s ago")
    assert (told["ticker"], told["definitions"], told["check"]) == ("silent for 100 s", "no promise is defined", "ok")


def test_a_change_that_is_not_used_is_said_and_does_not_take_the_service_away(site: Site) -> None:
    site.beats()
    site.wrong = "change not used: version 2026-01-01 of 'hot-lead' has other terms now"
    answer = site.ask("/readyz")
    assert (answer.status, answer.data()["definitions"]) == (200, site.wrong)


def test_a_database_of_another_version_is_not_ready(site: Site) -> None:
    site.beats()
    with writing(site.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert site.ask("/readyz").data()["database"] == "its tables are missing or older; run slamon db upgrade"
    with writing(site.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert site.ask("/readyz").data()["database"] == "cannot be read (StoreError)"


def test_a_database_that_is_gone_is_said_by_readyz_and_metrics_and_the_process_is_alive_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "slamon.db"
    engine = open_database(f"sqlite:///{path}")
    engine.dispose()
    path.write_bytes(b"no database any more, but long enough to be looked at " * 100)
    with Site(engine).at_work() as site:
        assert site.ask("/healthz").status == 200
        answer = site.ask("/readyz")
        assert (answer.status, answer.data()["ready"]) == (503, False)
        assert answer.data()["database"].startswith("cannot be read")
        assert "slamon_database_up 0.0" in site.ask("/metrics").body
    engine.dispose()


def test_a_database_that_does_not_answer_keeps_nobody_waiting(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr("slamon.web.health.PATIENCE_S", 0.3)
    monkeypatch.setattr("slamon.web.health.looked", lambda _view: time.sleep(2))
    began = time.monotonic()
    assert site.ask("/readyz").data()["database"].startswith("did not answer within")
    assert site.ask("/healthz").status == 200
    assert time.monotonic() - began < 1.5
