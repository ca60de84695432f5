"""How the fake Slacks answer over HTTP: as Slack does, or broken in the way that a fault says."""

import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import parse_qs

HANG_S = 20
OFTEN_JSON = ("files", "blocks", "metadata")


class Broken(Protocol):
    """What a fault says of an answer: ``kind`` is one of those of :meth:`FaultyAnswers.break_off`, ``value`` what it needs."""

    kind: str
    value: str


class FaultyAnswers(BaseHTTPRequestHandler):
    """A handler that says whole answers, and broken ones; ``stopping`` ends those that hang."""

    protocol_version = "HTTP/1.1"
    stopping: threading.Event

    def log_message(self, *_: Any) -> None:
        """Say nothing on the terminal."""

    def scopes(self) -> str:
        """The scopes that every answer names; empty for none."""
        return ""

    def hang(self) -> None:
        """Say nothing until the client is tired of it."""
        self.stopping.wait(HANG_S)

    def say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """A whole answer."""
        granted = {"X-OAuth-Scopes": self.scopes()} if self.scopes() else {}
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **granted, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def say_json(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        """The same, of JSON."""
        self.say(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **(headers or {})})

    def break_off(self, fault: Broken) -> None:
        """Answer as a fault says, or not at all."""
        match fault.kind:
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            case "disconnect":
                self.connection.shutdown(socket.SHUT_RDWR)
            case "hang":
                self.hang()
            case "half body":
                self.say(200, b'{"ok": true, "cha', {"Content-Length": "400"})
            case "body":
                return self.say(200, fault.value.encode(), {})
            case "error":
                return self.say_json(200, {"ok": False, "error": fault.value})
            case "status":
                return self.say_json(int(fault.value), {"ok": False, "error": "internal_error"})
            case "rate limit":
                return self.say_json(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": fault.value} if fault.value else {})
            case _:
                raise ValueError(f"no such fault: {fault.kind}")
        self.close_connection = True
        return None


def asked_in(kind: str, body: bytes) -> dict[str, Any]:
    """What a request asks, by its content type: JSON, or a form some of whose fields are JSON."""
    if kind.startswith("application/json"):
        return dict(json.loads(body or b"{}"))
    asked: dict[str, Any] = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return {name: json.loads(value) if name in OFTEN_JSON else value for name, value in asked.items()}
