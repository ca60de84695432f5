"""How soon people hear: `slamon run` on a CRM of many open leads, from due to outbox, from released to the wire, from the CRM to outbox.

    python benchmarks/latency.py [--minutes N] [--leads N] [--deadlines N] [--database sqlite|postgresql|URL]

A CRM (a SQLite file, read whole once a minute by the service, as any SQL source is) holds ``--leads`` leads whose first call is
due in weeks. Once the service has judged them all, ``--deadlines`` a minute come due, each a microsecond of its own, and every
few seconds a lead appears that is overdue already. Slack answers on loopback. Every alert is the first to a person of their own,
so that no rule of noise (grouping, pace, a day's messages) and no limit of Slack's is in the figures: what is measured is ours.

* read -> outbox: from the later of due and of the end of the first reading of the CRM that began after it (nobody is accused before)
  until the alert can be read in the outbox by another connection, which looks twenty times a second; due -> outbox is the same with the
  wait for that reading, for which there is no goal;
* released -> wire: from the later of its release and that moment until Slack has the request whole;
* CRM -> outbox: from the commit in the CRM; a sync begins once a minute, which is the goal's "one sync interval".

Exit code 1 when a goal is missed or a notice is missing.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measuring import say
from servers import ROOT, fresh_database, resident_mb, running_service
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from slamon.schedule import wall_clock
from slamon.store.database import open_database
from slamon.store.migrate import upgrade

sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    import subprocess

    from tests.faults.fake_slack import SlackWorkspace

SECOND = 1_000_000
WITHIN = 3600 * SECOND
SYNC_EVERY_S = 60.0
PEAK_GOAL_MB = 600.0
DUE_GOAL_S, WIRE_GOAL_S, CRM_GOAL_S = 5.0, 2.0, SYNC_EVERY_S + 5.0
LOOK_EVERY_S = 0.05
APPEARS_EVERY_S = 3.0
PATIENCE_S = 1800.0
PEOPLE = 500
"""Who holds the leads that nobody hears of."""

DEFINITIONS = """\
calendars: {always: {timezone: UTC, hours: {mon-sun: ["00:00-24:00"]}}}
stages: [{stage: mql, owned_by: marketing, means: Ready for sales.}, {stage: hot, owned_by: marketing, means: Ready at once.}]
---
sla: nurture
title: Sales calls every lead within ninety days
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
calendar: always
start: {stage: mql}
met_by: {activity: call, direction: outbound}
within: 90d
alerts: [{at: breach, to: holder}]
---
sla: first-call
title: Sales calls every hot lead within the hour
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
calendar: always
start: {stage: hot}
met_by: {activity: call, direction: outbound}
within: 1h
alerts: [{at: breach, to: holder}]
"""
SETTINGS = """\
company: Northwind
definitions: sla_definitions
calendar: always
go_live: "2026-01-01"
slack: {{default_channel: "#sla", api_url: "{slack}/api/"}}
schedule: {{sync: 1m, check: 1m}}
sources:
  crm:
    type: sql
    url: sqlite:///crm.db
    tables:
      - {{name: people, query: "SELECT id, name, email FROM people", people: {{id: id, name: name, email: email}}}}
      - name: leads
        query: SELECT lead, at, stage, owner FROM leads
        id: lead
        lead: lead
        at: at
        owner: owner
        events: [{{is: {{stage: {{column: stage}}}}}}]
"""


@dataclass
class Crm:
    """The CRM's database, to which the benchmark alone writes."""

    path: Path

    def make(self, leads: int, heard: Sequence[str], now: int) -> None:
        """Leads that are due in weeks, each held by one of some people; and the people who will hear of others."""
        people = [*(f"quiet-{number}" for number in range(PEOPLE)), *heard]
        with sqlite3.connect(self.path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, email TEXT)")
            connection.execute("CREATE TABLE leads (lead TEXT PRIMARY KEY, at TEXT, stage TEXT, owner TEXT)")
            connection.executemany("INSERT INTO people VALUES (?, ?, ?)", ((name, name.title(), address(name)) for name in people))
            starts = (now - (number * 7919 % (40 * 86_400)) * SECOND for number in range(leads))
            rows = ((f"Q{number:07}", iso(at), "mql", f"quiet-{number % PEOPLE}") for number, at in enumerate(starts))
            connection.executemany("INSERT INTO leads VALUES (?, ?, ?, ?)", rows)

    def add(self, leads: Sequence[tuple[str, int]]) -> int:
        """Hot leads, each held by the person of its name and begun at an instant; when they could be read."""
        with sqlite3.connect(self.path) as connection:
            connection.executemany("INSERT INTO leads VALUES (?, ?, 'hot', ?)", ((lead, iso(at), person_of(lead)) for lead, at in leads))
        return wall_clock()


@dataclass
class Seen:
    """What another connection saw in the outbox: by address when its alert was first there, and when it was to be released."""

    outbox: dict[str, int] = field(default_factory=dict)
    released: dict[str, int] = field(default_factory=dict)
    looks: int = 0


