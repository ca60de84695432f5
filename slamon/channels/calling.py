"""HTTP calls to addresses of the settings and to those that Slack names: no redirects, bounded answers, and nowhere inside unawares.

The resolver's answer is looked at before anything is sent, and that very address is called: a name that leads elsewhere
the second time is not asked a second time.
"""

import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache, partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ssl import SSLContext, create_default_context
from threading import Event, Timer
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from slamon.settings.addresses import is_loopback, leads_outside

LONGEST_S = 2
"""A whole call takes this many times as long as its timeout, which counts each wait alone, at most."""
MOST_BYTES = 16_000_000
"""Slack's largest page of messages is a tenth of that."""


class InsideError(OSError):
    """A name leads inside, where the settings do not say that it may."""


class TooLargeError(OSError):
    """An answer that is larger than any that we ask for."""


@lru_cache(maxsize=1)
def trusted() -> SSLContext:
    """Whom this computer trusts; read once, for it takes longer than a call."""
    return create_default_context()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; whatever its status is."""

    status: int
    headers: Message
    body: bytes


@dataclass(slots=True)
class Caller:
    """Calls with one patience. ``inside`` are the hosts that may lead inside, as the settings name them; ``proxy`` an URL."""

    timeout_s: float
    inside: Collection[str] = ()
    most_bytes: int = MOST_BYTES
    proxy: str | None = None
    context: SSLContext = field(default_factory=trusted)

    def call(self, request: Request) -> Answer:
        """One call and its answer; ``OSError`` (or what ``http.client`` raises) when there is none, or none that we take."""
        lines: list[socket.socket] = []
        over = Event()
        watch = Timer(self.timeout_s * LONGEST_S, _cut, (lines, over))
        watch.daemon = True
        watch.start()
        try:
            with self._opened(request, lines) as answer:
                body = self._body(answer)
        finally:
            watch.cancel()
        if over.is_set():  # what was cut off may look like an end
            raise TimeoutError("the answer took too long")
        return Answer(answer.status, answer.headers, body)

    def _opened(self, request: Request, lines: list[socket.socket]) -> Any:
        try:
            return self._opener(lines).open(request, timeout=self.timeout_s)
        except HTTPError as error:  # an answer like any other
            return error

    def _opener(self, lines: list[socket.socket]) -> OpenerDirector:
        connect = partial(_connected, lines, self.inside)
        proxies = [ProxyHandler({"http": self.proxy, "https": self.proxy})] if self.proxy else []
        return build_opener(_NoRedirects, _Plain(connect), _Encrypted(connect, self.context), *proxies)

    def _body(self, answer: HTTPResponse) -> bytes:
        body = answer.read(self.most_bytes + 1)
        if len(body) > self.most_bytes:
            raise TooLargeError("the answer is too large")
        return body


Connect = Callable[..., socket.socket]


class _NoRedirects(HTTPRedirectHandler):
    """The address that was written is called, and no other."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


class _Plain(HTTPHandler):
    def __init__(self, connect: Connect) -> None:
        super().__init__()
        self._connect = connect

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_connecting, HTTPConnection, self._connect, req.has_proxy()), req)


class _Encrypted(HTTPSHandler):
    def __init__(self, connect: Connect, context: SSLContext) -> None:
        super().__init__(context=context)
        self._connect, self._trust = connect, context

    def https_open(self, req: Request) -> HTTPResponse:
        proxied = bool(getattr(req, "_tunnel_host", None))
        return self.do_open(partial(_connecting, HTTPSConnection, self._connect, proxied), req, context=self._trust)


def _connecting(made: Callable[..., HTTPConnection], connect: Connect, proxied: bool, host: str, **more: Any) -> HTTPConnection:  # noqa: FBT001 - the handlers above alone call it
    """A connection to a host whose socket ``connect`` makes; through a proxy it is the proxy that finds the host."""
    connection = made(host, **more)
    connection._create_connection = partial(connect, anywhere=proxied)  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way to see the address before it is called
    return connection


def _connected(
    lines: list[socket.socket],
    inside: Collection[str],
    address: tuple[str, int],
    timeout: float,
    _source: object = None,
    *,
    anywhere: bool = False,
) -> socket.socket:
    """A connection to the first address of a host that may be called and answers; what the resolver said is not asked again."""
    host, port = address
    failure: OSError | None = None
    for _, _, _, _, found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        where = str(found[0])
        if not (anywhere or is_loopback(host) or host in inside or leads_outside(where)):
            failure = failure or InsideError("the name leads inside; if it may, name the host in internal_hosts")
            continue
        try:
            line = socket.create_connection((where, port), timeout)
        except OSError as error:
            failure = error
        else:
            lines.append(line)
            return line
    raise failure or OSError("the name leads nowhere")


def _cut(lines: list[socket.socket], over: Event) -> None:
    """End every call that is still going on; whoever waits on one sees it broken."""
    over.set()
    for line in lines:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)
