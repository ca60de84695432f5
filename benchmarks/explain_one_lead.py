"""How long one lead's explanation takes beyond imports, in a store of many leads; and how that grows with the store.

    python benchmarks/explain_one_lead.py --leads 1000000

Writes a workspace into a temporary folder, fills its SQLite database with events of so many leads (about ten each, with
owners, attributes, pauses and merges), and explains some of them, each in a process of its own as the command does:
settings and definitions are read, the database is opened, the lead is judged and printed. The store is then compared
with one of 10,000 leads.
"""

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from slamon.store.database import open_database
from slamon.store.migrate import prepare

SMALL = 10_000
BEGIN = 1_767_225_600_000_000
"""2026-01-01 00:00 UTC in microseconds."""
HOUR = 3_600_000_000
YEAR_S = 31_536_000
AS_OF = BEGIN + 366 * 24 * HOUR
COLUMNS = [
    "id",
    "source",
    "source_table",
    "lead",
    "at",
    "recorded_at",
    "seen_at",
    "kind",
    "name",
    "value",
    "actor",
    "owner",
    "direction",
    "automated",
    "attributes",
    "position",
]
SETTINGS = """
database: sqlite:///slamon.db
definitions: sla_definitions
calendar: office
sources:
  crm:
    type: files
    tables:
      - {path: events.csv, lead: lead, at: at, owner: owner, attributes: {amount: amount, segment: segment}, events: [{is: {stage: mql}}]}
"""
DEFINITIONS = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: ["09:00-17:30"]}, holidays: {country: DE}}
stages:
  - {stage: mql, means: Marketing qualified.}
  - {stage: nurture, means: On hold.}
  - {stage: sal, means: Accepted.}
---
sla: follow-up
title: Sales calls every lead within 4 working hours
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
start: {stage: mql}
met_by: {activity: call, direction: outbound}
targets: [{when: {amount: {at_least: 5000}}, within: 1wh}]
within: 4wh
pause: {while: {stage: nurture}}
---
sla: attempts
title: Sales tries three times within 10 working days
kind: cadence
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
start: {stage: mql}
attempts: 3
attempt: {activity: call, direction: outbound}
within: 10wd
gap: {min: 1wd}
"""


def events_of(number: int) -> Iterator[tuple[str, int, dict[str, str | None]]]:
    """What happens to one lead: its kind, when, and what is said of it; the same for the same number."""
    mixed = number * 2_654_435_761 % 4_294_967_296
    at = BEGIN + mixed % YEAR_S * 1_000_000
    rep = f"rep-{mixed % 200}"
    told = f'{{"amount":"{mixed % 9000}","segment":"s{mixed % 7}"}}'
    yield "stage", at, {"name": "mql", "attributes": told}
    yield "owner", at + mixed % 5 * HOUR // 2, {"name": "assigned", "owner": rep}
    for call in range(5 + mixed % 3):
        yield "activity", at + (call * 30 + mixed % 11) * HOUR, {"name": "call", "actor": rep, "direction": "outbound"}
    yield "stage", at + 20 * HOUR, {"name": "nurture" if mixed % 9 == 0 else "sal", "actor": rep}
    yield "stage", at + 60 * HOUR, {"name": "sal", "actor": rep}
    if number % 1000 == 1:
        yield "merged", at + 70 * HOUR, {"value": f"L{number - 1:08}"}


def rows(leads: int) -> Iterator[Sequence[object]]:
    """The rows of the table of events, in order of their ids."""
    position = 0
    for number in range(leads):
        for kind, at, said in events_of(number):
            position += 1
            row = {"id": f"crm/all/{position:010}", "source": "crm", "source_table": "all", "lead": f"L{number:08}", "at": at}
            row |= {"seen_at": at, "kind": kind, "automated": 0, "position": position} | said
            yield [row.get(name) for name in COLUMNS]


def filled(folder: Path, leads: int) -> int:
    """A workspace with a store of so many leads; how many events it has."""
    (folder / "sla_definitions").mkdir()
    (folder / "slamon.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "sla_definitions" / "promises.yaml").write_text(DEFINITIONS, encoding="utf-8")
    engine = open_database(f"sqlite:///{folder / 'slamon.db'}")
    prepare(engine)
    engine.dispose()
    connection = sqlite3.connect(folder / "slamon.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("DROP INDEX ix_events_lead")
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", rows(leads))
    connection.execute("CREATE INDEX ix_events_lead ON events (lead)")
    connection.execute("COMMIT")
    count = int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    connection.close()
    return count


def explain_once(folder: Path, lead: str) -> None:
    """The command's work in this process, after its imports: prints wall and CPU milliseconds, and lines of the explanation."""
    # What the command needs is loaded first, as its imports would; the countries' holidays are a package's own lazy import.
    import holidays.countries  # noqa: F401

    import slamon.commands.judging  # noqa: F401
    from slamon.bootstrap import open_shop
    from slamon.jobs.explain import explained, telling_of
    from slamon.terminal.explained import lines

    wall, cpu = time.perf_counter(), time.process_time()
    shop = open_shop(folder, os.environ)
    found = explained(shop.engine, shop.definitions, lead, AS_OF, telling=telling_of(shop.workspace.settings.sources))
    shown = list(lines(found)) if found else []
    shop.close()
    print((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, len(shown))


def measured(folder: Path, leads: int, samples: int) -> tuple[float, float]:
    """Median wall and CPU milliseconds over some leads spread over the store."""
    figures = []
    for sample in range(samples):
        lead = f"L{(sample * 2 + 1) * leads // (samples * 2):08}"
        done = subprocess.run(
            [sys.executable, __file__, "--once", str(folder), lead], check=True, capture_output=True, text=True, timeout=300
        )
        wall, cpu, shown = map(float, done.stdout.split())
        if not shown:
            raise SystemExit(f"nothing was said of {lead}")
        figures.append((wall, cpu))
    return statistics.median(wall for wall, _ in figures), statistics.median(cpu for _, cpu in figures)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=7)
    parser.add_argument("--once", nargs=2, metavar=("FOLDER", "LEAD"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        explain_once(Path(arguments.once[0]), arguments.once[1])
        return
    found = []
    print(f"{'leads':>10} {'events':>11} {'filled s':>9} {'wall ms':>8} {'CPU ms':>7}")
    for leads in dict.fromkeys((SMALL, arguments.leads)):
        with tempfile.TemporaryDirectory(prefix="slamon-explain-") as name:
            begin = time.perf_counter()
            events = filled(Path(name), leads)
            took = time.perf_counter() - begin
            wall, cpu = measured(Path(name), leads, arguments.samples)
            found.append(cpu)
            print(f"{leads:>10,} {events:>11,} {took:>9.1f} {wall:>8.0f} {cpu:>7.0f}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"CPU ratio {found[-1] / found[0]:.2f}; peak memory of one explanation {peak} MiB")


if __name__ == "__main__":
    main()
