"""Mail: the same bytes on every attempt, one recipient, no password in the clear, and failures called by their right names."""

import email.policy
import re
import ssl
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import pytest

from slamon.channels import DeliveryError, Examinable, Failure, Outgoing, SmtpChannel, smtp
from slamon.messages.alerts import email_alert
from slamon.messages.reports import daily_email, monthly_email, weekly_email
from slamon.settings import EmailSettings
from tests.channels.conftest import CREATED
from tests.channels.fake_mail import PASSWORD, USER, broken_mail_server, mail_server, trust
from tests.messages import figures

MAIL = email_alert([figures.notice()], figures.AS_OF)


def outgoing(to: str = "ana@example.com", **payload: Any) -> Outgoing:
    return Outgoing("6f1c8f0e-0000-5000-8000-000000000001", "email", to, "breach", {**MAIL, **payload}, CREATED)


def channel(port: int, scheme: str = "smtp", user: str = "", password: str | None = None, tls: ssl.SSLContext | None = None) -> SmtpChannel:
    login = user.replace("@", "%40") + "@" if user else ""
    settings = EmailSettings.model_validate({"smtp": f"{scheme}://{login}127.0.0.1:{port}", "from": "SLA monitor <sla@example.com>"})
    return SmtpChannel(settings, password, tls)


def failure_of(send: Callable[[Outgoing], object], message: Outgoing) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(message)
    assert PASSWORD not in str(caught.value)
    return caught.value


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def texts(content: bytes) -> dict[str, str]:
    leaves = (part for part in read(content).walk() if part.get_content_maintype() == "text")
    return {part.get_content_type(): part.get_content().replace("\r\n", "\n").rstrip() for part in leaves}


def test_a_mail_arrives_with_text_first_then_html_and_its_picture_inside() -> None:
    with mail_server() as mailbox:
        sent = channel(mailbox.port).send(outgoing(**monthly_email(figures.MONTHLY)))
    ((sender, recipients, content),) = mailbox.mails
    assert (sender, recipients) == ("sla@example.com", ["ana@example.com"])
    mail = read(content)
    text, related = mail.iter_parts()
    assert (mail.get_content_type(), text.get_content_type(), related.get_content_type()) == (
        "multipart/alternative",
        "text/plain",
        "multipart/related",
    )
    assert isinstance(related, EmailMessage)
    page, picture = related.iter_parts()
    assert (page.get_content_type(), picture.get_content_type(), picture["Content-ID"]) == ("text/html", "image/png", "<months>")
    assert 'src="cid:months"' in page.get_content()
    assert sent == {"message_id": "<6f1c8f0e-0000-5000-8000-000000000001@example.com>"} == {"message_id": mail["Message-ID"]}
    assert (mail["Auto-Submitted"], mail["List-Id"]) == ("auto-generated", "SLA reports and alerts <slamon.example.com>")
    assert mail["Date"].datetime.timestamp() == CREATED // 1_000_000


def test_f22_a_repeat_is_the_same_to_the_byte() -> None:
    with mail_server() as mailbox:
        for _ in range(2):
            channel(mailbox.port).send(outgoing(**weekly_email(figures.WEEKLY)))
    assert mailbox.mails[0] == mailbox.mails[1]
    assert max(map(len, mailbox.mails[0][2].split(b"\r\n"))) <= 998


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_f21_a_connection_that_breaks_before_the_dot_hands_nothing_over(verb: str) -> None:
    with broken_mail_server(verb) as server:
        assert failure_of(channel(server.port).send, outgoing()).failure is Failure.DEFINITE
    assert server.mails == []


def test_f21_a_connection_that_breaks_inside_a_large_body_hands_nothing_over() -> None:
    with broken_mail_server("BODY") as server:
        assert failure_of(channel(server.port).send, outgoing(text="x " * 8_000_000)).failure is Failure.DEFINITE
    assert server.mails == []


def test_f22_a_lost_answer_after_the_dot_is_ambiguous() -> None:
    with broken_mail_server("DOT") as server:
        assert failure_of(channel(server.port).send, outgoing()).failure is Failure.AMBIGUOUS
    assert len(server.mails) == 1


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("reply", "failure"), [("421 later", Failure.DEFINITE), ("451 greylisted", Failure.DEFINITE), ("550 no such user", Failure.PERMANENT)]
)
def test_f23_the_servers_own_answers_are_definite_or_permanent(verb: str, reply: str, failure: Failure) -> None:
    with broken_mail_server(verb, reply) as server:
        error = failure_of(channel(server.port).send, outgoing())
    assert error.failure is failure
    assert reply in error.reason


def test_f24_a_server_that_accepts_and_then_hangs_is_left_alone_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert smtp.TIMEOUT_S == 30
    monkeypatch.setattr(smtp, "TIMEOUT_S", 0.3)
    before = time.monotonic()
    with broken_mail_server("HANG") as server:
        assert failure_of(channel(server.port).send, outgoing()).failure is Failure.AMBIGUOUS
    assert time.monotonic() - before < 5


