"""What waits because sending fails is told by the other route within five minutes, once a cause; what is mended goes out within a minute."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from slamon.channels import Channel, DeliveryError, Failure, Outgoing, SlackChannel
from slamon.core.explain.wording import on_clock
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, SECOND, iso
from slamon.jobs.deliver import deliver
from slamon.jobs.deliver.reopening import Reopening
from slamon.jobs.troubles import Operators, tell_operator
from slamon.store.database import open_database, reading, writing
from slamon.store.facts.crew import PersonRow, replace_crew
from slamon.store.migrate import upgrade
from slamon.store.outbox import Delivery, Draft, Member, depth, load_deliveries, queue
from slamon.store.outbox.claims import Unsure, claim, settle
from slamon.store.outbox.stuck import stuck
from tests.channels.fake_slack import TOKEN, Fault, Workspace, slack_workspace
from tests.jobs.test_troubles import BOTH, START, Clock, Mailbox

OPS = Operators(("ops@example.com",), BOTH, "Europe/Berlin")
NOBODY_LISTENS = "http://127.0.0.1:9/api/"


class Post:
    """A service that delivers every few seconds, its Slack, and the operator's mailbox."""

    def __init__(self, engine: Engine, slack: Workspace) -> None:
        self.engine, self.slack, self.clock, self.mail, self.reopening = engine, slack, Clock(), Mailbox(), Reopening()
        self.there = SlackChannel(TOKEN, f"{slack.address}/api/", "#sla")
        self.channels: dict[str, Channel] = {"slack": self.there, "email": self.mail}

    def goes_away(self) -> None:
        self.channels["slack"] = SlackChannel(TOKEN, NOBODY_LISTENS, "#sla")

    def put(self, name: str, destination: str = "#sales-emea", channel: str = "slack", release_at: int = 0) -> None:
        payload = {"text": name, "blocks": [], "images": []}
        release = max(release_at, self.clock())
        draft = Draft(channel, destination, "breach", 0, name, payload, self.clock(), release, (Member(name, "breach", 0),))
        with writing(self.engine) as connection:
            queue(connection, [draft])

    def run_for(self, length: int, step: int = 15 * SECOND) -> None:
        until = self.clock() + length
        while self.clock() < until:
            self.reopening.ask(self.engine, self.channels, self.clock())
            deliver(self.engine, self.channels, self.clock, owner="test")
            tell_operator(self.engine, OPS, self.clock())
            self.clock.now += step

    def subjects(self) -> list[str]:
        return [mail["subject"] for mail in self.mail.mails]


@pytest.fixture
def post(sqlite_url: str) -> Iterator[Post]:
    engine = open_database(sqlite_url)
    upgrade(engine)
    with slack_workspace() as slack:
        yield Post(engine, slack)
    engine.dispose()


@pytest.mark.faults
def test_a_slack_that_is_away_is_told_by_mail_within_five_minutes_and_once(post: Post) -> None:
    post.goes_away()
    for number in range(4):
        post.put(f"text {number}", f"#c{number}")
    post.run_for(3 * MINUTE)
    assert post.subjects() == []
    post.run_for(2 * MINUTE)
    assert post.subjects() == ["slamon: Nothing gets through to Slack"]
    assert "4 messages wait since" in post.mail.mails[0]["text"]
    post.run_for(2 * HOUR, step=5 * MINUTE)
    assert len(post.mail.mails) == 1
    post.run_for(DAY, step=HOUR)
    assert len(post.mail.mails) == 2


@pytest.mark.faults
def test_where_only_one_place_fails_the_place_and_the_reason_are_named(post: Post) -> None:
    post.slack.faults = [Fault("chat.postMessage", "rate limit", value="3600")]
    post.put("held back")
    post.run_for(MINUTE)
    for minute in range(5):
        post.put(f"flows {minute}", "#sla")
        post.run_for(MINUTE)
    assert post.subjects() == ["slamon: 1 message waits for Slack, since sending fails"]
    assert "#sales-emea" in post.mail.mails[0]["text"]
    assert "rate limited" in post.mail.mails[0]["text"]


