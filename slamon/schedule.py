"""The service: a ticker that runs each job at its interval, survives every job's failure, and stops when it is asked to.

The ticker knows nothing of business time. A job looks at the database for what is due, so a tick that comes late, twice
or after a pause does no harm; which report is due is data (`slamon.core.working_time.timetables`). This module and the command line
are the only places that read the clock.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from slamon.core.working_time.instants import MINUTE, SECOND, iso
from slamon.journal import Journal, describe
from slamon.waking import IsDue, Waking

GRACE_S = 10.0
LOOK_S = 1.0
PULSE, PULSE_S = "pulse", 5
PULSELESS_S = 60.0
BEAT_EVERY = 30 * SECOND
CLOCK_STEP = MINUTE
STUCK_AFTER = 30 * MINUTE
TICK = "tick"

Clock = Callable[[], int]
Beat = Callable[[str, int, bool, str, int | None], None]
"""Writes a heartbeat: (job, instant, ok, detail, how long it took in microseconds or None)."""


def wall_clock() -> int:
    """Now, in microseconds UTC: read anew at each call, so that a clock that is set is followed."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Job:
    """What runs every ``every_s`` seconds and says in a few words, without personal data, what it did."""

    run: Callable[[], object]
    every_s: float
    is_due: IsDue | None = None
    """Asked four times a second: whether there is work before the interval has passed. It has to be cheap, and to change nothing."""


@dataclass(slots=True)
class Vitals:
    """When the ticker and the loop that watches it last showed that they live (seconds of the steady clock); for other threads."""

    ticked: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)

    def silent_s(self) -> float:
        """For how many seconds the slower of the two has shown nothing."""
        return time.monotonic() - min(self.ticked, self.looked)


@dataclass(slots=True)
class _Service:
    """The jobs of one running service, and which of them are at work since when."""

    jobs: Mapping[str, Job]
    beat: Beat
    journal: Journal
    clock: Clock
    at_work: dict[str, int] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    idle: threading.Condition = field(default_factory=threading.Condition)
    vitals: Vitals = field(default_factory=Vitals)
    waking: Waking = field(init=False)

    def __post_init__(self) -> None:
        self.waking = Waking({name: job.is_due for name, job in self.jobs.items() if job.is_due}, self.begin, self.journal)

    def pulse(self) -> None:
        """Called by the ticker, and only by it: proof that it lives."""
        self.vitals.ticked = time.monotonic()

    def begin(self, name: str) -> None:
        """Run a job in a thread of its own, unless it is still at work; the thread never outlives the process."""
        with self.idle:
            if name in self.at_work:
                return
            self.at_work[name] = self.clock()
        threading.Thread(target=self._work, args=(name,), name=name, daemon=True).start()

    def _work(self, name: str) -> None:
        try:
            self._run(name)
        finally:
            with self.idle:
                del self.at_work[name]
                self.told.discard(name)
                self.idle.notify_all()

    def _run(self, name: str) -> None:
        began = time.monotonic()  # not the wall clock, which may be set meanwhile

        def took() -> float:
            return round(time.monotonic() - began, 3)

        try:
            detail = str(self.jobs[name].run() or "")
        except Exception as error:  # noqa: BLE001 - a job that fails is told, and stops neither the others nor itself
            told = describe(error)
            self.waking.rest(name)
            self.journal.write("job failed", job=name, took_s=took(), **told)
            self.record(name, ok=False, detail=told.get("reason") or told["error"], took_s=took())
        else:
            self.journal.write("job done", job=name, took_s=took(), detail=detail)
            self.record(name, ok=True, detail=detail, took_s=took())

    def record(self, name: str, *, ok: bool, detail: str, took_s: float | None = None) -> None:
        """Write a heartbeat; when even that fails, the journal has it, and the missing heartbeat tells the rest."""
        try:
            took = None if took_s is None else round(took_s * SECOND)
            self.beat(name, self.clock(), ok, self.journal.masked(detail), took)
        except Exception as error:  # noqa: BLE001 - the database may be locked or away: the loop goes on
            self.journal.write("heartbeat failed", job=name, **describe(error))

    def watch(self) -> None:
        """Tell once of each job that has been at work for very long."""
        now = self.clock()
        with self.idle:
            stuck = [name for name, since in self.at_work.items() if now - since > STUCK_AFTER and name not in self.told]
            self.told.update(stuck)
        for name in stuck:
            self.journal.write("job hangs", job=name, since=iso(self.at_work.get(name, now)))
            self.record(name, ok=False, detail="has been running for more than half an hour")

    def wait_until_idle(self, seconds: float) -> list[str]:
        """Wait for the jobs at work; those that are not done in time."""
        with self.idle:
            self.idle.wait_for(lambda: not self.at_work, timeout=seconds)
            return sorted(self.at_work)


