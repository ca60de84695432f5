"""What a check costs while nothing is due, and when a thousand leads changed; and how that grows with the store.

    python benchmarks/ticks.py [--open N ...] [--leads N ...] [--judged N] [--profile] [--database sqlite postgresql]

Ticks: a store with so many open cycles, none of them due, is checked again and again; beside it, the question for what is due is asked
with its index and without, and what one scrape of /metrics takes. Changes: the funnel of benchmarks/verdicts.py is put into a store and
all of it is checked; then a thousand leads get ten new events each, and the next check is timed. Judging a million leads once takes long,
so only ``--judged`` leads are, and the store is filled up with copies of them, rows for rows (events, verdicts, contributions to periods,
next instants), under names of their own, none of them due; the leads that change are never copies. Everything is kept in the system's
temporary folder. PostgreSQL is that of the tests, on loopback, without fsync; where there is none, only SQLite is measured.
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
from copies import copy_leads
from funnel.generate import AS_OF, prepared
from funnel.slamon_run import DEFINITIONS
from measuring import say
from servers import fresh_database
from sqlalchemy import Engine, text

from slamon import load_definitions
from slamon.core.alerts.routing import Routing
from slamon.core.definitions import DefinitionSet
from slamon.core.facts.event_columns import KINDS
from slamon.core.telling import Manners
from slamon.core.working_time.instants import HOUR, MINUTE
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.check import CheckResult, check
from slamon.store.database import driver_connection, open_database, writing
from slamon.store.gauges import load_gauges
from slamon.store.migrate import upgrade

COLUMNS = (
    "id", "source", "source_table", "lead", "at", "recorded_at", "seen_at", "kind", "name", "value", "actor", "owner", "direction",
    "automated", "seconds", "outcome", "attributes", "position",
)  # fmt: skip
CHANGED, NEWS = 1_000, 10
TICKS = 15
HEAR = Announcements(Routing("#sla"), "UTC", AS_OF, Manners(), None)


def checked(engine: Engine, definitions: DefinitionSet, as_of: int) -> tuple[float, CheckResult]:
    """Seconds on the wall of one check, and what it found."""
    begin = time.perf_counter()
    found = check(engine, definitions, HEAR, as_of, as_of)
    return time.perf_counter() - begin, found


def waiting(engine: Engine, many: int) -> None:
    """So many open cycles of as many leads, each due at some time after tomorrow."""
    lead, due = ("'W' || n", f"{AS_OF} + 86400000000 + n")
    numbers = (
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {many})"
        if engine.dialect.name == "sqlite"
        else f"WITH numbers AS (SELECT n FROM generate_series(1, {many}) AS n)"
    )
    cycle = f"{lead}, 'first-contact', '2025-01-01', {lead}, 1, 'pending', {AS_OF}, {due}, {lead}"
    columns = "cycle_id, sla, version, lead, cycle, state, started_at, due_at, start_event"
    with writing(engine) as connection:
        connection.execute(text(f"INSERT INTO verdicts ({columns}) {numbers} SELECT {cycle} FROM numbers"))
        columns = "lead, next_at, created_at, last_at"
        connection.execute(text(f"INSERT INTO judged_leads ({columns}) {numbers} SELECT {lead}, {due}, {AS_OF}, {AS_OF} FROM numbers"))
    analyse(engine)


def ticks(engine: Engine, many: int, definitions: DefinitionSet) -> tuple[float, float, float, float]:
    """Milliseconds of the quickest check with nothing due (the machine may be shared), of the question for what is due, of the same
    without its index, and of what one scrape reads."""
    checked(engine, definitions, AS_OF)  # all leads, of which there are none: from now on it goes step by step
    waiting(engine, many)
    taken = []
    for tick in range(1, TICKS + 1):
        took, found = checked(engine, definitions, AS_OF + tick * MINUTE)
        assert not found.all_leads
        assert not found.leads
        taken.append(took)
    plain = f"SELECT lead FROM judged_leads WHERE next_at <= {AS_OF}"
    scrape = median(timed(lambda: load_gauges(engine, AS_OF)) for _ in range(7)) * 1000
    return min(taken) * 1000, asked(engine, plain), asked(engine, plain.replace("next_at <=", "next_at + 0 <=")), scrape


def asked(engine: Engine, question: str) -> float:
    """Median milliseconds of a question."""
    with engine.connect() as connection:
        return median(timed(lambda: connection.execute(text(question)).all()) for _ in range(7)) * 1000


def timed(work: Callable[[], object]) -> float:
    """Seconds on the wall."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def put_in(engine: Engine, folder: Path) -> int:
    """The funnel's events and people into a store; how many events."""
    events = pq.ParquetFile(folder / "events.parquet")
    leads = pq.read_table(folder / "leads.parquet").column("lead").to_pylist()
    people = pq.read_table(folder / "people.parquet").to_pylist()
    with engine.connect() as connection:
        driver = driver_connection(connection)
        if engine.dialect.name == "sqlite":
            driver.execute("PRAGMA synchronous = OFF")
        driver.execute("DROP INDEX ix_events_lead")
        driver.execute("BEGIN") if engine.dialect.name == "sqlite" else None
        for batch in events.iter_batches(100_000):
            insert(driver, engine.dialect.name, rows_of(batch.to_pydict(), leads))
        driver.execute("CREATE INDEX ix_events_lead ON events (lead)")
        for person in people:
            known = (str(person["id"]), "crm", person.get("team"), person.get("calendar"), bool(person.get("automated")))
            mark = "?" if engine.dialect.name == "sqlite" else "%s"
            columns = "id, source, team, calendar, automated, active"
            driver.execute(f"INSERT INTO people ({columns}) VALUES ({', '.join([mark] * 5)}, true)", known)
        driver.commit()
    return int(events.metadata.num_rows)