def test_what_waited_for_the_morning_has_to_fail_a_few_times_first_and_a_mail_whose_answer_was_lost_rests(post: Post) -> None:
    post.goes_away()
    post.put("at dawn", release_at=START + HOUR)
    post.put("mail", "ana@example.com", "email")
    (claimed,) = claim(post.engine, post.clock(), "test", 1)
    settle(post.engine, claimed, Unsure(post.clock() + 10 * MINUTE, "its answer was lost"))
    post.clock.now += 5 * MINUTE
    with reading(post.engine) as connection:
        assert stuck(connection, post.clock()) == []
    post.clock.now = START + HOUR
    post.run_for(30 * SECOND)
    with reading(post.engine) as connection:
        assert stuck(connection, post.clock()) == []


@pytest.mark.faults
def test_six_people_who_are_gone_at_once_are_one_notice_that_names_them(post: Post) -> None:
    with writing(post.engine) as connection:
        persons = [PersonRow(f"70{number}", "Jane Roe", f"rep{number}@example.com") for number in range(7)]
        replace_crew(connection, "crm", [*persons, PersonRow("rep7@example.com", "Tom Poe", "rep7@example.com")], (), START)
    for number in range(6):
        post.put(f"text {number}", f"rep{number}@example.com")
        post.run_for(6 * SECOND, step=6 * SECOND)
    post.run_for(10 * MINUTE)
    (mail,) = post.mail.mails
    assert mail["subject"] == "slamon: 6 Slack destinations are gone"
    assert all(f"70{number} (***@example.com)" in mail["text"] for number in range(6))
    assert "people.yaml" in mail["text"]
    post.put("one more", "rep7@example.com")
    post.put("again", "rep1@example.com")
    post.run_for(50 * MINUTE, step=5 * MINUTE)
    assert len(post.mail.mails) == 1
    post.run_for(HOUR, step=5 * MINUTE)
    assert post.subjects()[1:] == ["slamon: A Slack destination is gone"]
    assert "Tom Poe (***@example.com)" in post.mail.mails[1]["text"]


@pytest.mark.faults
def test_a_token_that_is_reinstated_lets_everything_go_within_a_minute_and_nothing_is_posted_to_find_out(post: Post) -> None:
    post.slack.faults = [Fault(method, "error", value="token_revoked") for method in ("chat.postMessage", "auth.test") for _ in range(90)]
    for number in range(3):
        post.put(f"text {number}")
    post.run_for(8 * MINUTE, step=10 * SECOND)
    assert post.slack.asked("chat.postMessage") <= 3
    assert 8 <= post.slack.asked("auth.test") <= 10
    post.slack.faults.clear()
    post.run_for(MINUTE, step=10 * SECOND)
    assert {message["text"] for message in post.slack.in_channel("#sales-emea")} == {"text 0", "text 1", "text 2"}


def test_where_we_are_known_and_may_not_post_it_is_not_tried_each_minute(post: Post) -> None:
    post.slack.faults = [Fault("chat.postMessage", "error", value="missing_scope") for _ in range(90)]
    post.put("text")
    post.run_for(HOUR, step=MINUTE)
    assert post.slack.asked("chat.postMessage") <= 2 + 2 * 4


def test_a_mail_server_is_not_asked_with_a_wrong_password_each_minute(post: Post) -> None:
    class Refusing:
        asked = 0

        def send(self, _: Outgoing) -> dict[str, str]:
            raise DeliveryError(Failure.CLOSED, "535 login refused")

        def examine(self) -> str:
            self.asked += 1
            return "mail"

    server = Refusing()
    post.channels["email"] = server
    post.put("text", "ana@example.com", "email")
    post.run_for(10 * MINUTE, step=30 * SECOND)
    assert server.asked == 0
    with reading(post.engine) as connection:
        assert depth(connection)["pending"] >= 1


