"""Whatever is asked, and whatever fails, an answer has its headers, says no more than it should, and harms nothing."""

import socket
import time
from unittest.mock import patch

import pytest
from sqlalchemy import Engine

from slamon.settings import WebSettings
from slamon.web import serving
from slamon.web.guards import HEADERS
from slamon.web.serving import AddressTakenError
from tests.web.conftest import Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("HEAD", "/readyz", 503),
        ("HEAD", "/metrics", 200),
        ("HEAD", "/unsubscribe", 403),
        ("POST", "/metrics", 405),
        ("PUT", "/readyz", 405),
        ("DELETE", "/unsubscribe", 405),
        ("OPTIONS", "/healthz", 405),
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/metrics/", 404),
        ("GET", "/../../etc/passwd", 404),
    ],
)
def test_only_what_is_offered_can_be_asked_and_every_answer_has_its_headers(site: Site, method: str, path: str, status: int) -> None:
    answer = site.ask(path, method)
    assert answer.status == status
    assert HEADERS.items() <= answer.headers.items()
    assert "strict-transport-security" in answer.headers
    assert "server" not in answer.headers
    assert answer.body == "" or method != "HEAD"


def test_on_loopback_it_answers_to_its_own_names_only_so_that_no_web_page_reads_it_by_another(site: Site) -> None:
    for host in ("127.0.0.1", f"127.0.0.1:{site.port}", "localhost", "sla.example.com", "[::1]:80"):
        expected = 200 if host != "sla.example.com" else 421  # the fixture's settings name no public address
        assert site.ask("/healthz", headers={"Host": host}).status == expected
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost\x00"[:9] + ".evil"):
        answer = site.ask("/metrics", headers={"Host": host})
        assert answer.status in (400, 421)
        assert "slamon" not in answer.body


def test_a_fault_of_ours_is_in_the_journal_and_says_nothing_to_the_asker(site: Site) -> None:
    with patch("slamon.web.metrics._gauges", side_effect=RuntimeError("ana@example.com xoxb-planted")):
        answer = site.ask("/metrics")
    assert (answer.status, answer.body) == (500, "Internal Server Error")
    assert HEADERS.items() <= answer.headers.items()
    until = time.monotonic() + 5  # the asker has the answer before the journal has the reason
    while "web failed" not in site.out.getvalue() and time.monotonic() < until:
        time.sleep(0.02)
    assert '"event": "web failed"' in site.out.getvalue()
    assert '"path": "/metrics"' in site.out.getvalue()
    assert "planted" not in site.out.getvalue()
    assert "ana@" not in site.out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"GET " + b"/a" * 1_000_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /unsubscribe?token=x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /unsubscribe?token=%ff%00 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\nx",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_is_answered(site: Site, raw: bytes) -> None:
    with socket.create_connection((site.host, site.port), timeout=5) as connection:
        connection.settimeout(1)
        try:
            connection.sendall(raw)
            answer = connection.recv(1000)
        except (TimeoutError, ConnectionError):
            answer = b""
    assert answer == b"" or answer.split()[1] in (b"400", b"403", b"414", b"431")
    assert site.ask("/healthz").status == 200


def test_an_address_that_is_taken_is_told_in_a_sentence(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = WebSettings.model_validate({"port": port})
        with (
            pytest.raises(AddressTakenError, match=f"web: cannot listen at 127.0.0.1 port {port}: .*; write another host or port"),
            serving(settings, Site(engine).view()),
        ):
            pass


def test_when_it_stops_nobody_listens_any_more(engine: Engine) -> None:
    with Site(engine).at_work() as site:
        assert site.ask("/healthz").status == 200
    with pytest.raises(ConnectionRefusedError):
        site.ask("/healthz")


def test_many_who_ask_at_once_are_answered_or_turned_away_and_the_store_is_free_for_the_jobs(site: Site) -> None:
    connections = [socket.create_connection((site.host, site.port), timeout=5) for _ in range(100)]
    for connection in connections:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    codes = [connection.recv(100).split()[1] for connection in connections]
    for connection in connections:
        connection.close()
    assert set(codes) <= {b"503", b"200"}
    assert site.ask("/healthz").status == 200
