"""The operator is told by the other route when messages do not get through: in time, once a cause, with the command that mends it."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select

from slamon.channels import Channel, SlackChannel
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, SECOND
from slamon.jobs.deliver import deliver
from slamon.jobs.troubles import Operators, SaidHere, Told, routes, tell_operator
from slamon.store.database import open_database, reading, writing
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, depth, queue
from slamon.store.outbox.claims import Dead, claim, settle
from slamon.store.outbox.lanes import reopen
from slamon.store.schema import deliveries
from tests.channels.fake_slack import TOKEN, Workspace, slack_workspace

START = 1_795_000_000_000_000
BOTH = frozenset({"slack", "email"})
OPERATORS = Operators(("ops@example.com", "#slamon-ops"), BOTH, "Europe/Berlin")
ANA = "ana.planted@example.com"


class Clock:
    """A clock that the test moves."""

    now = START

    def __call__(self) -> int:
        return self.now


class Mailbox:
    """A mail channel that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[dict[str, str]] = []

    def send(self, outgoing: object) -> dict[str, str]:
        self.mails.append({"to": outgoing.destination, **outgoing.payload})  # type: ignore[attr-defined]  # an Outgoing
        return {"message_id": "<1@example.com>"}


class Desk:
    """A database, a Slack whose token was revoked, a mailbox, and the delivery job with its telling."""

    def __init__(self, engine: Engine, slack: Workspace) -> None:
        self.engine, self.slack, self.clock, self.mail = engine, slack, Clock(), Mailbox()
        self.revoke()

    def revoke(self) -> None:
        self.channels: dict[str, Channel] = {"slack": self._slack("xoxb-revoked-token"), "email": self.mail}

    def mend(self) -> None:
        self.channels["slack"] = self._slack(TOKEN)
        reopen(self.engine, self.clock())

    def _slack(self, token: str) -> SlackChannel:
        return SlackChannel(token, f"{self.slack.address}/api/", "#sla")

    def put(self, name: str, destination: str = "#sales-emea") -> None:
        payload = {"text": name, "blocks": [], "images": []}
        draft = Draft("slack", destination, "breach", 0, name, payload, self.clock(), self.clock(), (Member(name, "breach", 0),))
        with writing(self.engine) as connection:
            queue(connection, [draft])

    def run_for(self, length: int, step: int = 30 * SECOND, operators: Operators = OPERATORS) -> None:
        until = self.clock() + length
        while self.clock() < until:
            deliver(self.engine, self.channels, self.clock, owner="test")
            tell_operator(self.engine, operators, self.clock())
            self.clock.now += step

    def states(self) -> dict[str, int]:
        with reading(self.engine) as connection:
            return depth(connection)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    engine = open_database(sqlite_url)
    upgrade(engine)
    with slack_workspace() as slack:
        slack.channels["#slamon-ops"] = "C0OPS00001"
        yield Desk(engine, slack)
    engine.dispose()


@pytest.mark.faults
def test_f16_a_revoked_token_is_told_by_mail_within_five_minutes_and_nothing_is_lost(desk: Desk) -> None:
    desk.put("Past target: Jane Roe")
    desk.run_for(5 * MINUTE)
    (mail,) = desk.mail.mails
    assert mail["to"] == "ops@example.com"
    assert mail["subject"] == "slamon: Slack does not let us in"
    assert "invalid_auth" in mail["text"]
    assert "1 message waits since" in mail["text"]
    assert "UTC" not in mail["text"], "the operator's own clock, as in the rest of the notice"
    assert "slamon outbox retry --held" in mail["text"]
    desk.mend()
    desk.run_for(MINUTE)
    assert [message["text"] for message in desk.slack.in_channel("#sales-emea")] == ["Past target: Jane Roe"]
    assert "pending" not in desk.states()


