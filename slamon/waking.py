"""Wakes jobs before their interval has passed, when there is work for them: the next due instant has come, or a sync brought news."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slamon.journal import Journal, describe

LOOK_S = 0.25
REST_S = 60.0
"""So long a job that failed waits for its interval, and a question that failed is not asked again."""

IsDue = Callable[[], bool]


@dataclass(slots=True)
class Waking:
    """Asks each job's own question in a thread of its own: a database that hangs holds up nobody else."""

    questions: Mapping[str, IsDue]
    begin: Callable[[str], None]
    """Begins a job unless it is at work."""
    journal: Journal
    rests_until: dict[str, float] = field(default_factory=dict)

    def start(self, stop: threading.Event) -> None:
        """Ask until ``stop`` is set."""
        for name in self.questions:
            threading.Thread(target=self._ask_on, args=(name, stop), name=f"waking {name}", daemon=True).start()

    def rest(self, name: str) -> None:
        """A job failed: the interval is soon enough for it."""
        self.rests_until[name] = time.monotonic() + REST_S

    def _ask_on(self, name: str, stop: threading.Event) -> None:
        while not stop.wait(LOOK_S):
            if time.monotonic() >= self.rests_until.get(name, 0.0):
                self._ask(name)

    def _ask(self, name: str) -> None:
        try:
            if self.questions[name]():
                self.begin(name)
        except Exception as error:  # noqa: BLE001 - the database may be locked or away: the interval is the safety net
            self.rest(name)
            self.journal.write("not woken", job=name, **describe(error))
