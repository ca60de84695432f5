"""One transaction makes a source's staged rows what the source says now: what is new comes in, what it replaces is kept as history."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Table, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from slamon.store.database import reading
from slamon.store.schema import event_history, events, source_tables, sync_runs
from slamon.store.staging import STAGED_FIELDS, Staging, staged

_CONTENT = tuple(name for name in STAGED_FIELDS if name not in ("id", "source_table", "position"))
_HISTORY = tuple(column.name for column in events.columns)
_BULK = 100_000
"""From so many rows on, into fewer than so many, building the lead index anew is faster than keeping it up."""


@dataclass(frozen=True, slots=True)
class TableState:
    """How far a table was read; instants are microseconds UTC."""

    table: str
    fingerprint: str | None
    first_synced_at: int
    synced_at: int
    newest_at: int | None
    rows_read: int
    events_kept: int


@dataclass(frozen=True, slots=True)
class TableRead:
    """A table that was read to its end and staged: what to remember of that."""

    table: str
    fingerprint: str | None
    rows_read: int
    staged: int
    newest_at: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of a table's staged rows, in rows."""

    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    duplicates: int = 0


def load_table_states(engine: Engine, source: str) -> dict[str, TableState]:
    """How far each table of a source was read, by table."""
    with reading(engine) as connection:
        return _states(connection, source)


def apply_snapshot(area: Staging, source: str, tables: Sequence[TableRead], dropped: Iterable[str], now: int) -> dict[str, Changes]:
    """Apply the staged rows of a source's tables inside the caller's transaction on the staging connection.

    Rows with new ids come in: at a table's first sync they count as seen when the CRM recorded them (or else when they
    happened), later at ``now``. Rows whose content differs replace the earlier version, which goes to the history, as
    do rows that are not there any more. ``dropped`` are tables that the source has no longer: all of theirs go.
    """
    connection = area.connection
    before = _states(connection, source)
    changes = {}
    for read in tables:
        known = before.get(read.table)
        changes[read.table], kept = _first(connection, source, read) if known is None else _later(connection, source, read, now)
        _remember(connection, source, read, known.first_synced_at if known else now, kept, now)
    for table in dropped:
        changes[table] = Changes(withdrawn=_supersede(connection, _of(source, table), now))
        connection.execute(delete(source_tables).where(source_tables.c.source == source, source_tables.c.source_table == table))
    return changes


def _first(connection: Connection, source: str, read: TableRead) -> tuple[Changes, int]:
    """History that nobody watched: seen when it was recorded, or else when it happened."""
    with _index_rebuilt(connection, read.staged):
        added = _insert(connection, source, read.table, func.coalesce(staged.c.recorded_at, staged.c.at))
    return Changes(added=added, duplicates=read.staged - added), added


def _later(connection: Connection, source: str, read: TableRead, now: int) -> tuple[Changes, int]:
    mine = _of(source, read.table)
    kept = int(connection.execute(select(func.count()).select_from(staged).where(staged.c.source_table == read.table)).scalar_one())
    differs = or_(*(events.c[name].is_distinct_from(staged.c[name]) for name in _CONTENT))
    changed = _supersede(connection, and_(mine, exists().where(staged.c.id == events.c.id, differs)), now)
    withdrawn = _supersede(connection, and_(mine, ~exists().where(staged.c.id == events.c.id)), now)
    _move(connection, mine)
    added = _insert(connection, source, read.table, literal(now, BigInteger))
    return Changes(added - changed, changed, withdrawn, read.staged - kept), kept


@contextmanager
def _index_rebuilt(connection: Connection, rows: int) -> Iterator[None]:
    """Without the lead index, which is built anew afterwards, when that is faster than keeping it up row by row."""
    present = connection.execute(select(func.coalesce(func.sum(source_tables.c.events_kept), 0))).scalar_one()
    if connection.dialect.name != "sqlite" or rows < max(_BULK, present):
        yield  # PostgreSQL would lock out everybody who reads
        return
    (index,) = events.indexes
    index.drop(connection)
    yield
    index.create(connection)


def _remember(connection: Connection, source: str, read: TableRead, first_synced_at: int, kept: int, now: int) -> None:
    row = {
        "source": source,
        "source_table": read.table,
        "fingerprint": read.fingerprint,
        "first_synced_at": first_synced_at,
        "synced_at": now,
        "newest_at": read.newest_at,
        "rows_read": read.rows_read,
        "events_kept": kept,
    }
    statement = _insert_into(connection, source_tables).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["source", "source_table"], set_=row))


def _states(connection: Connection, source: str) -> dict[str, TableState]:
    rows = connection.execute(select(source_tables).where(source_tables.c.source == source)).all()
    return {row.source_table: TableState(*row[1:]) for row in rows}


def _insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that may say what happens on a conflict; each database has its own class for that."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _of(source: str, table: str) -> Any:
    return and_(events.c.source == source, events.c.source_table == table)


def _supersede(connection: Connection, which: Any, now: int) -> int:
    """Move events to the history; how many. Two versions of one instant are one for whoever looks back."""
    columns = [events.c[name] for name in _HISTORY]
    versions = select(*columns, literal(now, BigInteger)).where(which)
    statement = _insert_into(connection, event_history).from_select([*_HISTORY, "superseded_at"], versions)
    connection.execute(statement.on_conflict_do_nothing())
    return int(connection.execute(delete(events).where(which)).rowcount)


def _move(connection: Connection, mine: Any) -> None:
    """The source's order is no news: rows that only moved keep their version."""
    moved = and_(mine, events.c.id == staged.c.id, events.c.position != staged.c.position)
    connection.execute(update(events).values(position=staged.c.position).where(moved))


def _insert(connection: Connection, source: str, table: str, seen_at: Any) -> int:
    """Staged rows whose ids are not there come in, in order of their ids, the first of those that share one; how many."""
    fields = ["source", "seen_at", *STAGED_FIELDS]
    rows = select(literal(source), seen_at, *staged.columns).where(staged.c.source_table == table).order_by(staged.c.id, staged.c.position)
    statement = _insert_into(connection, events).from_select(fields, rows).on_conflict_do_nothing(index_elements=["id"])
    return int(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount)


def still_the_same(connection: Connection, source: str, tables: Iterable[str], now: int) -> None:
    """Remember that tables were looked at and had not changed."""
    which = and_(source_tables.c.source == source, source_tables.c.source_table.in_(list(tables)))
    connection.execute(update(source_tables).where(which).values(synced_at=now))


def record_run(connection: Connection, source: str, started_at: int, ended_at: int, summary: str, *, ok: bool) -> None:
    """Remember what a sync of a source found, as JSON."""
    connection.execute(sync_runs.insert().values(source=source, started_at=started_at, ended_at=ended_at, ok=ok, summary=summary))