def test_f24_starttls_encrypts_before_the_password_is_said() -> None:
    server, client = trust()
    with mail_server(tls_context=server, require_starttls=True, auth_required=True) as mailbox:
        sender = channel(mailbox.port, "smtp+starttls", USER, PASSWORD, client)
        assert isinstance(sender, Examinable)
        assert sender.examine() == f"Mail: 127.0.0.1:{mailbox.port} (smtp+starttls, logged in)"
        sender.send(outgoing())
    assert mailbox.logins == [USER.encode()] * 2
    assert len(mailbox.mails) == 1


def test_smtps_is_encrypted_from_the_first_byte() -> None:
    server, client = trust()
    with mail_server(ssl_context=server) as mailbox:
        channel(mailbox.port, "smtps", tls=client).send(outgoing())
    assert len(mailbox.mails) == 1


def test_f24_a_server_that_offers_no_encryption_gets_nothing() -> None:
    with mail_server(auth_require_tls=False) as mailbox:
        error = failure_of(channel(mailbox.port, "smtp+starttls", USER, PASSWORD).send, outgoing())
    assert (error.failure, mailbox.logins, mailbox.mails) == (Failure.CLOSED, [], [])


def test_f24_a_password_is_never_said_over_an_open_line() -> None:
    with mail_server(auth_require_tls=False) as mailbox:
        error = failure_of(channel(mailbox.port, "smtp", USER, PASSWORD).send, outgoing())
    assert (error.failure, mailbox.logins, mailbox.mails) == (Failure.CLOSED, [], [])


def test_f24_a_certificate_that_we_do_not_trust_gets_nothing() -> None:
    server, _ = trust()
    with mail_server(tls_context=server) as mailbox:
        error = failure_of(channel(mailbox.port, "smtp+starttls", USER, PASSWORD).send, outgoing())
    assert (error.failure, mailbox.logins, mailbox.mails) == (Failure.CLOSED, [], [])


def test_a_refused_login_closes_the_channel_until_it_is_mended() -> None:
    server, client = trust()
    with mail_server(tls_context=server) as mailbox:
        error = failure_of(channel(mailbox.port, "smtp+starttls", USER, "wrong", client).send, outgoing())
    assert (error.failure, error.reason) == (Failure.CLOSED, "the mail server refused the login: 535")


@pytest.mark.parametrize(
    "subject",
    ["x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: eve@example.com", "x\vBcc: e@example.com", "x\x85Bcc: e@example.com", "x\u2028Bcc: e@example.com"],
)  # fmt: skip
def test_a12_a_subject_cannot_add_a_header(subject: str) -> None:
    with mail_server() as mailbox:
        error = failure_of(channel(mailbox.port).send, outgoing(subject=subject))
        assert (error.failure, mailbox.mails) == (Failure.PERMANENT, [])
        clean = email_alert([figures.notice(intent=subject, lead_name=subject)], figures.AS_OF)
        channel(mailbox.port).send(outgoing(**clean))
    assert read(mailbox.mails[0][2])["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    ["a@x,b@y", '"a b"@example.com', "a@example.com\r\nRCPT TO:<b@example.com>", "-oX@example.com", "a" * 320 + "@example.com", "аna@example.com", "a@", "@b", "a@b@c", "Ana <a@b.com>", ""],
)  # fmt: skip
def test_a13_a_recipient_is_one_plain_address_or_refused(address: str) -> None:
    with mail_server() as mailbox:
        assert failure_of(channel(mailbox.port).send, outgoing(to=address)).failure is Failure.PERMANENT
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "body", ["a\n.\nb", "..\n.", "a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n", "a\n.\r\nb", "a\r.\r\nb", "\ud800 half a letter \x00"]
)
def test_a14_no_body_ends_the_mail_early_or_begins_another(body: str) -> None:
    with mail_server() as mailbox:
        channel(mailbox.port).send(outgoing(text=body))
    ((_, _, content),) = mailbox.mails
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", content) is None
    assert texts(content)["text/plain"] == body.replace("\r\n", "\n").replace("\r", "\n").replace("\ud800", "?").rstrip()


@pytest.mark.parametrize(
    "make", [lambda: daily_email(figures.DAILY), lambda: weekly_email(figures.WEEKLY), lambda: monthly_email(figures.MONTHLY)]
)
def test_every_report_arrives_whole(make: Callable[[], dict[str, Any]]) -> None:
    payload = make()
    with mail_server() as mailbox:
        channel(mailbox.port).send(outgoing(**payload))
    assert texts(mailbox.mails[0][2]) == {"text/plain": payload["text"].rstrip(), "text/html": payload["html"].rstrip()}
