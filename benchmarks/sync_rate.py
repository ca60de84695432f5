"""How fast a CSV export becomes facts in SQLite, beside what the driver alone does with the same rows; and in how much memory.

    python benchmarks/sync_rate.py [ROWS] [--again]

The export is made here, the same each time: 12 events a lead in a shuffled order, hashed ids. Rates count events a second, from the
file to the committed facts with keys and indexes. The plain batch insert writes the finished events with the driver alone, in
one transaction, into a table of the same columns and keys. ``--again`` also syncs a changed export (one row in a hundred) on top.
"""

import argparse
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slamon.jobs.sync import sync
from slamon.settings import Settings, Workspace
from slamon.store.database import open_database
from slamon.store.migrate import prepare

STAGES = ("created", "called", "mailed", "accepted", "met", "offered")
BEGIN = 1_735_689_600
MAPPING: dict[str, Any] = {
    "path": "events.csv",
    "lead": "lead_id",
    "at": "happened_at",
    "actor": "actor",
    "attributes": {"segment": "segment", "amount": "amount"},
    "events": [
        {"when": {"type": "created"}, "is": {"stage": "mql"}},
        {"when": {"type": "called"}, "is": {"activity": "call", "direction": "outbound"}},
        {"when": {"type": "mailed"}, "is": {"activity": "email", "direction": "outbound"}},
        {"when": {"type": "accepted"}, "is": {"stage": "sal"}},
        {"when": {"type": "met"}, "is": {"activity": "meeting"}},
        {"is": {"stage": "opportunity"}},
    ],
}


def lines(rows: int, salt: int = 0) -> Iterator[str]:
    """The export, line by line; another salt changes one row in a hundred."""
    yield "lead_id,happened_at,type,actor,segment,amount\n"
    leads = max(rows // 12, 1)
    for number in range(rows):
        mixed = number * 2_654_435_761 % 4_294_967_296
        seconds = BEGIN + mixed % 31_536_000
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        amount = mixed % 90_000 + (salt if number % 100 == 0 else 0)
        yield f"{mixed % leads},{moment}.{number % 1000:03}+00:00,{STAGES[number % 6]},rep-{mixed % 40},segment-{mixed % 5},{amount}\n"


def peak_mb() -> int:
    """The most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024 * 1024)


def timed_sync(folder: Path, rows: int) -> float:
    """Seconds of one sync of the folder."""
    settings = Settings.model_validate({"sources": {"crm": {"type": "files", "tables": [MAPPING]}}})
    engine = open_database(f"sqlite:///{folder / 'slamon.db'}")
    prepare(engine)
    begin = time.perf_counter()
    (summary,) = sync(engine, Workspace(settings=settings, folder=folder), source=None, full=False, clock=lambda: 1_790_000_000_000_000)
    took = time.perf_counter() - begin
    engine.dispose()
    if summary.error or summary.tables[0].kept != rows:
        raise SystemExit(f"the sync went wrong: {summary}")
    return took


def plain_insert(folder: Path) -> float:
    """Seconds in which the driver alone inserts the finished events, in their order, into the same table without our doing."""
    source = sqlite3.connect(folder / "slamon.db")
    tables = source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND sql IS NOT NULL ORDER BY type DESC").fetchall()
    target = sqlite3.connect(folder / "plain.db", isolation_level=None)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    target.execute("PRAGMA cache_size = -65536")
    for (statement,) in tables:
        target.execute(statement)
    took = 0.0
    cursor = source.execute("SELECT * FROM events ORDER BY position")
    marks = ", ".join("?" * len(cursor.description))
    target.execute("BEGIN")
    while rows := cursor.fetchmany(50_000):
        begin = time.perf_counter()
        target.executemany(f"INSERT INTO events VALUES ({marks})", rows)
        took += time.perf_counter() - begin
    begin = time.perf_counter()
    target.execute("COMMIT")
    took += time.perf_counter() - begin
    source.close()
    target.close()
    return took


def say(line: str) -> None:
    """One line of figures, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rows", type=int, nargs="?", default=300_000)
    parser.add_argument("--again", action="store_true", help="also sync a changed export on top")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slamon-sync-rate-") as name:
        folder, rows = Path(name), arguments.rows
        with (folder / "events.csv").open("w", encoding="utf-8") as file:
            file.writelines(lines(rows))
        size = (folder / "events.csv").stat().st_size / 2**20
        took = timed_sync(folder, rows)
        say(f"first sync: {rows:,} rows ({size:,.0f} MiB) in {took:.1f} s, {rows / took:,.0f} events/s, peak {peak_mb()} MiB")
        plain = plain_insert(folder)
        say(f"plain batch insert: {plain:.1f} s, {rows / plain:,.0f} events/s; the sync runs at {plain / took:.0%} of its rate")
        if arguments.again:
            with (folder / "events.csv").open("w", encoding="utf-8") as file:
                file.writelines(lines(rows, salt=7))
            took = timed_sync(folder, rows)
            say(f"second sync, 1 % changed: {took:.1f} s, {rows / took:,.0f} events/s, peak {peak_mb()} MiB")


if __name__ == "__main__":
    main()
