"""What settings may not name: several people in one address, what breaks a header or an envelope, and places that are none."""

from typing import Any

import pytest
from pydantic import ValidationError

from slamon.settings import Settings


def refused(**written: Any) -> str:
    with pytest.raises(ValidationError) as found:
        Settings.model_validate(written)
    return str(found.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    "address",
    [
        "a@x,b@y",
        '"a b"@x',
        "a@x\r\nRCPT TO:<b@y>",
        "a@x\n",
        "a@x.com ",
        "-oX@x",
        "a@-x.com",
        "a@x..com",
        "a@b@c",
        "a\x00@x.com",
        "ana@example.com\u202e",
        "a\u200b@x.com",
        "a@аррӏе.com",
        "x" * 70 + "@x.com",
        "a@" + "x" * 320,
        "x@" + ".".join(["y" * 60] * 5),
        "<!channel>",
        "@channel",
        "#a b",
        "#Sales",
    ],
)
def test_a13_a_recipient_is_one_address_or_channel_or_refused_when_settings_are_read(address: str) -> None:
    assert "is nobody to tell" in refused(reports={"weekly": {"at": "08:00", "timezone": "UTC", "to": [address]}})


@pytest.mark.parametrize(
    "address", ["ana@example.com", "o'neil+sla@sales.example.co.uk", "a@localhost", "#sales-emea", "C0123456789", "U0123456789"]
)
def test_a13_what_people_write_is_taken(address: str) -> None:
    Settings.model_validate({"reports": {"weekly": {"at": "08:00", "timezone": "UTC", "to": [address]}}})


@pytest.mark.parametrize(
    "sender",
    ["SLA", "SLA <a@x.com>\r\nBcc: b@y", "a@x.com, b@y.com", "<a@x.com", "SLA <a@x.com>\n", "S\u2028LA <a@x.com>", "S\x0bLA <a@x.com>", ""],
)
def test_a12_a_sender_that_is_not_one_plain_address_is_refused_when_settings_are_read(sender: str) -> None:
    assert "not one plain address" in refused(email={"smtp": "smtp://mail.example.com", "from": sender})


@pytest.mark.parametrize("sender", ["SLA <sla@example.com>", "sla@example.com", '"Sales, Ops" <sla@example.com>', "Ä Ö <sla@example.com>"])
def test_a12_names_of_senders_are_taken(sender: str) -> None:
    Settings.model_validate({"email": {"smtp": "smtp://mail.example.com", "from": sender}})


@pytest.mark.parametrize(
    "zone", ["../../etc/passwd", "UTC+2", "america/new_york", "EST", "", "Europe/Berlin\x00", "posix/Europe/Berlin", "localtime"]
)
def test_a30_a_zone_is_an_exact_key_or_refused(zone: str) -> None:
    assert "time zone" in refused(timezone=zone) or "abbreviation" in refused(timezone=zone)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "gopher://x",
        "//x",
        "http://user@host",
        "https://user:p@host",
        "https://h/\r\nX: y",
        "https://h h",
        "https://",
        "http://169.254.169.254/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost.evil.example",
    ],
)
def test_a32_a_web_address_is_https_without_a_user_and_parsed_once(address: str) -> None:
    refused(slack={"api_url": address})
    refused(web={"url": address})


def test_a32_a_mail_server_s_address_holds_no_line_end() -> None:
    assert "not a mail server" in refused(email={"smtp": "smtps://mail.example.com\r\nx", "from": "a@x.com"})
