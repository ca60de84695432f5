"""Mail: one recipient a transaction, the same bytes on every attempt, and never a password over an open line."""

import base64
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from slamon.channels.outgoing import DeliveryError, Failure, Outgoing
from slamon.channels.unsubscribe import SHORTEST_SECRET, unsubscribe_address
from slamon.core.working_time.instants import to_datetime
from slamon.settings import EmailSettings, Workspace

TIMEOUT_S = 30
OK, GO_AHEAD = 250, 354
FORWARDED = 251
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

_POLICY = SMTP_POLICY.clone(cte_type="7bit", max_line_length=76)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)


class SmtpChannel:
    """Sends mail through one server, a fresh connection each; ``tls`` replaces the system's trust, for a server with its own CA.

    ``leave`` gives the address at which the reader of a report stops it: (delivery's id, when it was made).
    """

    def __init__(
        self,
        settings: EmailSettings,
        password: str | None,
        tls: ssl.SSLContext | None = None,
        leave: Callable[[str, int], str] | None = None,
    ) -> None:
        parts = urlsplit(settings.smtp)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), password
        self._from = settings.from_
        self._tls = tls or ssl.create_default_context()
        self._leave = leave

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        """Send one mail to one address; returns its ``message_id``."""
        message = mail_of(outgoing, self._from)
        content = self._one_click(outgoing) + message.as_bytes(policy=_POLICY)
        sender = parseaddr(self._from)[1]
        with self._session() as smtp:
            _handed_over(smtp, sender, outgoing.destination, content)
        return {"message_id": str(message["Message-ID"])}

    def _one_click(self, outgoing: Outgoing) -> bytes:
        """A report's RFC 8058 headers. Written as they are: folding or encoding such a line breaks signatures and readers."""
        if self._leave is None or outgoing.kind != "report":
            return b""
        address = self._leave(outgoing.delivery_id, outgoing.created_at)
        return f"List-Unsubscribe: <{address}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode("ascii")

    def examine(self) -> str:
        """Which server takes our mail, after saying hello, encrypting and logging in as for a mail."""
        with self._session():
            return f"Mail: {self._host}:{self._port} ({self._scheme}{', logged in' if self._user and self._password else ''})"

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection that is encrypted and logged in where the settings ask for it. No failure up to here hands anything over."""
        with _before_the_dot():
            smtp = self._connected()
        try:
            with _before_the_dot():
                self._secured(smtp)
            yield smtp
        finally:
            _closed(smtp)

    def _connected(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=self._tls)
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)

    def _secured(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._scheme == "smtp+starttls":
            smtp.starttls(context=self._tls)
            smtp.ehlo()
        if not self._user or not self._password:
            return
        if self._scheme == "smtp":
            raise DeliveryError(Failure.CLOSED, "a login over an open line would show the password; write smtp+starttls:// or smtps://")
        smtp.login(self._user, self._password)


def smtp_of(workspace: Workspace) -> SmtpChannel | None:
    """The workspace's mail channel; None without ``email`` in the settings."""
    email = workspace.settings.email
    return SmtpChannel(email, workspace.secret("SLAMON_SMTP_PASSWORD"), leave=_leaving(workspace)) if email else None


def _leaving(workspace: Workspace) -> Callable[[str, int], str] | None:
    """How readers stop a report; None without a public https address, or a secret to sign it with."""
    web, secret = workspace.settings.web, workspace.secret("SLAMON_WEB_SECRET")
    if web is None or web.url is None or secret is None or len(secret) < SHORTEST_SECRET:
        return None
    if not web.url.isascii() or not web.url.startswith("https://"):
        return None
    return partial(unsubscribe_address, web.url, secret)


def mail_of(outgoing: Outgoing, sender: str) -> EmailMessage:
    """The mail of an outgoing message: the same bytes whenever it is made. ``DeliveryError`` for an address that is not one."""
    name, address = parseaddr(sender)
    if not _ADDRESS.fullmatch(address):
        raise DeliveryError(Failure.PERMANENT, "the sender is not one plain address; write from: SLA <sla@example.com>")
    if not _ADDRESS.fullmatch(outgoing.destination) or outgoing.destination.startswith("-"):
        raise DeliveryError(Failure.PERMANENT, "the recipient is not one plain address; write e.g. ana@example.com")
    user, domain = address.rsplit("@", 1)
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = Address(name, user, domain)
        message["To"] = outgoing.destination
        message["Subject"] = outgoing.payload["subject"]
        message["Date"] = format_datetime(to_datetime(outgoing.created_at).replace(microsecond=0))
        message["Message-ID"] = f"<{outgoing.delivery_id}@{domain}>"
        message["List-Id"] = f"SLA reports and alerts <slamon.{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        _fill(message, outgoing)
    except (ValueError, MessageError) as error:
        raise DeliveryError(Failure.PERMANENT, f"the mail could not be written: {type(error).__name__}") from error
    return message