@pytest.mark.faults
def test_f16_it_stops_calling_and_asks_once_in_a_quarter_of_an_hour(desk: Desk) -> None:
    for number in range(30):
        desk.slack.channels[f"#c{number}"] = f"C{number:09d}"
        desk.put(f"text {number}", f"#c{number}")
    desk.run_for(MINUTE)
    assert desk.slack.asked("chat.postMessage") <= 3
    desk.run_for(DAY // 4, step=5 * MINUTE)
    assert desk.slack.asked("chat.postMessage") <= 3 + 2 + 24
    desk.mend()
    desk.run_for(MINUTE)
    assert desk.states() == {"sent": 30 + 1}


@pytest.mark.faults
def test_one_cause_that_lasts_is_told_once_a_day_and_one_that_comes_back_once_an_hour(desk: Desk) -> None:
    desk.put("one")
    desk.run_for(DAY - HOUR, step=10 * MINUTE)
    assert len(desk.mail.mails) == 1
    desk.run_for(2 * HOUR, step=10 * MINUTE)
    assert len(desk.mail.mails) == 2
    for number in range(3):
        desk.mend()
        desk.run_for(MINUTE)
        desk.revoke()
        desk.put(f"again {number}")
        desk.run_for(5 * MINUTE)
    assert len(desk.mail.mails) <= 3


@pytest.mark.faults
def test_dead_letters_are_told_with_their_reason_and_the_command_that_sends_them(desk: Desk) -> None:
    desk.mend()
    desk.put("Past target: Jane Roe", ANA)
    (claimed,) = claim(desk.engine, desk.clock(), "test", 1)
    settle(desk.engine, claimed, Dead("given up after 3 attempts: no_text"))
    desk.run_for(2 * MINUTE)
    (mail,) = desk.mail.mails
    assert mail["subject"] == "slamon: 1 message could not be delivered"
    assert "given up after 3 attempts: no_text" in mail["text"]
    assert f"slamon outbox retry {claimed.id[:8]} --by NAME" in mail["text"]
    assert ANA not in json.dumps(mail)
    assert "Jane Roe" not in json.dumps(mail)
    desk.run_for(3 * DAY, step=3 * HOUR)
    assert len(desk.mail.mails) == 1


@pytest.mark.faults
def test_fifty_dead_letters_of_one_cause_are_one_notice_at_once_and_at_most_one_an_hour(desk: Desk) -> None:
    for number in range(50):
        desk.put(f"text {number}", f"#c{number}")
    for claimed in claim(desk.engine, desk.clock(), "test", 60):
        settle(desk.engine, claimed, Dead("given up after 3 attempts: no_text"))
    desk.run_for(2 * MINUTE)
    assert [mail["subject"] for mail in desk.mail.mails] == ["slamon: 50 messages could not be delivered"]
    desk.put("one more", "#late")
    (late,) = claim(desk.engine, desk.clock(), "test", 1)
    settle(desk.engine, late, Dead("given up after 3 attempts: no_text"))
    desk.run_for(30 * MINUTE, step=5 * MINUTE)
    assert len(desk.mail.mails) == 1
    desk.run_for(HOUR, step=5 * MINUTE)
    assert [mail["subject"] for mail in desk.mail.mails[1:]] == ["slamon: 1 message could not be delivered"]


@pytest.mark.faults
def test_f17_a_channel_that_is_gone_is_noted_in_the_default_channel_and_told_once_a_day(desk: Desk) -> None:
    desk.mend()
    desk.slack.archived.add("C0EMEA0001")
    for number in range(4):
        desk.put(f"text {number}")
        desk.run_for(5 * HOUR, step=HOUR)
    assert len(desk.slack.in_channel("#sla")) == 4
    assert "This was meant for #sales-emea" in json.dumps(desk.slack.in_channel("#sla")[0])
    assert len(desk.mail.mails) + len(desk.slack.in_channel("#slamon-ops")) == 1


def test_without_an_operator_it_is_said_in_the_journal(desk: Desk) -> None:
    desk.put("one")
    deliver(desk.engine, desk.channels, desk.clock, owner="test")
    told = tell_operator(desk.engine, Operators((), BOTH, "UTC"), desk.clock())
    assert told == Told(0, ("Slack does not let us in (no operator is named in slamon.yaml)",))


def test_while_all_is_well_nothing_is_written(desk: Desk) -> None:
    assert tell_operator(desk.engine, OPERATORS, START) == Told()
    with reading(desk.engine) as connection:
        assert connection.execute(select(deliveries.c.id)).first() is None


@pytest.mark.parametrize(
    ("failing", "addresses", "sending", "expected"),
    [
        ("slack", ("ops@example.com", "#ops"), {"slack", "email"}, [("email", "ops@example.com")]),
        ("email", ("ops@example.com", "#ops"), {"slack", "email"}, [("slack", "#ops")]),
        ("email", ("ops@example.com",), {"slack", "email"}, [("slack", "ops@example.com")]),
        ("slack", ("#ops",), {"slack", "email"}, [("slack", "#ops")]),
        ("slack", ("ops@example.com", "#ops"), {"slack"}, [("email", "ops@example.com"), ("slack", "#ops")]),
    ],
)
def test_the_other_route_is_taken_where_there_is_one(
    failing: str, addresses: tuple[str, ...], sending: set[str], expected: list[tuple[str, str]]
) -> None:
    assert list(routes(failing, Operators(addresses, frozenset(sending), "UTC"))) == expected


def test_without_an_operator_the_journal_has_it_once_an_hour_and_not_with_every_delivery(desk: Desk) -> None:
    said_here, heard = SaidHere(), []
    desk.put("one")
    for _ in range(13):
        deliver(desk.engine, desk.channels, desk.clock, owner="test")
        heard += said_here.news(tell_operator(desk.engine, Operators((), BOTH, "UTC"), desk.clock()).untold, desk.clock())
        desk.clock.now += 5 * MINUTE
    assert heard == 2 * ["Slack does not let us in (no operator is named in slamon.yaml)"]
