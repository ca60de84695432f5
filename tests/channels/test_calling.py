"""Calls to addresses of the settings, and to those that Slack names: where they lead, what is followed, how much and how long."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request

import pytest

from slamon.channels import DeliveryError, Failure, SlackChannel
from slamon.channels.calling import Caller, InsideError, TooLargeError
from slamon.channels.dead_man import SignalError, signal
from slamon.settings import Settings
from slamon.settings.addresses import leads_outside
from tests.channels.fake_slack import TOKEN

pytestmark = pytest.mark.faults
INSIDE = (
    "127.0.0.1",
    "::1",
    "0.0.0.0",  # noqa: S104 - refused, not listened at
    "169.254.169.254",
    "10.0.0.5",
    "192.168.1.1",
    "100.64.0.1",
    "224.0.0.1",
    "ff02::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:5",
    "2002:7f00:1::",
)
Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk) -> Iterator[tuple[int, list[bytes]]]:
    """A port of loopback that answers each call as ``talk`` does, and what it was asked (the beginning of each request)."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                line, _ = listener.accept()
            except TimeoutError:
                continue
            line.settimeout(5)
            with line:
                try:
                    asked.append(line.recv(65536))
                    talk(line)
                except OSError:  # the caller had enough
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        stop.set()
        thread.join(10)
        listener.close()


def saying(status: str, body: bytes = b"", *headers: str) -> Talk:
    lines = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return lambda line: line.sendall(lines.encode() + body)


