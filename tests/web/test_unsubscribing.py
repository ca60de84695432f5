"""A46: only the reader's own POST, with a genuine token and the agreed words, stops a report's mails; once, and for that report."""

import pytest
from sqlalchemy import Engine

from slamon.channels.unsubscribe import VALID_FOR, token_of
from slamon.core.working_time.instants import DAY
from slamon.store.database import reading, writing
from slamon.store.outbox import Draft, Member, queue
from slamon.store.outbox.unsubscriptions import unsubscribed
from slamon.web.unsubscribing import FORGED_A_MINUTE, GENUINE_A_MINUTE
from tests.web.conftest import NOW, SECRET, Answer, Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORDS = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    {"Content-Type": "multipart/form-data; boundary=b"},
)


def mailed(
    engine: Engine, destination: str = "ceo@example.com", report: str = "weekly", channel: str = "email", kind: str = "report"
) -> str:
    subject = f"report/{report}/2026-W46"
    draft = Draft(channel, destination, kind, 0, subject, {"text": "t"}, NOW, NOW, (Member(subject, kind, 0),))
    with writing(engine) as connection:
        return queue(connection, [draft])[0].id


def gone(site: Site, report: str = "weekly") -> frozenset[str]:
    with reading(site.engine) as connection:
        return unsubscribed(connection, report)


def post(site: Site, token: str, body: bytes = WORDS, headers: dict[str, str] = FORM) -> Answer:
    return site.ask(f"/unsubscribe?token={token}", "POST", body, headers)


@pytest.mark.parametrize(("body", "headers"), [(WORDS, FORM), MULTIPART, (WORDS, {})])
def test_a46_one_click_stops_the_report_s_mails_in_each_encoding_of_the_standard(site: Site, body: bytes, headers: dict[str, str]) -> None:
    token = token_of(SECRET, mailed(site.engine), NOW)
    answer = post(site, token, body, headers)
    assert (answer.status, "no more" in answer.body) == (200, True)
    assert gone(site) == {"ceo@example.com"}
    assert gone(site, "monthly") == frozenset()
    assert "ceo" not in site.out.getvalue() + answer.body


def test_a46_a_scanner_that_follows_the_link_stops_nothing_and_a_person_sees_a_button(site: Site) -> None:
    token = token_of(SECRET, mailed(site.engine), NOW)
    for method in ("GET", "HEAD"):
        assert site.ask(f"/unsubscribe?token={token}", method).status == 200
    shown = site.ask(f"/unsubscribe?token={token}").body
    assert f'<form method="post" action="unsubscribe?token={token}">' in shown
    assert 'name="List-Unsubscribe" value="One-Click"' in shown
    assert gone(site) == frozenset()


def test_a46_twice_is_as_once(site: Site) -> None:
    token = token_of(SECRET, mailed(site.engine), NOW)
    assert [post(site, token).status for _ in range(3)] == [200, 200, 200]
    assert site.out.getvalue().count('"new": true') == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", FORM, 400),
        (b"List-Unsubscribe=no", FORM, 400),
        (b"list-unsubscribe=one-click", FORM, 400),
        (b"List-Unsubscribe=One-Click&List-Unsubscribe=x", FORM, 400),
        (b"&" * 3000, FORM, 400),
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"\xff\xfe\x00", FORM, 400),
        (b"no parts at all", {"Content-Type": "multipart/form-data"}, 400),
        (b"--b\r\n\r\nOne-Click\r\n--b--", {"Content-Type": "multipart/form-data; boundary=b"}, 400),
        (b"x" * 5000, FORM, 413),
    ],
)
def test_a46_a_post_without_the_agreed_words_changes_nothing(site: Site, body: bytes, headers: dict[str, str], status: int) -> None:
    assert post(site, token_of(SECRET, mailed(site.engine), NOW), body, headers).status == status
    assert gone(site) == frozenset()


def test_a46_forged_damaged_expired_and_foreign_tokens_are_refused_alike(site: Site) -> None:
    delivery = mailed(site.engine)
    genuine = token_of(SECRET, delivery, NOW)
    for token in ("", "x", genuine[:-1], genuine + "A", token_of("another secret, just as long as ours", delivery, NOW), "%00", "A" * 5000):
        assert post(site, token).status == 403
    site.now = NOW + VALID_FOR + DAY
    assert post(site, genuine).status == 403
    assert gone(site) == frozenset()


def test_a46_a_token_of_what_is_no_report_s_mail_or_is_forgotten_changes_nothing(site: Site) -> None:
    alert = mailed(site.engine, kind="breach")
    for delivery in (alert, "00000000-0000-5000-8000-000000000000"):
        assert post(site, token_of(SECRET, delivery, NOW)).status == 404
    assert gone(site) == frozenset()


def test_a46_a_flood_is_limited_and_forged_requests_use_up_nobody_s_right(site: Site) -> None:
    token, other = (token_of(SECRET, mailed(site.engine, name), NOW) for name in ("ceo@example.com", "cmo@example.com"))
    codes = [post(site, "x").status for _ in range(FORGED_A_MINUTE + 5)]
    assert set(codes[:FORGED_A_MINUTE]) == {403}
    assert 429 in codes[FORGED_A_MINUTE:]
    codes = [post(site, token).status for _ in range(GENUINE_A_MINUTE + 2)]
    assert (codes[0], codes[-1]) == (200, 429)
    assert post(site, other).status == 200


def test_without_a_secret_or_a_public_address_there_is_nothing_to_unsubscribe_at(engine: Engine) -> None:
    for url, secret in ((None, SECRET), ("https://sla.example.com", None)):
        site = Site(engine)
        with site.at_work(site.view(url, secret)):
            assert site.ask("/unsubscribe?token=x").status == 404
