"""The parent: holds the clock, Slack, the mailboxes and the CRM, starts a child for each life, and kills it where the plan says."""

import os
import queue
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.clock import MINUTE, MONDAY, SECOND, VirtualClock, served
from tests.faults.company import Company, slack_channels, slack_people
from tests.faults.fake_mail import MailServer, mail_server
from tests.faults.fake_slack import SlackWorkspace, slack_workspace

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""How long (of real time) a child may take for one order before the test gives up."""
DO = ("sync", "check", "reports")
RANDOM = 0
"""A kill at no failpoint but at any moment."""


@dataclass
class Kill:
    """Where the next kill is: at the ``hit``-th time that a failpoint is reached (``RANDOM``: after ``delay_s``)."""

    point: int
    hit: int = 1
    delay_s: float = 0
    sleeps: bool = False
    """Not killed there but put to sleep, until the rig wakes it."""


@dataclass
class Told:
    """What a child said after an order, or that it was killed in it."""

    killed_at: int | None = None
    did: dict[str, str] = field(default_factory=dict)
    due: int | None = None
    waiting: dict[str, int] = field(default_factory=dict)
    dead: list[Any] = field(default_factory=list)
    took_s: float = 0


class Zygote:
    """A process that has imported everything and forks a child for each life; ``more`` is added to its environment."""

    def __init__(self, **more: str) -> None:
        command = [sys.executable, "-m", "tests.faults.child"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **more}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, order: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def fork(self, port: int, folder: Path, slack_port: int) -> int:
        """A new life; its process id."""
        return self._ask(f"fork {port} {folder} {slack_port}")

    def reap(self, pid: int) -> int:
        """Wait for a life's end; until then its id is nobody else's."""
        return self._ask(f"reap {pid}")

    def close(self) -> None:
        """End it; children end when their line does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


