"""`slamon outbox` and `slamon send`: who waits and why is seen, mended and written down; people and secrets are not shown."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from slamon.cli import run
from slamon.core.working_time.instants import MINUTE, iso
from slamon.store.database import open_database, reading, writing
from slamon.store.facts.crew import PersonRow, replace_crew
from slamon.store.migrate import prepare
from slamon.store.outbox import Draft, Member, load_deliveries, queue
from slamon.store.outbox.claims import Again, Dead, Sent, claim, settle
from slamon.store.schema import audit
from tests.channels.fake_mail import mail_server
from tests.channels.fake_slack import TOKEN, Fault, Workspace, slack_workspace

NOW = 1_795_000_000_000_000
ANA = "ana.planted@example.com"
WHO = ["--by", "Ann Ops", "--reason", "the channel is back"]


class Place:
    """A workspace with messages in every state."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine = folder, engine

    def put(self, name: str, destination: str = "#sales", channel: str = "slack") -> str:
        payload = {"text": f"About {ANA}", "blocks": [], "images": []}
        draft = Draft(channel, destination, "breach", 0, name, payload, NOW, NOW, (Member(f"cycle-{name}", "breach", 0),))
        with writing(self.engine) as connection:
            return queue(connection, [draft])[0].id

    def fail(self, outcome: Again | Dead | Sent) -> None:
        (claimed,) = claim(self.engine, NOW, "test", 1)
        assert settle(self.engine, claimed, outcome)

    def run(self, *arguments: str) -> int:
        return run([*arguments, "--config", str(self.folder)])

    def state(self, delivery: str) -> str:
        with reading(self.engine) as connection:
            found = load_deliveries(connection, ["pending", "dead", "sent", "dropped"])
        return next(each.state for each in found if each.id == delivery)

    def audited(self) -> list[tuple[str, str, str, str]]:
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(select(audit.c.by, audit.c.action, audit.c.subject, audit.c.reason))]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "slamon.yaml").write_text("database: sqlite:///slamon.db\n", encoding="utf-8")
    engine = open_database(f"sqlite:///{tmp_path / 'slamon.db'}")
    prepare(engine)
    yield Place(tmp_path, engine)
    engine.dispose()


