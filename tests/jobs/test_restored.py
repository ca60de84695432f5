"""A database that went back in time: what it no longer knows to be sent is looked for before it is sent again."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slamon.channels import Outgoing, SlackChannel
from slamon.core.working_time.instants import DAY, HOUR, MINUTE, SECOND
from slamon.jobs.deliver import DeliverySummary, Rules, deliver
from slamon.jobs.deliver.high_water import HighWater
from slamon.jobs.deliver.mail_log import MailLog
from slamon.store.database import open_database, reading, writing
from slamon.store.heartbeats import beat
from slamon.store.migrate import upgrade
from slamon.store.outbox import Draft, Member, depth, queue
from slamon.store.schema import deliveries
from tests.channels.fake_slack import TOKEN, Workspace, slack_workspace

START = 1_795_000_000_000_000


class Clock:
    """A clock that the test moves."""

    now = START

    def __call__(self) -> int:
        return self.now


class Desk:
    """A database that can be replaced by its backup, and a Slack that remembers."""

    def __init__(self, folder: Path, slack: Workspace) -> None:
        self.file, self.backup, self.slack, self.clock = folder / "slamon.db", folder / "backup.db", slack, Clock()
        self.engine = open_database(f"sqlite:///{self.file}")
        self.water = folder / ".slamon" / "claims"
        upgrade(self.engine)

    def put(self, group: str, *cycles: str, at: int | None = None) -> None:
        now = at or self.clock()
        members = tuple(Member(cycle, "breach", 0) for cycle in cycles or (group,))
        payload = {"text": f"news of {group}", "blocks": [], "images": []}
        with writing(self.engine) as connection:
            queue(connection, [Draft("slack", "#sales-emea", "breach", 0, group, payload, now, now, members)])

    def run(self, times: int = 3) -> int:
        """The service, started anew; how many were found where they had arrived."""
        rules, found = Rules(high_water=HighWater(self.water)), 0
        for _ in range(times):
            channel = SlackChannel(TOKEN, f"{self.slack.address}/api/", "#sla")
            found += deliver(self.engine, {"slack": channel}, self.clock, owner="test", rules=rules).found
            with writing(self.engine) as connection:
                beat(connection, "deliver", self.clock(), ok=True)
            self.clock.now += 30 * SECOND
        return found

    def back_up(self) -> None:
        self.engine.dispose()  # closing the last connection writes the log into the file
        shutil.copy(self.file, self.backup)
        self.engine = open_database(f"sqlite:///{self.file}")

    def restore(self) -> None:
        self.engine.dispose()
        for path in self.file.parent.glob("slamon.db*"):
            path.unlink()
        shutil.copy(self.backup, self.file)
        self.engine = open_database(f"sqlite:///{self.file}")

    def texts(self) -> list[str]:
        return [message["text"] for message in self.slack.in_channel("#sales-emea")]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with slack_workspace() as slack:
        found = Desk(tmp_path, slack)
        yield found
        found.engine.dispose()


@pytest.mark.faults
def test_f35_after_an_older_backup_is_put_in_place_nothing_is_said_again(desk: Desk) -> None:
    desk.put("one")
    desk.run()
    desk.put("two")
    desk.back_up()
    desk.run()  # sends two
    desk.clock.now += HOUR
    desk.put("three")
    desk.run()
    desk.restore()  # two waits again, three is unknown
    desk.clock.now += MINUTE
    desk.put("three")  # the check finds it anew
    desk.put("four")
    assert desk.run() == 2
    assert desk.texts() == ["news of one", "news of two", "news of three", "news of four"]
    with reading(desk.engine) as connection:
        assert depth(connection) == {"sent": 4}


@pytest.mark.faults
def test_f35_the_same_news_in_a_group_of_another_name_is_known_again(desk: Desk) -> None:
    desk.back_up()
    desk.put("group of two", "Jane", "John")
    desk.run()
    desk.restore()
    desk.put("another name", "John", "Jane")
    assert desk.run() == 1
    assert desk.texts() == ["news of group of two"]


@pytest.mark.faults
def test_a_database_begun_anew_says_nothing_again_either(desk: Desk) -> None:
    desk.back_up()
    desk.put("one")
    desk.run()
    desk.engine.dispose()
    for path in desk.file.parent.glob("slamon.db*"):
        path.unlink()
    desk.engine = open_database(f"sqlite:///{desk.file}")
    upgrade(desk.engine)
    desk.put("one")
    assert desk.run() == 1
    assert desk.texts() == ["news of one"]


def test_while_the_database_goes_on_nothing_is_looked_for(desk: Desk) -> None:
    for name in ("one", "two", "three"):
        desk.put(name)
        desk.run()
    assert desk.slack.asked("conversations.history") == 0
    assert desk.water.read_text(encoding="ascii") == "3\n"


@pytest.mark.faults
def test_a_day_after_the_restoring_messages_go_out_at_once_again(desk: Desk) -> None:
    desk.back_up()
    desk.put("one")
    desk.run()
    desk.restore()
    desk.run(1)
    desk.clock.now += DAY
    desk.put("two")
    desk.run()
    assert desk.slack.asked("conversations.history") == 0


@pytest.mark.parametrize("content", ["", "many", "-3", "9" * 30, "\x00"])
def test_a_damaged_count_beside_the_database_counts_as_none(tmp_path: Path, content: str) -> None:
    file = tmp_path / "claims"
    file.write_text(content, encoding="utf-8")
    assert HighWater(file).seen() == 0


class Post:
    """A mail server that takes everything."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        self.taken.append(outgoing.payload["subject"])
        return {"message_id": f"<{outgoing.delivery_id}@example.com>"}