@dataclass
class Rig:
    """A company, its program, and everything around it."""

    company: Company
    clock: VirtualClock
    slack: SlackWorkspace
    mail: MailServer
    zygote: Zygote
    database_url: str = ""
    port: int = 0
    kill: Kill | None = None
    lives: int = 0
    killed: Counter[int] = field(default_factory=Counter)
    reached: Counter[int] = field(default_factory=Counter)
    orders: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    told: "queue.Queue[Told]" = field(default_factory=queue.Queue)
    pid: int = 0
    sleepers: dict[int, threading.Event] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    # --- what a test does ---------------------------------------------------------------------------------------

    def order(self, *jobs: str) -> Told:
        """Let the program do some jobs, in a new life when the last one ended; what it said, or where it was killed."""
        if not self.pid:
            self._begin()
        armed = self.kill
        timer = self._timer(armed.delay_s) if armed and armed.point == RANDOM else None
        self.orders.put({"do": jobs})
        told = self._heard()
        if timer:
            timer.cancel()
        if told.killed_at is not None:
            self._buried()
        return told

    def tick(self) -> Told:
        """Sync, check, report and deliver."""
        told = self.order(*DO)
        return told if told.killed_at is not None else self.order("deliver")

    def at(self, instant: int) -> Told:
        """Wait until an instant, and tick."""
        self.clock.reach(instant)
        return self.tick()

    def settle(self, minutes: int = 60) -> Told:
        """Tick until nothing waits, so many minutes of the virtual clock at most."""
        give_up = self.clock() + minutes * MINUTE
        told = self.tick()
        while told.killed_at is not None or (told.due is not None and self.clock() < give_up):
            self.clock.reach(max(told.due or 0, self.clock() + 5 * SECOND))
            told = self.tick()
        return told

    def end(self) -> None:
        """End the life that goes on, in peace."""
        if self.pid:
            self.orders.put({"stop": True})
            pid, self.pid = self.pid, 0
            self.zygote.reap(pid)

    def wake(self) -> None:
        """Let those that sleep go on with what they were at, and end."""
        for pid, awake in list(self.sleepers.items()):
            awake.set()
            self.zygote.reap(pid)
            del self.sleepers[pid]

    def strike(self) -> None:
        """SIGKILL, to the process that we forked and have not reaped."""
        with self.lock:
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)

    # --- how it is done -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.orders, self.told = queue.Queue(), queue.Queue()
        self.lives += 1
        slack_port = int(self.slack.address.rsplit(":", 1)[1])
        self.pid = self.zygote.fork(self.port, self.company.folder, slack_port)

    def _heard(self) -> Told:
        try:
            return self.told.get(timeout=PATIENCE_S)
        except queue.Empty:
            self.strike()
            log = self.company.folder / "child.log"
            raise TimeoutError(f"the child did not answer; it wrote: {log.read_text()[-3000:] if log.exists() else ''}") from None

    def _buried(self) -> None:
        pid, self.pid = self.pid, 0
        if pid not in self.sleepers:
            self.zygote.reap(pid)
        self.clock.wait(2 * SECOND)  # a supervisor starts it again

    def _timer(self, delay_s: float) -> threading.Timer:
        told, kill = self.told, self.kill

        def strike() -> None:
            self._killed(kill, told)

        timer = threading.Timer(delay_s, strike)
        timer.start()
        return timer

    def _killed(self, kill: Kill | None, told: "queue.Queue[Told]") -> None:
        with self.lock:
            if kill is None or self.kill is not kill or not self.pid or told is not self.told:
                return
            self.kill = None
            os.kill(self.pid, signal.SIGKILL)
            self.killed[kill.point] += 1
        told.put(Told(killed_at=kill.point))

    def answer(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """What a child's line is answered; None leaves it standing."""
        match question["ask"]:
            case "now":
                return {"now": self.clock()}
            case "wait":
                return {"now": self.clock.reach(int(question["until"]))}
            case "at":
                return self._at(int(question["point"]))
            case "work":
                return self._work(question)
        raise ValueError(question)

    def _at(self, point: int) -> dict[str, Any] | None:
        self.reached[point] += 1
        kill = self.kill
        if kill is None or kill.point != point:
            return {}
        kill.hit -= 1
        if kill.hit > 0:
            return {}
        if point == 15:  # not before the checkpoint but in it
            threading.Timer(random.random() * 0.003, self._killed, (kill, self.told)).start()
            return {}
        if kill.sleeps:
            self.kill, awake = None, threading.Event()
            self.sleepers[self.pid] = awake
            self.told.put(Told(killed_at=point))
            awake.wait(PATIENCE_S)
            return {}
        self._killed(kill, self.told)
        return None

    def _work(self, question: dict[str, Any]) -> dict[str, Any] | None:
        if question["pid"] in self.sleepers:
            return {"stop": True}
        if "did" in question:
            self.told.put(Told(**{name: question[name] for name in ("did", "due", "waiting", "dead", "took_s")}))
        orders = self.orders
        while True:
            try:
                return orders.get(timeout=5)
            except queue.Empty:
                if orders is not self.orders or not self.pid:  # another life has begun
                    return None


@contextmanager
def rig(folder: Path, database_url: str, zygote: Zygote, *, start: int = MONDAY, **more: Any) -> Iterator[Rig]:
    """A company with nothing in its CRM, at an instant; ``more`` is what :meth:`Company.open` takes."""
    clock, company = VirtualClock(start), Company(folder)
    with slack_workspace(clock, channels=slack_channels(), people=slack_people()) as slack, mail_server(clock) as mail:
        slack.on_hang = lambda seconds: clock.wait(round(seconds * SECOND))
        company.open(slack.address, mail.port, database_url, **more)
        made = Rig(company, clock, slack, mail, zygote, database_url)
        with served(made.answer) as port:
            made.port = port
            try:
                yield made
            finally:
                made.kill = None
                made.wake()
                made.end()