def test_a_message_given_up_is_shown_with_its_reason_and_the_command_that_sends_it(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    found = place.put("one")
    place.fail(Dead("given up after 3 attempts: channel_not_found"))
    assert place.run("outbox", "show", found[:8]) == 0
    said = capsys.readouterr().out
    assert "channel_not_found" in said
    assert "cycle-one" in said
    assert f"slamon outbox retry {found[:8]}" in said


def test_the_list_shows_the_whole_reason_and_when_the_next_try_is(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = place.put("one", "#sales-emea")
    place.fail(Again(NOW + 15 * MINUTE, "refused for good: invalid_blocks_format"))
    assert place.run("outbox", "list") == 0
    said = capsys.readouterr().out
    assert f"{found[:8]}  refused for good: invalid_blocks_format" in said.splitlines()
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in said.splitlines() if line.startswith("│")]
    assert " ".join(row[-1] for row in rows) == iso(NOW + 15 * MINUTE)[:19].replace("T", " ")


def test_whoever_forgets_the_reason_is_shown_one_that_fits(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    found = place.put("one")
    assert place.run("outbox", "drop", found[:8]) == 2
    assert '--reason "why it is not to be said"' in capsys.readouterr().err
    assert place.run("outbox", "retry", found[:8]) == 2
    assert '--reason "what was mended"' in capsys.readouterr().err


def test_a_retry_puts_it_back_in_line_and_writes_down_who_and_why(place: Place) -> None:
    found = place.put("one")
    place.fail(Dead("channel_not_found"))
    assert place.run("outbox", "retry", found[:8]) == 2
    assert place.state(found) == "dead"
    assert place.run("outbox", "retry", found[:8], *WHO) == 0
    assert place.state(found) == "pending"
    assert place.audited() == [("Ann Ops", "retry a message", found, "the channel is back")]


def test_all_that_were_given_up_or_are_held_back_can_be_tried_again_at_once(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    first = place.put("one", "#a")
    place.fail(Dead("channel_not_found"))
    second = place.put("two", "#b")
    place.fail(Again(NOW + 10**9, "invalid_auth", "channel"))
    assert place.run("outbox", "retry", "--dead", "--held", *WHO) == 0
    assert "2 messages are back in line" in capsys.readouterr().out
    assert {each.id for each in claim(place.engine, 2 * NOW, "test", 10)} == {first, second}


def test_a_dropped_message_is_gone_with_who_and_why_and_a_sent_one_stays(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    first = place.put("one")
    place.fail(Sent(NOW, {"channel": "C1", "ts": "1"}))
    assert place.run("outbox", "drop", first[:8], *WHO) == 2
    assert "is sent" in capsys.readouterr().err
    second = place.put("two")
    assert place.run("outbox", "drop", second[:8], *WHO) == 0
    assert place.state(second) == "dropped"
    assert [row[1] for row in place.audited()] == ["drop a message"]


def test_an_id_that_is_none_or_several_is_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(20):
        place.put(f"number {number}")
    assert place.run("outbox", "show", "nothing") == 2
    assert "no message has an id" in capsys.readouterr().err
    with reading(place.engine) as connection:
        ids = [each.id for each in load_deliveries(connection, ["pending"])]
    letter = next(each for each in "0123456789abcdef" if sum(id_.startswith(each) for id_ in ids) > 1)
    assert place.run("outbox", "show", letter) == 2
    assert "type more of it" in capsys.readouterr().err


def test_a59_a63_no_listing_shows_a_person_or_a_secret(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    found = place.put("one", ANA, "email")
    place.fail(Dead(f"550 no such user {ANA}, token {TOKEN}"))
    for arguments in (["list"], ["list", "--json"], ["show", found], ["show", found, "--json"], ["list", "--state", "dead", "--to", ANA]):
        assert place.run("outbox", *arguments) == 0
    said = capsys.readouterr()
    assert ANA not in said.out + said.err
    assert TOKEN not in said.out + said.err
    assert "example.com" in said.out


def test_the_person_whom_a_message_goes_to_is_named_by_id(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(place.engine) as connection:
        replace_crew(connection, "crm", [PersonRow("7001", "Ana Roe", ANA)], (), NOW)
    found = place.put("one", ANA, "email")
    assert place.run("outbox", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["destination"] == "7001 (***@example.com)"
    assert place.run("outbox", "show", found) == 0
    assert "7001 (***@example.com)" in capsys.readouterr().out


def test_what_waits_for_one_person_can_be_asked_for(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    found = place.put("one", ANA, "email")
    place.put("two")
    assert place.run("outbox", "list", "--to", ANA, "--json") == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == [found]


@pytest.fixture
def slack(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with slack_workspace() as found:
        (place.folder / "slamon.yaml").write_text(f'slack: {{api_url: "{found.address}/api/"}}\n', encoding="utf-8")
        monkeypatch.setenv("SLAMON_SLACK_BOT_TOKEN", TOKEN)
        yield found


def test_a_test_message_says_where_it_arrived(place: Place, slack: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("send", "--test", "#sales-emea") == 0
    (message,) = slack.in_channel("#sales-emea")
    assert "test message" in message["text"]
    said = json.dumps(message["blocks"])
    assert "Nothing is asked of you. Thank you." in said
    assert "nothing to do" not in said
    assert message["ts"] in capsys.readouterr().out


def test_a_test_message_that_does_not_arrive_says_why_and_goes_nowhere_else(
    place: Place, slack: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run("send", "--test", "#gone") == 3
    assert "channel_not_found" in capsys.readouterr().err
    slack.faults = [Fault("chat.postMessage", "reset", stored=True)]
    assert place.run("send", "--test", "#sales-emea") == 3
    assert "Nobody knows whether it arrived" in capsys.readouterr().err
    assert len(slack.messages) == 1


def test_a_person_is_tested_in_slack_where_alerts_reach_people(place: Place, slack: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    slack.people[ANA] = "U0PLANTED1"
    assert place.run("send", "--test", ANA, "--via", "slack") == 0
    assert "Slack took it" in capsys.readouterr().out
    assert slack.asked("chat.postMessage") == 1
    assert place.run("send", "--test", "#sales-emea", "--via", "email") == 2
    assert "--via 'email' does not lead to '#sales-emea'" in capsys.readouterr().err


def test_a_slack_that_is_not_reached_is_not_mended_by_another_token(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.folder / "slamon.yaml").write_text('slack: {api_url: "http://127.0.0.1:9/api/"}\n', encoding="utf-8")
    monkeypatch.setenv("SLAMON_SLACK_BOT_TOKEN", TOKEN)
    assert place.run("send", "--test", "#sales") == 3
    said = capsys.readouterr().err
    assert "network, proxy, slack.api_url" in said
    assert "token" not in said


def test_a_test_mail_says_that_it_was_mail_where_alerts_go_by_slack(
    place: Place, slack: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server() as server:
        with (place.folder / "slamon.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"email: {{smtp: 'smtp://127.0.0.1:{server.port}', from: SLA <sla@example.com>}}\n")
        assert place.run("send", "--test", "ops@example.com") == 0
    assert "--via slack" in capsys.readouterr().out
    assert slack.messages == []


def test_a_test_mail_arrives(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with mail_server() as server:
        settings = f"email: {{smtp: 'smtp://127.0.0.1:{server.port}', from: SLA <sla@example.com>}}\n"
        (place.folder / "slamon.yaml").write_text(settings, encoding="utf-8")
        assert place.run("send", "--test", "ops@example.com") == 0
    assert "the mail server took it" in capsys.readouterr().out


def test_without_a_channel_a_test_message_is_a_file(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("send", "--test", "#sales") == 3
    assert "Written as a file" in capsys.readouterr().out
    assert place.run("send", "--test", "the boss") == 2