def mail(desk: Desk, group: str, *cycles: str) -> None:
    payload = {"mode": "post", "subject": f"news of {group}", "text": "", "html": "", "images": []}
    members = tuple(Member(cycle, "breach", 0) for cycle in cycles or (group,))
    with writing(desk.engine) as connection:
        queue(connection, [Draft("email", "ana@example.com", "breach", 0, group, payload, desk.clock(), desk.clock(), members)])


def post_round(desk: Desk, post: Post) -> DeliverySummary:
    """The service, started anew."""
    rules = Rules(high_water=HighWater(desk.water), mail_log=MailLog(desk.water.with_name("mails")))
    desk.clock.now += 30 * SECOND
    return deliver(desk.engine, {"email": post}, desk.clock, owner="test", rules=rules)


@pytest.mark.faults
def test_f35_after_an_older_backup_is_put_in_place_no_mail_is_sent_again(desk: Desk) -> None:
    post = Post()
    desk.back_up()
    mail(desk, "one")
    mail(desk, "group of two", "Jane", "John")
    assert post_round(desk, post).sent == 2
    desk.restore()
    mail(desk, "one")
    mail(desk, "another name", "John", "Jane")
    mail(desk, "three")
    told = post_round(desk, post)
    assert (told.sent, told.found) == (3, 2)
    assert sorted(post.taken) == ["news of group of two", "news of one", "news of three"]


@pytest.mark.faults
def test_a_mail_that_the_server_took_before_we_died_is_not_sent_again(desk: Desk) -> None:
    post = Post()
    mail(desk, "one")
    assert post_round(desk, post).sent == 1
    with writing(desk.engine) as connection:  # as if nobody had written down that it was sent
        connection.execute(deliveries.update().values(state="unsure", sent_at=None, reference=None, release_at=desk.clock()))
    assert post_round(desk, post).found == 1
    assert post.taken == ["news of one"]


def test_what_was_sent_more_than_a_week_ago_is_forgotten(desk: Desk) -> None:
    post, log = Post(), desk.water.with_name("mails")
    mail(desk, "one")
    post_round(desk, post)
    mail(desk, "two")
    post_round(desk, post)
    assert len(log.read_text().splitlines()) == 2
    desk.clock.now += 9 * DAY
    mail(desk, "three")
    post_round(desk, post)
    assert len(log.read_text().splitlines()) == 1
    assert "ana@example.com" not in log.read_text()


@pytest.mark.parametrize("content", ["", "many\n", "{}\n[]\n", '{"at": "x", "keys": ["a"], "reference": {}}\n', "\xff\n"])
def test_a_damaged_log_of_mails_knows_of_none_and_goes_on(desk: Desk, content: str) -> None:
    post, log = Post(), desk.water.with_name("mails")
    log.parent.mkdir(parents=True)
    log.write_text(content, encoding="latin-1")
    mail(desk, "one")
    assert post_round(desk, post).sent == 1