def _fill(message: EmailMessage, outgoing: Outgoing) -> None:
    """Text first, then HTML with its pictures; boundaries follow from the delivery, so that a repeat is the same bytes."""
    payload = outgoing.payload
    message.set_content(_lines(payload["text"]), cte="quoted-printable")
    message.add_alternative(_lines(payload["html"]), subtype="html", cte="quoted-printable")
    message.set_boundary(_boundary(outgoing.delivery_id, "alternative"))
    page = message.get_payload(1)
    if not isinstance(page, EmailMessage):
        raise MessageError("a mail's second part is its HTML")
    images = payload.get("images") or []
    for number, image in enumerate(images, 1):
        # Names inside the mail are our own: the image's name only has to match the reference in the HTML.
        page.add_related(
            base64.b64decode(image["png"]), "image", "png", cid=f"<{image['name']}>", filename=f"chart-{number}.png", disposition="inline"
        )
    if images:
        page.set_boundary(_boundary(outgoing.delivery_id, "related"))


def _lines(text: str) -> str:
    """Every way to end a line becomes one, and what UTF-8 cannot write is replaced."""
    return re.sub(r"\r\n|\r|\v|\f|\x85|\u2028|\u2029", "\n", text).encode("utf-8", "replace").decode("utf-8")


def _boundary(delivery_id: str, part: str) -> str:
    return f"={sha256(f'{delivery_id} {part}'.encode()).hexdigest()[:40]}="


def _handed_over(smtp: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> None:
    """One transaction. Until the final dot is written nobody has the mail; from then on only the answer can tell."""
    with _before_the_dot():
        _expected(smtp.mail(sender), (OK,))
        _expected(smtp.rcpt(recipient), (OK, FORWARDED))
        _expected(smtp.docmd("DATA"), (GO_AHEAD,))
        smtp.send(_stuffed(content))
    try:
        smtp.send(b".\r\n")
        answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(Failure.AMBIGUOUS, f"the server's answer to the mail was lost: {type(error).__name__}") from error
    _expected(answer, (OK,))


def _stuffed(content: bytes) -> bytes:
    """The mail as it travels: CRLF alone ends a line, a leading dot is doubled, and the last line is ended."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return re.sub(rb"(?m)^\.", b"..", lines.removesuffix(b"\r\n") + b"\r\n")


def _expected(answer: tuple[int, bytes], good: tuple[int, ...]) -> None:
    code, words = answer
    if code in good:
        return
    if code == -1:
        raise DeliveryError(Failure.DEFINITE, "the mail server closed the connection")
    raise _refusal(code, words)


def _refusal(code: int, words: bytes | str) -> DeliveryError:
    """4xx may be tried again; 5xx stays as it is. The server's words are cut and cleaned: they end in logs."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    said = "".join(letter if letter.isprintable() else " " for letter in text)[:200]
    permanent = 500 <= code < 600  # noqa: PLR2004 - SMTP's permanent refusals
    return DeliveryError(Failure.PERMANENT if permanent else Failure.DEFINITE, f"the mail server refused: {code} {said}".strip())


@contextmanager
def _before_the_dot() -> Iterator[None]:
    """Failures while nothing has been handed over."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:  # its words may repeat what was sent, so only the code is told
        failure = Failure.CLOSED if error.smtp_code >= 500 else Failure.DEFINITE  # noqa: PLR2004 - SMTP's permanent refusals
        raise DeliveryError(failure, f"the mail server refused the login: {error.smtp_code}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(Failure.CLOSED, "the mail server offers no encryption or no login, so nothing was sent") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except ssl.SSLError as error:
        raise DeliveryError(Failure.CLOSED, f"the mail server's certificate or encryption is not accepted: {error.reason}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(Failure.DEFINITE, f"the mail was not handed over: {type(error).__name__}") from error


def _closed(smtp: smtplib.SMTP) -> None:
    """Say goodbye if the server still listens; what was sent is not touched by it."""
    _quietly(smtp.quit)
    _quietly(smtp.close)


def _quietly(close: Callable[[], object]) -> None:
    try:
        close()
    except (OSError, smtplib.SMTPException):
        return  # the answer to the mail itself has been read; a lost goodbye changes nothing
