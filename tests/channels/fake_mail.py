"""Mail servers on loopback: a good one (aiosmtpd, with TLS and logins), and one that breaks at any verb."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

USER, PASSWORD = "sla@mail.example.com", "planted-secret"


@dataclass
class Mailbox:
    """What arrived, as (sender, recipients, bytes), and the logins that were tried."""

    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name for it
        content = envelope.original_content or b""
        self.mails.append((envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return "250 taken"

    def authenticate(self, _server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)


def trust() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for 127.0.0.1, and a client's that trusts it."""
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(**how: Any) -> Iterator[Mailbox]:
    """aiosmtpd with a mailbox; ``how`` are its own options, such as ``tls_context`` and ``ssl_context``."""
    mailbox = Mailbox(port=free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, ready_timeout=10, authenticator=mailbox.authenticate, **how)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Script:
    """Where a server breaks: at a ``verb`` by closing (``close``) or with a reply; ``mails`` is what it took before that."""

    verb: str = ""
    reply: str = ""
    mails: list[bytes] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def broken_mail_server(verb: str, reply: str = "") -> Iterator[Script]:
    """A server that follows a script: breaks at ``CONNECT``, ``EHLO``, ``MAIL``, ``RCPT``, ``DATA``, ``BODY`` or ``DOT``."""
    script = Script(verb, reply)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    script.port = listener.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(target=_serve, args=(listener, script, stop), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        stop.set()
        thread.join(5)
        listener.close()


def _serve(listener: socket.socket, script: Script, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        connection.settimeout(5)
        with connection, connection.makefile("rwb") as wire:
            try:
                _talk(wire, script)
            except OSError:
                continue


def _talk(wire: Any, script: Script) -> None:  # noqa: C901 - a protocol in one place
    def say(verb: str, usual: str) -> bool:
        """Whether to go on."""
        script.verbs.append(verb)
        if verb == script.verb and not script.reply:
            return False
        wire.write(f"{script.reply if verb == script.verb else usual}\r\n".encode())
        wire.flush()
        return True

    if not say("CONNECT", "220 hello"):
        return
    while line := wire.readline():
        verb = line.split(b" ")[0].strip().decode().upper()
        if verb == "DATA":
            if not say("DATA", "354 go ahead"):
                return
            if script.verb == "BODY":
                wire.read(10)
                return
            if script.verb == "DATA":
                continue
            script.mails.append(b"".join(iter(wire.readline, b".\r\n")))
            if script.verb == "HANG":
                wire.read(1)  # until the client gives up
                return
            if not say("DOT", "250 taken"):
                return
        elif not say(verb, "221 bye" if verb == "QUIT" else "250 fine"):
            return
