"""One clock for everything that plays: the parent holds it and serves it over a socket, so that waiting costs nothing.

The same line tells the parent at which failpoint a child stands; a child that gets no answer stands still until it is killed.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 1_767_571_200 * SECOND
"""2026-01-05 00:00 UTC."""

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]
"""What the parent says to a child's line; None leaves the child waiting for ever."""


@dataclass
class VirtualClock:
    """Microseconds UTC that pass when somebody waits, and never backwards unless it is set."""

    now: int = MONDAY
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> int:
        return self.now

    def reach(self, instant: int) -> int:
        """Wait until an instant; one that has passed costs nothing."""
        with self._lock:
            self.now = max(self.now, instant)
            return self.now

    def wait(self, micros: int) -> int:
        """Wait that long from now on."""
        with self._lock:
            self.now += max(micros, 0)
            return self.now

    def set(self, instant: int) -> None:
        """Put the clock anywhere, also back."""
        with self._lock:
            self.now = instant


class Line:
    """A child's end of the line: one question, one answer, whichever thread asks."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = self._socket.makefile("rwb")
        self._lock = threading.Lock()

    def ask(self, **question: Any) -> dict[str, Any]:
        """The parent's answer; ``EOFError`` when the parent is gone."""
        with self._lock:
            self._wire.write(json.dumps(question).encode() + b"\n")
            self._wire.flush()
            said = self._wire.readline()
        if not said:
            raise EOFError("the parent is gone")
        return dict(json.loads(said))

    def clock(self) -> int:
        """Now."""
        return int(self.ask(ask="now")["now"])


class WaitingEvent(threading.Event):
    """An event whose waiting makes the shared clock go on instead of the computer's time pass."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is set, after so many seconds of the shared clock."""
        if not self.is_set() and timeout:
            self._line.ask(ask="wait", until=self._line.clock() + round(timeout * SECOND))
        return self.is_set()


@contextmanager
def served(answer: Answer) -> Iterator[int]:
    """Answer every line of every child at a port of loopback while the context is open."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stop = threading.Event()
    talks: list[threading.Thread] = []

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            talks.append(threading.Thread(target=_talk, args=(connection, answer), daemon=True))
            talks[-1].start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        thread.join(5)
        listener.close()


def _talk(connection: socket.socket, answer: Answer) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rwb") as wire:
        try:
            for line in wire:
                said = answer(json.loads(line))
                if said is not None:
                    wire.write(json.dumps(said).encode() + b"\n")
                    wire.flush()
        except (OSError, ValueError):  # the child was killed in the middle of a line
            return
