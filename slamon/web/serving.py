"""Serves the application in a thread of its own, from an address that is taken before, until it is told to stop."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvicorn

from slamon.journal import describe
from slamon.settings import WebSettings
from slamon.web.application import application
from slamon.web.view import View

AT_ONCE = 64
"""More requests than these are answered with 503 at once."""
GRACE_S = 5
BACKLOG = 128


class AddressTakenError(OSError):
    """Where it was to listen, it cannot; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A server at work: where it listens."""

    host: str
    port: int


@contextmanager
def serving(settings: WebSettings, view: View) -> Iterator[Serving]:
    """While inside, requests are answered; afterwards those at work are finished, for a few seconds at most.

    ``AddressTakenError`` when the address cannot be listened at.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    listener = _listening(settings)
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        application(view, _hosts(settings)),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=16_384,
        http="h11",
        loop="asyncio",
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_serve, args=(server, listener, view), name="web", daemon=True)
    thread.start()
    view.journal.write("web started", host=host, port=port)
    try:
        yield Serving(host, port)
    finally:
        server.should_exit = True
        thread.join(GRACE_S + 2)
        listener.close()


def _serve(server: uvicorn.Server, listener: socket.socket, view: View) -> None:
    try:
        server.run(sockets=[listener])
    except Exception as error:  # noqa: BLE001 - who watches from outside sees that nobody answers; the service itself goes on
        view.journal.write("web died", **describe(error))


def _listening(settings: WebSettings) -> socket.socket:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AddressTakenError(
            f"web: cannot listen at {settings.host} port {settings.port}: {reason}; write another host or port"
        ) from None


def _hosts(settings: WebSettings) -> frozenset[str] | None:
    """By which names it may be asked for: on loopback its own and the public one, so that no web page reaches it by a name of its own."""
    try:
        loopback = ip_address(settings.host).is_loopback
    except ValueError:
        loopback = settings.host == "localhost"
    if not loopback:
        return None
    public = urlsplit(settings.url).hostname if settings.url else None
    return frozenset({"localhost", "127.0.0.1", "::1", settings.host.lower()} | ({public} if public else set()))
