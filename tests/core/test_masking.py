"""What may be shown of a text: no secret in any of its forms, no person, and nothing that moves a cursor; the rest stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core.masking import masked, one_line, without_people


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token xoxb" + "-1234-abcdef was revoked", "token *** was revoked"),
        ("xoxe.xoxp-1-Mi0yLTE", "***"),
        ("xapp-1-A0-123-abc", "***"),
        ("POST https://hooks.slack.com/services/T0/B0/abc failed", "POST https://*** failed"),
        ("ghp_" + "0123456789abcdefghij", "***"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "***"),
        ("pat-na1-01234567-89ab-cdef-0123-456789abcdef", "***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "***"),
        ("https://ana:p@ss:w@host.example.com/x", "https://ana:***@host.example.com/x"),
        ("postgresql+psycopg://slamon:s3cret@db/slamon", "postgresql+psycopg://slamon:***@db/slamon"),
        ("smtp://u:p@[::1]:25", "smtp://u:***@[::1]:25"),
        ("password=hunter2, user=ana", "password=***, user=ana"),
        ("{'api_key': 'abc', 'n': 1}", "{'api_key': '***', 'n': 1}"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: ***"),
        ("sent Basic dXNlcjpwYXNz", "sent Basic ***"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "invalid_auth or token_revoked",
        "put it in the environment as SLAMON_SMTP_PASSWORD",
        "smtp://127.0.0.1:9 refused",
        "http://127.0.0.1:8000/healthz",
        "12:30: 3 verdicts changed, 2 messages queued",
        "mail ana@example.com",
        "",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_a_named_secret_is_hidden_also_in_the_form_that_it_has_in_an_address() -> None:
    assert masked("a p/w@1 b p%2Fw%401 c", ["p/w@1 b"]) == "a *** p%2Fw%401 c"
    assert masked("p/w@1 and p%2Fw%401", ["p/w@11", "p/w@1"]) == "p/w@1 and p%2Fw%401"  # five characters hide too much
    assert masked("pass/w@1 and pass%2Fw%401", ["pass/w@1"]) == "*** and ***"


def test_of_a_mail_address_only_the_domain_is_left() -> None:
    assert without_people("550 <ana.maria+x@example.com> unknown; #sales, a@b") == "550 <***@example.com> unknown; #sales, a@b"


def test_line_ends_cursor_moves_and_turned_writing_are_shown_not_done() -> None:
    assert one_line("a\nERROR \x1b[31mred\r\x00\u202eb\u2028c\x9b") == "a\\nERROR \\x1b[31mred\\r\\x00\\u202eb\\u2028c\\x9b"
    assert one_line("\ud800 ä € 漢") == "\\ud800 ä € 漢"


@given(st.text(max_size=300))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = one_line(masked(without_people(text)))
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


def test_a_hostile_text_of_a_megabyte_is_masked_in_no_time() -> None:
    for piece in ("a", "@", "://a:", "token=", "Bearer ", "xoxb-", "a.", "a@a."):
        masked(without_people(piece * (200_000 // len(piece))))
