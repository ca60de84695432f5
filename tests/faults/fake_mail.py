"""A mail server on loopback (aiosmtpd) that breaks before or after any verb, and mailboxes in two views: raw, and as people see them."""

import asyncio
import email
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

VERBS = ("EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT")


@dataclass
class MailFault:
    """How one coming command goes wrong: ``when`` before (nothing done) or after (done, the answer lost), or a ``reply`` instead.

    ``DOT`` before: the mail was written whole and is not kept; after: it is kept and its ``250`` never comes.
    """

    verb: str
    when: str = "before"
    reply: str = ""
    recipient: str = ""
    """Only for this recipient (RCPT and DOT)."""


@dataclass
class Mail:
    """One mail that the server took."""

    at: int
    sender: str
    recipient: str
    content: bytes

    @property
    def parsed(self) -> EmailMessage:
        """Its headers and parts."""
        message = email.message_from_bytes(self.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def message_id(self) -> str:
        """What a mailbox tells repeats by."""
        return str(self.parsed["Message-ID"])

    @property
    def text(self) -> str:
        """Subject and the text part."""
        body = self.parsed.get_body(("plain",))
        return f"{self.parsed['Subject']}\n{body.get_content() if body else ''}"


@dataclass
class MailServer:
    """What arrived, what goes wrong next, and which verbs were heard."""

    clock: Callable[[], int]
    raw: list[Mail] = field(default_factory=list)
    faults: list[MailFault] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    down: bool = False
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def plant(self, *faults: MailFault) -> None:
        """Let coming commands go wrong, each fault once."""
        with self.lock:
            self.faults.extend(faults)

    def seen(self, recipient: str = "") -> list[Mail]:
        """The mailboxes as people see them: of mails with one Message-ID to one recipient, the first."""
        found: dict[tuple[str, str], Mail] = {}
        for mail in self.raw:
            if not recipient or mail.recipient == recipient:
                found.setdefault((mail.recipient, mail.message_id), mail)
        return list(found.values())

    def fault(self, verb: str, when: str, recipient: str = "") -> MailFault | None:
        """The fault that hits now, if any; it hits once."""
        with self.lock:
            for each in self.faults:
                if (each.verb, each.when) == (verb, when) and each.recipient in ("", recipient):
                    self.faults.remove(each)
                    return each
        return MailFault(verb) if self.down and when == "before" else None

    async def handle_DATA(self, _server: object, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name for it
        """The mail is whole: keep it, or lose it."""
        recipient = envelope.rcpt_tos[0]
        self.verbs.append("DOT")
        before = self.fault("DOT", "before", recipient)
        if before:
            return before.reply or "BREAK"
        for each in envelope.rcpt_tos:
            self.raw.append(Mail(self.clock(), envelope.mail_from or "", each, envelope.original_content or b""))
        return "BREAK" if self.fault("DOT", "after", recipient) else "250 taken"


class _FaultySMTP(SMTP):
    """aiosmtpd's own server, with a fault before and after each verb."""

    mailbox: MailServer

    def _break(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined]  # a socket's transport has it

    async def push(self, status: Any) -> None:
        """An answer that says BREAK is a line that breaks."""
        text = status.decode() if isinstance(status, bytes) else str(status)
        if text.startswith("BREAK"):
            self._break()
            return
        await super().push(status)
        if text.startswith("354") and self.mailbox.fault("DATA", "after"):
            self._break()

    async def _with_faults(self, verb: str, argument: Any, usual: Callable[[Any], Any]) -> None:
        self.mailbox.verbs.append(verb)
        recipient = str(argument or "").partition(":")[2].strip().strip("<>") if verb == "RCPT" else ""
        before = self.mailbox.fault(verb, "before", recipient)
        if before and not before.reply:
            self._break()
        elif before:
            await self.push(before.reply)
        else:
            push = self.push
            after = None if verb == "DATA" else self.mailbox.fault(verb, "after", recipient)  # DATA's answer is not its end
            if after:
                self.push = self._swallow  # type: ignore[method-assign, assignment]  # the answer is lost, whatever it is
            await usual(argument)
            if after:
                self.push = push  # type: ignore[method-assign]  # as it was
                self._break()

    async def _swallow(self, _status: Any) -> None:
        return

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name for it
        """EHLO."""
        await self._with_faults("EHLO", hostname, super().smtp_EHLO)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name for it
        """MAIL FROM."""
        await self._with_faults("MAIL", arg, super().smtp_MAIL)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name for it
        """RCPT TO."""
        await self._with_faults("RCPT", arg, super().smtp_RCPT)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name for it
        """DATA, up to and with the final dot."""
        await self._with_faults("DATA", arg, super().smtp_DATA)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name for it
        """QUIT."""
        await self._with_faults("QUIT", arg, super().smtp_QUIT)


@contextmanager
def mail_server(clock: Callable[[], int]) -> Iterator[MailServer]:
    """A server at ``port`` of loopback while the context is open."""
    mailbox = MailServer(clock)
    made = type("FaultySMTP", (_FaultySMTP,), {"mailbox": mailbox})

    class _Controller(Controller):
        def factory(self) -> SMTP:
            return made(mailbox, hostname="127.0.0.1", loop=self.loop)

        def _trigger_server(self) -> None:  # aiosmtpd says hello to itself first, and needs the port for it
            self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]  # it was started just now
            super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has few types

    controller = _Controller(mailbox, hostname="127.0.0.1", port=0, ready_timeout=10)
    controller.start()
    controller.loop.call_soon_threadsafe(controller.loop.set_exception_handler, _quiet)
    mailbox.port = controller.port
    mailbox.verbs.clear()
    try:
        yield mailbox
    finally:
        controller.stop()


def _quiet(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """Lines that break are what this server is for."""