def address(person: str) -> str:
    """Where a person is known."""
    return f"{person}@example.com"


def person_of(lead: str) -> str:
    """Each hot lead has a holder of its own."""
    return f"holder-of-{lead}".lower()


def iso(instant: int) -> str:
    """With microseconds, in UTC."""
    return datetime.fromtimestamp(instant / SECOND, UTC).isoformat(timespec="microseconds")


def look(engine: Engine, seen: Seen, stop: threading.Event) -> None:
    """Note when each alert can first be read, until told to stop."""
    asked = text("SELECT destination, release_at FROM deliveries WHERE kind = 'breach'")
    while not stop.wait(LOOK_EVERY_S):
        with engine.connect() as connection:
            rows = connection.execute(asked).all()
        now = wall_clock()
        for destination, release_at in rows:
            if destination not in seen.outbox:
                seen.outbox[destination], seen.released[destination] = now, release_at
        seen.looks += 1


def wait_for(engine: Engine, child: "subprocess.Popen[bytes]", asked: str, patience_s: float = PATIENCE_S) -> None:
    """Until a question to the store is answered with a number above nought."""
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up and child.poll() is None:
        try:
            with engine.connect() as connection:
                if connection.execute(text(asked)).scalar():
                    return
        except DBAPIError as error:
            raise SystemExit(f"the store does not answer: {error.orig}") from error
        time.sleep(0.5)
    raise SystemExit("the service ended" if child.poll() is not None else "the service did not come so far in time")


@dataclass
class Measured:
    """The instants of each alert, by address; microseconds UTC."""

    due: dict[str, int]
    appeared: dict[str, int]
    seen: Seen
    wire: dict[str, int]
    readings: list[tuple[int, int]]
    """When each reading of the CRM began and ended."""
    checks_s: list[float]
    syncs_s: list[float]
    peak_mb: float
    """The most resident memory that the service ever had."""


def run(folder: Path, url: str, arguments: argparse.Namespace) -> Measured:
    """Let the service live through it."""
    from tests.faults.fake_slack import TOKEN, slack_workspace

    count = round(arguments.deadlines * arguments.minutes)
    coming = [f"D{number:05}" for number in range(count)]
    late = [f"N{number:05}" for number in range(int(arguments.minutes * 60 / APPEARS_EVERY_S))]
    crm = Crm(folder / "crm.db")
    crm.make(arguments.leads, [person_of(lead) for lead in (*coming, *late)], wall_clock())
    (folder / "sla_definitions").mkdir()
    (folder / "sla_definitions" / "first.yaml").write_text(DEFINITIONS, encoding="utf-8")
    prepared = open_database(url)
    upgrade(prepared)
    prepared.dispose()
    engine = create_engine(url)
    with slack_workspace(wall_clock) as slack:
        slack.people = {address(person_of(lead)): f"U{number:09}" for number, lead in enumerate((*coming, *late))}
        (folder / "slamon.yaml").write_text(SETTINGS.format(slack=slack.address), encoding="utf-8")
        environment = {"SLAMON_SLACK_BOT_TOKEN": TOKEN, "SLAMON_DATABASE_URL": url}
        with running_service(folder, environment) as child:
            began = time.monotonic()
            wait_for(engine, child, f"SELECT count(*) FROM checks WHERE cycles >= {arguments.leads}")
            say(f"{arguments.leads:,} open cycles read and judged after {time.monotonic() - began:.0f} s")
            due, appeared, seen = _live(crm, engine, child, coming, late, arguments.minutes * 60)
            _drain(slack, {*due, *appeared})
            _, peak_mb = resident_mb(child.pid)
    with engine.connect() as connection:
        readings = [(row[0], row[1]) for row in connection.execute(text("SELECT started_at, ended_at FROM sync_runs ORDER BY started_at"))]
    engine.dispose()
    wire = wire_of(slack)
    since = min(due.values())
    return Measured(due, appeared, seen, wire, readings, took(folder, "check", since), took(folder, "sync", since), peak_mb)