def run_service(
    jobs: Mapping[str, Job],
    stop: threading.Event,
    beat: Beat,
    journal: Journal,
    *,
    clock: Clock = wall_clock,
    grace_s: float = GRACE_S,
    vitals: Vitals | None = None,
) -> None:
    """Run every job at its interval, at once and in threads of their own, until ``stop`` is set.

    A job that is still at work when its time comes is not begun a second time. When it stops, jobs at work have
    ``grace_s`` seconds to end (they see ``stop`` themselves); what does not end by then is left to its leases.
    ``vitals`` are kept for whoever asks from outside whether it lives.
    """
    service = _Service(jobs, beat, journal, clock, vitals=vitals or Vitals())
    journal.write("started", jobs={name: job.every_s for name, job in jobs.items()})
    service.waking.start(stop)
    while not stop.is_set():
        ticker = _ticker(service)
        ticker.start()
        try:
            _watch(service, ticker, stop)
        finally:
            ticker.shutdown(wait=False)
    journal.write("stopped", unfinished=service.wait_until_idle(grace_s))


def _ticker(service: _Service) -> BackgroundScheduler:
    """APScheduler as nothing but a clockwork: intervals in UTC, in memory; its own date arithmetic is not used."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    ticker = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, job in service.jobs.items():
        ticker.add_job(service.begin, _Every(timedelta(seconds=job.every_s)), args=(name,), id=name)
    service.pulse()
    ticker.add_job(service.pulse, _Every(timedelta(seconds=PULSE_S)), id=PULSE)
    return ticker


class _Every(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """At once, and then an interval after each time: APScheduler's own would list every time missed by a clock set far ahead."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next time after one that was ``previous``."""
        return now if previous is None else max(previous, now) + self.interval


def _watch(service: _Service, ticker: BackgroundScheduler, stop: threading.Event) -> None:
    """Beat, look for hanging jobs, and run everything at once when the clock was set or the computer slept.

    Returns when ``stop`` is set, or when the ticker's thread has died and a new one is needed.
    """
    beaten, last_wall, last_steady = 0, service.clock(), time.monotonic()
    while not stop.wait(LOOK_S):
        wall, steady = service.clock(), time.monotonic()
        service.vitals.looked = steady
        step = (wall - last_wall) - round((steady - last_steady) * SECOND)
        last_wall, last_steady = wall, steady
        if abs(step) > CLOCK_STEP:
            service.journal.write("clock was set", by_s=step // SECOND)
            _run_all_now(service, ticker)
        elif steady - service.vitals.ticked > PULSELESS_S:
            service.journal.write("ticker died")
            return
        service.watch()
        if abs(wall - beaten) >= BEAT_EVERY:
            beaten = wall
            service.record(TICK, ok=True, detail=f"{len(service.at_work)} at work")


def _run_all_now(service: _Service, ticker: BackgroundScheduler) -> None:
    """After a step back the ticker would sleep until the old time comes again."""
    now = datetime.now(UTC)
    for name in (*service.jobs, PULSE):
        try:
            ticker.modify_job(name, next_run_time=now)
        except JobLookupError as error:
            service.journal.write("ticker lost a job", job=name, **describe(error))


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """While inside, SIGTERM and SIGINT set ``stop`` instead of killing the process; main thread only."""
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