@pytest.mark.parametrize("address", INSIDE)
def test_a33_an_address_that_leads_inside_is_known_in_every_form(address: str) -> None:
    assert not leads_outside(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_a33_the_public_network_is_outside_also_through_nat64(address: str) -> None:
    assert leads_outside(address)


@pytest.mark.parametrize("address", INSIDE)
def test_a33_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Names, and numbers in forms that only the resolver reads (2130706433, 0177.0.0.1)."""
    resolve(monkeypatch, [address])
    with pytest.raises(SignalError, match="leads inside; if it may, name the host in internal_hosts"):
        signal("https://hc.example.com/planted-key")


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1"])
def test_a33_an_address_in_numbers_of_another_form_is_not_called(host: str) -> None:
    with server(saying("200 OK")) as (port, asked), pytest.raises(SignalError, match="leads inside"):
        signal(f"http://{host}:{port}/")
    assert asked == []


@pytest.mark.parametrize("name", ["dead_man_url", "slack"])
@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.5", "100.64.0.1", "[fd00:ec2::254]", "[64:ff9b::7f00:1]"])
def test_a33_settings_that_write_an_inner_address_are_refused_unless_they_say_that_it_is_meant(name: str, host: str) -> None:
    url = f"https://{host}/x"
    written = {"dead_man_url": url} if name == "dead_man_url" else {"slack": {"api_url": url}}
    with pytest.raises(ValueError, match="leads inside your network; if it is meant to, write internal_hosts"):
        Settings.model_validate(written)
    assert Settings.model_validate(written | {"internal_hosts": host.strip("[]")}).internal_hosts


def resolve(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> list[str]:
    """A resolver that gives each of these addresses in turn, the last for ever; the names that it was asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *arguments: int, **more: int) -> list[object]:
        if not host.endswith(".example.com"):
            return list(real(host, port, *arguments, **more))
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a34_a_name_is_looked_up_once_and_that_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers for the name cannot say one address to the check and another to the call."""
    names = resolve(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    called: list[str] = []

    def create_connection(address: tuple[str, int], *_: object) -> socket.socket:
        called.append(address[0])
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(SignalError):
        signal("https://hc.example.com/")
    assert (names, called) == (["hc.example.com"], ["93.184.216.34"])


def test_a34_a_host_that_the_settings_name_may_lead_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, ["127.0.0.1"])
    with server(saying("200 OK")) as (port, asked):
        signal(f"http://hc.example.com:{port}/", inside=("hc.example.com",))
    assert len(asked) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a34_a_redirect_of_slack_is_followed_nowhere_and_takes_no_token_along(status: str) -> None:
    with server(saying("200 OK", b'{"ok": true}')) as (elsewhere, taken):
        moved = saying(status, b"", f"Location: http://127.0.0.1:{elsewhere}/api/")
        with server(moved) as (port, asked), pytest.raises(DeliveryError) as refused:
            SlackChannel(TOKEN, f"http://127.0.0.1:{port}/api/", "#sla").examine()
    assert refused.value.failure is Failure.AMBIGUOUS
    assert (len(asked), taken) == (1, [])


def test_a34_a_redirect_of_the_dead_man_s_address_is_followed_nowhere() -> None:
    with server(saying("302 Found", b"", "Location: /again")) as (port, asked), pytest.raises(SignalError, match="answered 302"):
        signal(f"http://127.0.0.1:{port}/")
    assert len(asked) == 1


def endless(head: bytes, piece: bytes, pause_s: float = 0) -> Talk:
    def talk(line: socket.socket) -> None:
        line.sendall(head)
        while True:
            line.sendall(piece)
            time.sleep(pause_s)

    return talk


OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS: dict[str, tuple[Talk, type[Exception] | tuple[type[Exception], ...]]] = {
    "a body without end": (endless(OK + b"\r\n", b" " * 65536), TooLargeError),
    "a chunked body without end": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b" " * 0x4000 + b"\r\n"),
        TooLargeError,
    ),
    "headers without end": (endless(OK, b"X-One: more\r\n"), HTTPException),
    "one header without end": (endless(OK + b"X-Long: ", b"x" * 65536), HTTPException),
    "a status line without end": (endless(b"HTTP/1.1 200 ", b"x" * 65536), HTTPException),
    "one byte at a time": (endless(OK + b"\r\n", b" ", 0.05), TimeoutError),
    "one byte of a header at a time": (endless(OK + b"X-Slow: ", b"x", 0.05), (OSError, HTTPException)),
    "nothing": (lambda line: time.sleep(2), OSError),
}


@pytest.mark.parametrize("how", ENDLESS)
def test_a35_an_answer_without_end_is_left_after_its_size_or_its_time(how: str) -> None:
    talk, error = ENDLESS[how]
    began = time.monotonic()
    with server(talk) as (port, _), pytest.raises(error):
        Caller(0.3, most_bytes=100_000).call(Request(f"http://127.0.0.1:{port}/"))
    assert time.monotonic() - began < 5


def test_a35_what_is_packed_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    with server(saying("200 OK", bomb, "Content-Encoding: gzip", "Content-Type: application/json")) as (port, _):
        assert Caller(2).call(Request(f"http://127.0.0.1:{port}/")).body == bomb
        with pytest.raises(DeliveryError) as refused:
            SlackChannel(TOKEN, f"http://127.0.0.1:{port}/api/", "#sla").examine()
    assert refused.value.failure is Failure.AMBIGUOUS


@pytest.mark.parametrize("status", ["200 OK", "500 Oops", "429 Slow down"])
def test_a35_an_answer_of_slack_that_is_too_large_leaves_it_open(status: str) -> None:
    huge = b'{"ok": true, "x": "' + b"x" * 17_000_000 + b'"}'
    with server(saying(status, huge)) as (port, asked), pytest.raises(DeliveryError) as refused:
        SlackChannel(TOKEN, f"http://127.0.0.1:{port}/api/", "#sla").examine()
    assert refused.value.failure is Failure.AMBIGUOUS
    assert len(asked) == 1


def test_a33_slack_s_own_address_may_not_lead_inside_either(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, ["169.254.169.254"])
    with pytest.raises(DeliveryError) as refused:
        SlackChannel(TOKEN, "https://slack.example.com/api/", "#sla").examine()
    assert (refused.value.failure, refused.value.reason) == (Failure.DEFINITE, "no connection to Slack: InsideError")


def test_a33_the_reason_says_which_kind_of_failure_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, ["10.0.0.5"])
    with pytest.raises(URLError) as refused:
        Caller(1).call(Request("http://slack.example.com/"))
    assert isinstance(refused.value.reason, InsideError)
