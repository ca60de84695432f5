"""Twins: what Slack stored late, after its repeat, is deleted and counted; nothing else is ever deleted."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from slamon.channels import SlackChannel
from slamon.core.working_time.instants import HOUR, MINUTE, SECOND
from slamon.jobs.deliver import deliver
from slamon.jobs.deliver.sweep import SweepSummary, sweep
from slamon.store.database import open_database, reading, writing
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, queue
from slamon.store.tallies import load_tallies
from tests.channels.fake_slack import TOKEN, Fault, Workspace, slack_workspace

START = 1_795_000_000_000_000


class Clock:
    """A clock that the test moves."""

    now = START

    def __call__(self) -> int:
        return self.now


class Desk:
    """A database, a Slack that loses the first request, and the two jobs as the service runs them."""

    def __init__(self, engine: Engine, slack: Workspace) -> None:
        self.engine, self.slack, self.clock = engine, slack, Clock()
        self.channel = SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")

    def put(self, name: str, *, mode: str = "post", follows: str | None = None) -> str:
        payload = {"text": name, "blocks": [], "images": [], "mode": mode}
        now = self.clock()
        draft = Draft("slack", "#sales-emea", "breach", 0, name, payload, now, now, (Member(name, "breach", 0),), follows)
        with writing(self.engine) as connection:
            return queue(connection, [draft])[0].id

    def run_for(self, length: int, step: int = 10 * SECOND) -> SweepSummary:
        until, seen, deleted = self.clock() + length, 0, 0
        while self.clock() < until:
            deliver(self.engine, {"slack": self.channel}, self.clock, owner="test")
            swept = sweep(self.engine, {"slack": self.channel}, self.clock)
            seen, deleted = seen + swept.seen, deleted + swept.deleted
            self.clock.now += step
        return SweepSummary(seen, deleted)

    def texts(self) -> list[str]:
        return [message["text"] for message in self.slack.in_channel("#sales-emea")]


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    engine = open_database(sqlite_url)
    upgrade(engine)
    with slack_workspace() as slack:
        yield Desk(engine, slack)
    engine.dispose()


@pytest.mark.faults
def test_f06_a_request_that_slack_stores_after_its_repeat_is_deleted_and_counted(desk: Desk) -> None:
    desk.slack.faults = [Fault("chat.postMessage", "reset")]
    desk.put("Past target: Jane Roe")
    desk.run_for(2 * MINUTE)
    assert desk.texts() == ["Past target: Jane Roe"]
    desk.slack.land_late()
    assert len(desk.texts()) == 2
    assert desk.run_for(2 * MINUTE) == SweepSummary(seen=1, deleted=1)
    assert desk.texts() == ["Past target: Jane Roe"]
    with reading(desk.engine) as connection:
        counts = {(each.name, each.outcome): each.count for each in load_tallies(connection)}
    assert (counts["twins", "seen"], counts["twins", "deleted"]) == (1, 1)


@pytest.mark.faults
def test_f06_a_twin_in_a_thread_is_deleted_too(desk: Desk) -> None:
    first = desk.put("Past target: Jane Roe")
    desk.run_for(10 * SECOND)
    desk.slack.faults = [Fault("chat.postMessage", "disconnect")]
    desk.put("Answered 4 minutes late", mode="reply", follows=first)
    desk.run_for(2 * MINUTE)
    desk.slack.land_late(1)
    assert desk.texts().count("Answered 4 minutes late") == 2
    desk.run_for(2 * MINUTE)
    assert desk.texts() == ["Past target: Jane Roe", "Answered 4 minutes late"]


def test_what_was_sent_once_is_never_looked_at_again(desk: Desk) -> None:
    desk.put("Past target: Jane Roe")
    desk.run_for(HOUR, step=5 * MINUTE)
    assert desk.slack.asked("conversations.history") == 0


@pytest.mark.faults
def test_a44_a_message_of_somebody_else_that_carries_our_mark_is_not_deleted(desk: Desk) -> None:
    desk.slack.faults = [Fault("chat.postMessage", "reset")]
    desk.put("Past target: Jane Roe")
    desk.run_for(2 * MINUTE)
    forged = desk.slack.messages[0] | {"bot_id": "B0SOMEONE", "ts": "1795000099.000100"}
    desk.slack.messages.append(forged)
    desk.run_for(30 * MINUTE, step=MINUTE)
    assert forged in desk.slack.messages


@pytest.mark.faults
def test_a_sweep_that_cannot_read_now_looks_later_and_then_finds(desk: Desk) -> None:
    desk.slack.faults = [Fault("chat.postMessage", "reset")]
    desk.put("Past target: Jane Roe")
    desk.run_for(100 * SECOND)
    desk.slack.land_late()
    desk.slack.faults = [Fault("conversations.history", "status", value="500")]
    desk.run_for(4 * MINUTE)
    assert desk.texts() == ["Past target: Jane Roe"]


@pytest.mark.faults
def test_without_the_right_to_read_the_sweep_gives_up_quietly(desk: Desk) -> None:
    desk.slack.faults = [Fault("chat.postMessage", "reset")]
    desk.put("Past target: Jane Roe")
    desk.run_for(100 * SECOND)
    before = desk.slack.asked("conversations.history")
    desk.slack.faults = [Fault("conversations.history", "error", value="missing_scope")]
    desk.run_for(HOUR, step=5 * MINUTE)
    assert desk.slack.asked("conversations.history") == before + 1
