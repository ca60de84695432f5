"""One lead's morning, told from the CRM to what people see in Slack and in their mailboxes."""

import email
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest
from sqlalchemy import Engine

from slamon.bootstrap import Shop
from slamon.core.working_time.periods import Period, bounds_of
from slamon.definition_files import load_workspace
from slamon.jobs.announcing.audience import Edition
from slamon.jobs.deliver import Rules, deliver
from slamon.jobs.deliver.sending import Patience
from slamon.jobs.report import keep_and_queue, make_report
from tests.channels.fake_mail import Mailbox, mail_server
from tests.channels.fake_slack import TOKEN, Workspace, heard, slack_workspace
from tests.jobs.test_check import SETTINGS, Company, instant

UNHURRIED = Rules(patience={"slack": Patience(pace=0), "email": Patience(pace=0)})


class Office(Company):
    """A company whose Slack and mail are real servers on loopback."""

    def __init__(self, folder: Path, engine: Engine, slack: Workspace, mailbox: Mailbox) -> None:
        super().__init__(folder, engine)
        self.slack = slack
        self.mailbox = mailbox
        slack.people |= {"rita@example.com": "U0RITA0001"}
        mail = f'email: {{smtp: "smtp://127.0.0.1:{mailbox.port}", from: "SLA <sla@example.com>"}}\n'
        slack_settings = f'slack: {{default_channel: "#sla", api_url: "{slack.address}/api/"}}'
        settings = SETTINGS.replace('slack: {default_channel: "#sla"}', slack_settings)
        (folder / "slamon.yaml").write_text(settings + mail)
        self.office = Shop(load_workspace(folder, {"SLAMON_SLACK_BOT_TOKEN": TOKEN}))

    def at(self, now: str) -> None:
        """Sync, check and deliver at an instant."""
        self.synced(now).checked(now)
        deliver(self.engine, self.office.channels, lambda: instant(now), owner="story", rules=UNHURRIED)

    def seen(self, channel: str) -> list[str]:
        """What a channel shows, top-level messages' texts."""
        return [message["text"] for message in self.slack.in_channel(channel) if not message.get("thread_ts")]


@pytest.fixture
def office(tmp_path: Path, engine: Engine) -> Iterator[Office]:
    with slack_workspace() as slack, mail_server() as mailbox:
        yield Office(tmp_path, engine, slack, mailbox)


def test_at_ten_the_owner_is_warned_at_eleven_the_team_hears_it_at_noon_her_manager(office: Office) -> None:
    office.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita")
    office.at("2026-01-05 10:00:00")
    (warning,) = office.slack.messages
    assert warning["text"].startswith("Due soon: Ada")
    office.at("2026-01-05 11:00:01")
    (breach,) = office.seen("#sales-emea")
    assert breach.startswith("Past target: Ada")
    before = len(office.slack.messages)
    office.at("2026-01-05 12:00:01")
    assert [message["text"][:17] for message in office.slack.messages[before:]] == ["Still past target"]
    office.at("2026-01-05 12:30:00")
    assert len(office.slack.messages) == before + 1


def test_a_late_answer_edits_the_message_in_place_and_thanks_in_its_thread(office: Office) -> None:
    office.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita")
    office.at("2026-01-05 11:30:00")
    office.happens("2026-01-05 11:40:00", "call")
    office.at("2026-01-05 11:45:00")
    (edited,) = office.seen("#sales-emea")
    assert not edited.startswith("Past target")
    threads = [message for message in office.slack.in_channel("#sales-emea") if message.get("thread_ts")]
    assert len(threads) == 1
    assert "thank you" in threads[0]["text"].lower()


def test_a_leads_name_raises_nobody_and_formats_nothing(office: Office) -> None:
    office.happens("2026-01-05 09:00:00", "mql")
    office.rows = [(*row[:5], "<!channel> *bold* <@U0RITA0001> & <https://evil.example|Approve>") for row in office.rows]
    office.at("2026-01-05 11:30:00")
    (message,) = office.slack.in_channel("#sla")
    assert heard(message) == []


def test_the_monthly_mail_arrives_with_text_html_and_an_inline_chart(office: Office) -> None:
    office.happens("2026-01-05 09:00:00", "mql")
    office.at("2026-02-04 08:00:00")
    month = Period("2026-01", *bounds_of("2026-01", "UTC"))
    report = make_report(
        office.engine, office.office.definitions, "monthly", month, Edition("Northwind", "UTC"), instant("2026-02-04 08:00:00")
    )
    keep_and_queue(office.engine, report, ["ceo@example.com"], instant("2026-02-04 08:00:00"))
    deliver(office.engine, office.office.channels, lambda: instant("2026-02-04 08:00:30"), owner="story", rules=UNHURRIED)
    ((sender, recipients, content),) = office.mailbox.mails
    mail = email.message_from_bytes(content, policy=policy.default)
    assert (sender, recipients) == ("sla@example.com", ["ceo@example.com"])
    assert mail["subject"].startswith("January 2026 SLA:")
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == ["text/plain", "text/html", "image/png"]


def test_a_holder_whom_slack_does_not_know_is_written_to_once_and_then_the_teams_channel_hears_why(office: Office) -> None:
    office.slack.people.clear()
    office.happens("2026-01-05 09:00:00", "mql").happens("2026-01-05 09:00:00", "owner", owner="rita")
    office.at("2026-01-05 10:00:00")
    assert [message["text"].startswith("Due soon") for message in office.slack.in_channel("#sla")] == [True]
    office.happens("2026-01-05 12:00:00", "mql", "bea").happens("2026-01-05 12:00:00", "owner", "bea", "rita")
    office.at("2026-01-05 13:00:00")
    warned = [message for message in office.slack.in_channel("#sales-emea") if message["text"].startswith("Due soon")]
    assert len(warned) == 1
    assert "Here because Rita is not in Slack." in str(warned[0]["blocks"])
