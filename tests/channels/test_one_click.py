"""One click stops a report: its mails carry RFC 8058's two headers, whole, signed and the same on every attempt; alerts carry none."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from slamon.channels import CHANNELS, Channel, Outgoing
from slamon.channels.unsubscribe import delivery_of
from slamon.messages.reports import weekly_email
from slamon.settings import Settings, Workspace
from tests.channels.conftest import CREATED
from tests.channels.fake_mail import mail_server
from tests.messages import figures

SECRET = "a secret of thirty-two characters, or more"
DELIVERY = "6f1c8f0e-0000-5000-8000-000000000001"


def channel(port: int, web: dict[str, Any] | None, secret: str = SECRET) -> Channel:
    written = {"email": {"smtp": f"smtp://127.0.0.1:{port}", "from": "SLA <sla@example.com>"}} | ({"web": web} if web else {})
    workspace = Workspace(settings=Settings.model_validate(written), folder=Path(), secrets={"SLAMON_WEB_SECRET": SecretStr(secret)})
    made = CHANNELS["email"](workspace)
    assert made is not None
    return made


def outgoing(kind: str) -> Outgoing:
    return Outgoing(DELIVERY, "email", "cmo@example.com", kind, weekly_email(figures.WEEKLY), CREATED)


def headers_of(content: bytes) -> list[str]:
    return content.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")


def test_a_report_carries_both_headers_each_on_one_line_and_its_token_names_the_delivery() -> None:
    with mail_server() as mailbox:
        sender = channel(mailbox.port, {"url": "https://sla.example.com"})
        sender.send(outgoing("report"))
        sender.send(outgoing("report"))
    first, second = (content for _, _, content in mailbox.mails)
    (address,) = (line for line in headers_of(first) if line.startswith("List-Unsubscribe: "))
    assert address.startswith("List-Unsubscribe: <https://sla.example.com/unsubscribe?token=")
    token = address.removesuffix(">").rpartition("=")[2] if "==" not in address else address.removesuffix(">").partition("token=")[2]
    assert delivery_of(SECRET, token, CREATED) == DELIVERY
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in headers_of(first)
    assert "cmo@example.com" not in address
    assert first == second


@pytest.mark.parametrize(
    ("kind", "web", "secret"),
    [
        ("breach", {"url": "https://sla.example.com"}, SECRET),
        ("report", None, SECRET),
        ("report", {}, SECRET),
        ("report", {"url": "http://127.0.0.1:8000"}, SECRET),
        ("report", {"url": "https://sla.example.com"}, "too short"),
    ],
)
def test_an_alert_and_a_report_that_nobody_can_stop_there_carry_none(kind: str, web: dict[str, Any] | None, secret: str) -> None:
    with mail_server() as mailbox:
        channel(mailbox.port, web, secret).send(outgoing(kind))
    assert not [line for line in headers_of(mailbox.mails[0][2]) if line.startswith("List-Unsubscribe")]