def rows_of(batch: dict[str, list[object]], leads: list[str]) -> Iterator[tuple[object, ...]]:
    """Rows of the table of events."""
    none = -(2**63)
    batch["lead"] = [leads[int(str(code))] for code in batch["lead"]]
    batch["kind"] = [KINDS[int(str(code))] for code in batch["kind"]]
    batch["recorded_at"] = [None if value == none else value for value in batch["recorded_at"]]
    batch["seconds"] = [None if value == -1 else value for value in batch["seconds"]]
    batch["automated"] = [bool(value) for value in batch["automated"]]
    batch["source"] = batch["source_table"] = ["crm"] * len(batch["lead"])
    return zip(*(batch[name] for name in COLUMNS), strict=True)


def insert(driver: object, dialect: str, rows: Iterator[tuple[object, ...]]) -> None:
    """Rows into the table of events, by the driver."""
    named = ", ".join(COLUMNS)
    if dialect == "sqlite":
        driver.executemany(f"INSERT INTO events ({named}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)  # type: ignore[attr-defined]  # sqlite3's
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY events ({named}) FROM STDIN") as copy:  # type: ignore[attr-defined]  # psycopg's
        for row in rows:
            copy.write_row(row)


def news(engine: Engine, leads: int, turn: int) -> None:
    """Ten new events of each of a thousand leads all over the store, as a sync leaves them."""
    now = AS_OF + turn * HOUR
    with writing(engine) as connection:
        driver = driver_connection(connection)
        chosen = [f"L{(number * (leads // CHANGED) + turn) % leads:09}" for number in range(CHANGED)]
        insert(driver, engine.dialect.name, (row for lead in chosen for row in ten_of(lead, now, turn)))
        rows = [{"lead": lead, "at": now, "took_away": False} for lead in chosen]
        connection.execute(text("INSERT INTO changed_leads (lead, at, took_away) VALUES (:lead, :at, :took_away)"), rows)


def ten_of(lead: str, now: int, turn: int) -> Iterator[tuple[object, ...]]:
    """One lead qualifies anew, is called some times, and accepted."""
    for number in range(NEWS):
        kind = "stage" if number in (0, NEWS - 1) else "activity"
        name = "mql" if number == 0 else "sal" if number == NEWS - 1 else "call"
        said = {"kind": kind, "name": name, "direction": "outbound" if kind == "activity" else None, "actor": "P007"}
        at = now - (NEWS - number) * MINUTE
        row = {"id": f"N{turn}/{lead}/{number}", "source": "crm", "source_table": "crm", "lead": lead, "at": at, "seen_at": now}
        row |= {"automated": False, "position": 10**12 + number} | said
        yield tuple(row.get(name) for name in COLUMNS)


@dataclass(frozen=True)
class Changed:
    """What the check of some changed leads took beside that of all, in seconds; ``judged`` leads of ``leads`` were judged for real."""

    leads: int
    judged: int
    events: int
    all_s: float
    some_s: float

    def __str__(self) -> str:
        whole = self.all_s * self.leads / self.judged
        counted = f"{whole:.1f} s" + (f" ({self.judged:,} in {self.all_s:.1f} s, that many times over)" if self.judged < self.leads else "")
        share = f"{self.some_s / whole:.4f}"
        return f"{self.leads:,} leads, {self.events:,} events: all {counted}; {CHANGED:,} changed leads {self.some_s:.2f} s ({share})"


def changes(engine: Engine, folder: Path, leads: int, judged: int, definitions: DefinitionSet, *, profiled: bool) -> Changed:
    """A check of all leads, and the best of three after a thousand of them changed, in a store of so many."""
    events = put_in(engine, prepared(folder / f"{judged}-leads", judged))
    whole, found = checked(engine, definitions, AS_OF)
    assert found.all_leads
    if leads > judged:
        copy_leads(engine, leads // judged)
    else:
        analyse(engine)
    taken = []
    for turn in range(1, 4):
        checked(engine, definitions, AS_OF + turn * HOUR - 1)  # what came due of itself meanwhile is not counted
        news(engine, judged, turn)
        with profile(on=profiled and turn == 3):
            took, found = checked(engine, definitions, AS_OF + turn * HOUR)
        assert not found.all_leads
        assert CHANGED <= found.leads <= 2 * CHANGED
        taken.append(took)
    return Changed(leads, judged, events * (leads // judged), whole, min(taken))


@contextmanager
def profile(*, on: bool) -> Iterator[None]:
    """Where the time goes, if anybody asks."""
    if not on:
        yield
        return
    profiler = cProfile.Profile()
    with profiler:
        yield
    pstats.Stats(profiler, stream=sys.stdout).sort_stats("cumulative").print_stats("slamon|execute", 45)


def analyse(engine: Engine) -> None:
    """Let the database see what it holds."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def stores(database: str) -> Iterator[Engine]:
    """An empty store with all its tables."""
    with tempfile.TemporaryDirectory(prefix="slamon-ticks-") as folder, fresh_database(database, Path(folder)) as url:
        engine = open_database(url)
        try:
            upgrade(engine)
            yield engine
        finally:
            engine.dispose()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--open", type=int, nargs="*", default=[10_000, 1_000_000], help="open cycles of the ticks")
    parser.add_argument("--leads", type=int, nargs="*", default=[100_000, 1_000_000], help="leads of the changes")
    parser.add_argument("--judged", type=int, default=10_000, help="how many of them are judged; the others are copies")
    parser.add_argument("--profile", action="store_true", help="print where the last check of changed leads spends its time")
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "slamon-funnel")
    arguments = parser.parse_args()
    definitions = load_definitions(DEFINITIONS)
    for database in arguments.database:
        for many in arguments.open:
            with stores(database) as engine:
                tick, question, without, scrape = ticks(engine, many, definitions)
            due = f"what is due {question:.2f} ms, unindexed {without:.1f} ms"
            say(f"{database}: {many:,} open cycles, nothing due: a check {tick:.1f} ms; {due}; a scrape {scrape:.1f} ms")
        for leads in arguments.leads:
            judged = min(arguments.judged, leads)
            with stores(database) as engine:
                say(f"{database}: {changes(engine, arguments.data, leads, judged, definitions, profiled=arguments.profile)}")


if __name__ == "__main__":
    main()