def _live(
    crm: Crm, engine: Engine, child: "subprocess.Popen[bytes]", coming: Sequence[str], late: Sequence[str], seconds: float
) -> tuple[dict[str, int], dict[str, int], Seen]:
    """The deadlines come in by the CRM, well before they are due; then overdue leads appear one by one while they come due."""
    first = wall_clock() + round((2 * SYNC_EVERY_S + 15) * SECOND)
    due = {lead: first + round(number * seconds * SECOND / len(coming)) for number, lead in enumerate(coming)}
    crm.add([(lead, at - WITHIN) for lead, at in due.items()])
    wait_for(engine, child, f"SELECT count(*) >= {len(coming)} FROM verdicts WHERE sla = 'first-call'", 2 * SYNC_EVERY_S + 10)
    seen, stop = Seen(), threading.Event()
    looking = threading.Thread(target=look, args=(engine, seen, stop), daemon=True)
    looking.start()
    time.sleep(max(first - wall_clock(), 0) / SECOND)
    appeared, began = {}, time.monotonic()
    for number, lead in enumerate(late):
        time.sleep(max(began + number * APPEARS_EVERY_S - time.monotonic(), 0))
        appeared[address(person_of(lead))] = crm.add([(lead, wall_clock() - WITHIN - 60 * SECOND)])
    waited, expected = time.monotonic(), {*appeared, *(address(person_of(lead)) for lead in due)}
    while time.monotonic() - waited < CRM_GOAL_S + 60 and not expected <= seen.outbox.keys():
        time.sleep(0.2)
    stop.set()
    looking.join()
    return {address(person_of(lead)): at for lead, at in due.items()}, appeared, seen


def _drain(slack: "SlackWorkspace", addresses: set[str]) -> None:
    """Give the last messages a moment to arrive."""
    for _ in range(100):
        if addresses <= wire_of(slack).keys():
            return
        time.sleep(0.1)


def wire_of(slack: "SlackWorkspace") -> dict[str, int]:
    """When Slack had each person's first message."""
    by_id = {place: mail for mail, place in slack.people.items()}
    found: dict[str, int] = {}
    for each in slack.asked("chat.postMessage"):
        found.setdefault(by_id.get(str(each.content.get("channel")), ""), each.at)
    return found


def took(folder: Path, job: str, since: int) -> list[float]:
    """How long each run of a job took that ended after an instant, by the journal."""
    lines = (json.loads(line) for line in (folder / "journal").read_text(encoding="utf-8").splitlines() if line.startswith("{"))
    return [
        float(line["took_s"])
        for line in lines
        if line.get("event") == "job done" and line.get("job") == job and str(line.get("at", "")) >= iso(since)[:19]
    ]


def row(name: str, delays: Sequence[float], goal_s: float | None, at: int) -> bool:
    """One line of the table; whether the goal is met at its percentile."""
    if not delays:
        say(f"{name:<20} {0:>7}")
        return False
    figures = [float(np.percentile(delays, share)) for share in (50, 99, 100)]
    met = goal_s is None or figures[1 if at == 99 else 2] <= goal_s
    cells = " ".join(f"{figure:>8.2f}" for figure in figures)
    goal = "" if goal_s is None else f"   p{at} <= {goal_s:g} s: {'yes' if met else 'NO'}"
    say(f"{name:<20} {len(delays):>7,} {cells}{goal}")
    return met


def report(found: Measured) -> bool:
    """Print the table; whether everything came, in time."""
    seen = found.seen
    names = [*found.due, *found.appeared]
    lost = [name for name in names if name not in seen.outbox or name not in found.wire]
    say(f"{'':<20} {'notices':>7} {'p50, s':>8} {'p99, s':>8} {'max, s':>8}")
    queued = {name: (seen.outbox[name] - since) / SECOND for name, since in (found.due | found.appeared).items() if name in seen.outbox}
    read = {name: min((ended for began, ended in found.readings if began >= at), default=at) for name, at in found.due.items()}
    good = row("read -> outbox", [(seen.outbox[name] - at) / SECOND for name, at in read.items() if name in queued], DUE_GOAL_S, 99)
    row("due -> outbox", [queued[name] for name in found.due if name in queued], None, 99)
    released = {name: max(at, seen.released[name]) for name, at in seen.outbox.items()}
    sent = [(found.wire[name] - released[name]) / SECOND for name in names if name in found.wire and name in released]
    good &= row("released -> wire", sent, WIRE_GOAL_S, 99)
    good &= row("CRM -> outbox", [queued[name] for name in found.appeared if name in queued], CRM_GOAL_S, 99)
    for job, times in (("check", found.checks_s), ("sync", found.syncs_s)):
        if len(times) > 1:
            say(
                f"a {job}: the first {times[0]:.1f} s, then median {np.median(times[1:]):.2f} s, longest {max(times[1:]):.2f} s of {len(times) - 1:,}"
            )
    small = found.peak_mb <= PEAK_GOAL_MB
    say(f"peak memory: {found.peak_mb:,.0f} MB   <= {PEAK_GOAL_MB:g} MB: {'yes' if small else 'NO'}")
    say(f"not heard of: {len(lost)}" + (f" ({', '.join(lost[:5])})" if lost else ""))
    return good and small and not lost


def main() -> None:
    """Run it in a folder that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--deadlines", type=float, default=100, help="how many come due a minute")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or the address of an empty database")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slamon-latency-") as name:
        folder = Path(name)
        store = folder / "store"
        store.mkdir()
        folder.chmod(0o755)
        if arguments.database in ("sqlite", "postgresql"):
            with fresh_database(arguments.database, store) as url:
                good = report(run(folder, url, arguments))
        else:
            good = report(run(folder, arguments.database, arguments))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
