"""The fifteen places at which the program is killed: hung on what it stands on (database, HTTP, SMTP), never on itself."""

import threading
from collections.abc import Callable
from http.client import HTTPConnection
from smtplib import SMTP
from typing import Any

from slack_sdk import WebClient
from sqlalchemy import Engine, event

POINTS = {
    1: "after a page of the CRM",
    2: "in the transaction, after the breach's row",
    3: "after its commit",
    4: "after the claim",
    5: "connecting",
    6: "request half written",
    7: "request written",
    8: "answer read",
    9: "sent committed",
    10: "history read",
    11: "report's period committed",
    12: "after RCPT",
    13: "after the dot",
    14: "after the 250",
    15: "in the middle of a checkpoint of the log",
}
POSTS = (b"/chat.postMessage", b"/chat.update")
READS = ("conversations.history", "conversations.replies")

Reached = Callable[[int], None]


def hang_on_network(reached: Reached, port: int) -> None:
    """Failpoints of requests to Slack at a port of loopback, of what was read of it, and of mail."""
    plain_send, plain_call = HTTPConnection.send, WebClient.api_call

    def send(self: HTTPConnection, data: Any) -> None:
        posting = b"" if isinstance(data, bytes) and data.startswith(b"POST ") else getattr(self, "posting", b"")
        if self.port != port or not isinstance(data, bytes):
            plain_send(self, data)
        elif data.startswith(b"POST "):
            first = data.partition(b"\r\n")[0]
            self.posting = first if any(post in first for post in POSTS) else b""  # type: ignore[attr-defined]  # a note on the connection
            if self.posting:  # type: ignore[attr-defined]  # the same
                reached(5)
            plain_send(self, data)
        elif posting:
            plain_send(self, data[: len(data) // 2])
            reached(6)
            plain_send(self, data[len(data) // 2 :])
            reached(7)
        else:
            plain_send(self, data)

    def api_call(self: WebClient, api_method: str, **more: Any) -> Any:
        answer = plain_call(self, api_method, **more)
        if api_method in ("chat.postMessage", "chat.update"):
            reached(8)
        elif api_method in READS:
            reached(10)
        return answer

    HTTPConnection.send = send  # type: ignore[method-assign]  # in a child that lives for a moment
    WebClient.api_call = api_call  # type: ignore[method-assign, assignment]  # the same
    _hang_on_mail(reached)


def _hang_on_mail(reached: Reached) -> None:
    plain_rcpt, plain_send, plain_reply = SMTP.rcpt, SMTP.send, SMTP.getreply

    def rcpt(self: SMTP, *arguments: Any, **more: Any) -> Any:
        answer = plain_rcpt(self, *arguments, **more)
        reached(12)
        return answer

    def send(self: SMTP, s: Any) -> None:
        plain_send(self, s)
        if s == b".\r\n":
            reached(13)
            self.dotted = True  # type: ignore[attr-defined]  # a note on the connection

    def getreply(self: SMTP) -> Any:
        answer = plain_reply(self)
        if getattr(self, "dotted", False):
            self.dotted = False  # type: ignore[attr-defined]  # the same
            reached(14)
        return answer

    SMTP.rcpt, SMTP.send, SMTP.getreply = rcpt, send, getreply  # type: ignore[method-assign]  # in a child


def hang_on_database(reached: Reached, engine: Engine) -> None:
    """Failpoints of transactions, by what they write; the claim and the settling are told by the state they write."""
    here = threading.local()
    plain_commit = engine.dialect.do_commit

    def written() -> set[int]:
        found: set[int] | None = getattr(here, "points", None)
        if found is None:
            found = here.points = set()
        return found

    def begun(_connection: Any) -> None:
        written().clear()

    def executed(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        words = " ".join(statement.split()[:3]).lower().replace('"', "")
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if words == "insert into deliveries":
            report = "'report'" in repr(parameters)
            written().add(11 if report else 3)
            if not report:
                reached(2)
        elif words.startswith("update deliveries") and not isinstance(parameters, list):
            told = {value for value in values if isinstance(value, str)}
            written().update({4} if "dispatching" in told and "lease_owner" in statement else set())
            written().update({9} if "sent" in told else set())

    def do_commit(connection: Any) -> None:
        plain_commit(connection)
        points = sorted(written())
        written().clear()
        for point in points:
            reached(point)

    event.listen(engine, "begin", begun)
    event.listen(engine, "after_cursor_execute", executed)
    engine.dialect.do_commit = do_commit  # type: ignore[method-assign, assignment]  # in a child
