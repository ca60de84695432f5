"""Delivery over a real connection to a Slack that breaks: whatever it answers, its channel shows each message once, in order."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from slamon.channels import SlackChannel
from slamon.core.working_time.instants import SECOND
from slamon.jobs.deliver import deliver
from slamon.store.database import reading, writing
from slamon.store.outbox import Draft, Member, delivery_id, depth, queue
from tests.channels.fake_slack import TOKEN, Fault, Workspace, slack_workspace

START = 1_795_000_000_000_000
BROKEN = {
    "500": ("status", "500"),
    "503": ("status", "503"),
    "a reset": ("reset", ""),
    "a disconnect": ("disconnect", ""),
    "half a body": ("half body", ""),
    "a page": ("body", "<html>Bad Gateway</html>"),
    "fatal_error": ("error", "fatal_error"),
}


class Clock:
    """A clock that the test moves."""

    now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with slack_workspace() as found:
        yield found


def put(engine: Engine, text: str, at: int, *, mode: str = "post", kind: str = "breach", follows: str | None = None) -> str:
    payload = {"text": text, "blocks": [], "images": [], "mode": mode}
    with writing(engine) as connection:
        queue(connection, [Draft("slack", "#sales-emea", kind, 0, "cycle", payload, at, at, (Member("cycle", kind, 0),), follows)])
    return delivery_id("#sales-emea", kind, 0, "cycle")


def run_for(engine: Engine, slack: Workspace, clock: Clock, seconds: int) -> None:
    channel = SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")
    for _ in range(seconds // 10):
        deliver(engine, {"slack": channel}, clock, owner="test")
        clock.now += 10 * SECOND


@pytest.mark.faults
@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
@pytest.mark.parametrize("answer", BROKEN)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_an_answer_that_says_nothing_the_message_is_there_once_within_three_minutes(
    engine: Engine, slack: Workspace, answer: str, stored: bool
) -> None:
    kind, value = BROKEN[answer]
    slack.faults = [Fault("chat.postMessage", kind, stored, value)]
    put(engine, "Past target: Jane Roe", START)
    run_for(engine, slack, Clock(), 180)
    assert [message["text"] for message in slack.in_channel("#sales-emea")] == ["Past target: Jane Roe"]
    assert slack.asked("chat.postMessage") == (1 if stored else 2)
    with reading(engine) as connection:
        assert depth(connection) == {"sent": 1}


@pytest.mark.faults
def test_a_breach_its_late_answer_and_its_correction_are_one_message_with_one_reply_through_every_fault(
    engine: Engine, slack: Workspace
) -> None:
    clock = Clock()
    slack.faults = [
        Fault("chat.postMessage", "reset", stored=True),
        Fault("conversations.history", "status", value="500"),
        Fault("chat.update", "status", stored=True, value="500"),
    ]
    first = put(engine, "Past target: Jane Roe", START)
    run_for(engine, slack, clock, 10)
    put(engine, "Answered 10 minutes late", START + 1, mode="update", kind="answered late", follows=first)
    put(engine, "Thank you: the call was logged later", START + 2, mode="reply", kind="corrected", follows=first)
    run_for(engine, slack, clock, 300)
    with reading(engine) as connection:
        assert depth(connection) == {"sent": 3}
    shown = [(message["text"], bool(message.get("thread_ts"))) for message in slack.in_channel("#sales-emea")]
    assert shown == [("Answered 10 minutes late", False), ("Thank you: the call was logged later", True)]
    assert (slack.asked("chat.postMessage"), slack.asked("chat.update")) == (2, 2)


def test_a_rate_limited_channel_is_called_again_when_slack_said_and_not_before(engine: Engine, slack: Workspace) -> None:
    clock = Clock()
    slack.faults = [Fault("chat.postMessage", "rate limit", value="30")]
    put(engine, "Past target: Jane Roe", START)
    run_for(engine, slack, clock, 30)
    assert slack.asked("chat.postMessage") == 1
    run_for(engine, slack, clock, 10)
    assert (slack.asked("chat.postMessage"), len(slack.messages)) == (2, 1)


def test_a_revoked_token_keeps_everything_until_a_new_one_is_given(engine: Engine, slack: Workspace) -> None:
    clock = Clock()
    put(engine, "Past target: Jane Roe", START)
    revoked = SlackChannel("xoxb-revoked", f"{slack.address}/api/", "#sla")
    summary = deliver(engine, {"slack": revoked}, clock, owner="test")
    assert (summary.again, summary.troubles) == (1, ("slack: invalid_auth",))
    clock.now += 3600 * SECOND
    run_for(engine, slack, clock, 10)
    assert len(slack.messages) == 1