def refuse(post: Post, times: int) -> None:
    post.slack.faults += [Fault("chat.postMessage", "error", value="invalid_blocks") for _ in range(times)]


@pytest.mark.faults
def test_a_message_that_slack_refuses_for_good_is_told_once_with_its_plan_and_what_helps(post: Post) -> None:
    refuse(post, 4)
    post.put("refused")
    post.run_for(MINUTE + 15 * SECOND)
    post.put("flows", "#sla")
    post.run_for(5 * MINUTE)
    refuse(post, 2)
    (mail,) = post.mail.mails
    assert mail["subject"] == "slamon: Slack refuses 1 message"
    (letter,) = _waiting(post)
    last_try = on_clock(f"{iso(letter.release_at)[:16].replace('T', ' ')} UTC", "Europe/Berlin")
    assert "UTC" not in last_try
    assert f"It was tried twice; the last try is at {last_try}, then it is given up" in mail["text"]
    assert "invalid_blocks (with its layout, and as plain text as well)" in mail["text"]
    assert f"slamon outbox show {letter.id[:8]}" in mail["text"]
    assert f"slamon outbox drop {letter.id[:8]}" in mail["text"]
    post.run_for(50 * MINUTE, step=MINUTE)
    with reading(post.engine) as connection:
        assert depth(connection)["dead"] == 1
    assert len(post.mail.mails) == 1
    post.run_for(HOUR, step=MINUTE)
    assert post.subjects()[1:] == ["slamon: 1 message could not be delivered"]
    assert "report the reason as a bug of slamon" in post.mail.mails[1]["text"]


@pytest.mark.faults
def test_one_message_that_is_refused_never_means_that_nothing_gets_through(post: Post) -> None:
    refuse(post, 6)
    post.put("refused")
    post.run_for(12 * MINUTE)
    with reading(post.engine) as connection:
        (found,) = stuck(connection, post.clock())
    assert (found.whole, [each.id for each in found.refused]) == (False, [_waiting(post)[0].id])
    assert post.subjects() == ["slamon: Slack refuses 1 message"]


@pytest.mark.faults
def test_what_got_through_since_a_message_was_queued_shows_that_it_is_not_the_whole_channel(post: Post) -> None:
    post.channels["slack"] = _Picky(post.there)
    post.put("fails")
    post.run_for(2 * MINUTE)
    post.put("flows", "#sla")
    post.run_for(30 * MINUTE, step=5 * MINUTE)
    assert post.subjects() == ["slamon: 1 message waits for Slack, since sending fails"]


@pytest.mark.faults
def test_a_reason_that_was_told_of_one_place_is_not_told_again_within_the_hour_when_all_fails_by_it(post: Post) -> None:
    post.channels["slack"] = _Picky(post.there)
    post.put("fails")
    post.run_for(15 * SECOND)
    post.put("flows", "#sla")
    post.run_for(6 * MINUTE)
    assert post.subjects() == ["slamon: 1 message waits for Slack, since sending fails"]
    post.put("fails as well")
    post.run_for(50 * MINUTE, step=10 * MINUTE)
    with reading(post.engine) as connection:
        assert [each.whole for each in stuck(connection, post.clock())] == [True]
    assert len(post.mail.mails) == 1
    post.run_for(30 * MINUTE, step=10 * MINUTE)
    assert post.subjects()[1:] == ["slamon: Nothing gets through to Slack"]


class _Picky:
    """A Slack that does not answer for one channel."""

    def __init__(self, slack: SlackChannel) -> None:
        self._slack = slack

    def send(self, outgoing: Outgoing) -> dict[str, object]:
        if outgoing.destination == "#sales-emea":
            raise DeliveryError(Failure.DEFINITE, "a_code_of_next_year")
        return self._slack.send(outgoing)


def _waiting(post: Post) -> list[Delivery]:
    with reading(post.engine) as connection:
        return load_deliveries(connection, ["pending"])
