"""One transaction makes a source's staged rows what the source says now: what is new comes in, what it replaces is kept as history."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Table, Text, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from slamon.store.database import reading
from slamon.store.facts.changed_leads import note_all, note_leads_where, note_news
from slamon.store.facts.staging import STAGED_FIELDS, Staging, news, staged
from slamon.store.schema import event_history, events, source_tables, sync_runs

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
    moved_at: int | None = None
    longest_still: int | None = None


@dataclass(frozen=True, slots=True)
class TableRead:
    """A table that was read to its end and staged: what to remember of that."""

    table: str
    fingerprint: str | None
    rows_read: int
    staged: int
    newest_at: int | None
    longest_still: int | None = None
    """The longest time without an event in the weeks before the newest (microseconds); None for too few events."""


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
        return table_states(connection, source)


def apply_snapshot(area: Staging, source: str, tables: Sequence[TableRead], dropped: Iterable[str], now: int) -> dict[str, Changes]:
    """Apply the staged rows of a source's tables inside the caller's transaction on the staging connection.

    Rows with new ids come in: at a table's first sync they count as seen when the CRM recorded them (or else when they
    happened), later at ``now``. Rows whose content differs replace the earlier version, which goes to the history, as
    do rows that are not there any more. ``dropped`` are tables that the source has no longer: all of theirs go.
    """
    connection = area.connection
    before = table_states(connection, source)
    if any(read.staged and read.table not in before for read in tables):
        note_all(connection, now)
    known = [read for read in tables if read.table in before]
    changes = {read.table: _first(connection, source, read) for read in tables if read.table not in before}
    changes |= _later(connection, source, known, now) if known else {}
    for read in tables:
        state, kept = before.get(read.table), read.staged - changes[read.table].duplicates
        _remember(connection, source, read, state, kept, now)
    for table in dropped:
        theirs = and_(events.c.source == source, events.c.source_table == table)
        note_leads_where(connection, theirs, now)
        changes[table] = Changes(withdrawn=_supersede(connection, theirs, now))
        connection.execute(delete(source_tables).where(source_tables.c.source == source, source_tables.c.source_table == table))
    return changes


def _first(connection: Connection, source: str, read: TableRead) -> Changes:
    """History that nobody watched: seen when it was recorded, or else when it happened."""
    with _index_rebuilt(connection, read.staged):
        added = _insert(connection, source, staged.c.source_table == read.table, func.coalesce(staged.c.recorded_at, staged.c.at))
    return Changes(added=added, duplicates=read.staged - added)


def _later(connection: Connection, source: str, tables: Sequence[TableRead], now: int) -> dict[str, Changes]:
    """Compare the staged rows with the facts once, then touch only what differs."""
    names = [read.table for read in tables]
    _find_news(connection, source, names)
    note_news(connection, now)
    _supersede(connection, events.c.id.in_(_news("changed", "gone")), now)
    _insert(connection, source, staged.c.id.in_(_news("new", "changed")), literal(now, BigInteger))
    moved = and_(events.c.id == staged.c.id, events.c.id.in_(_news("moved")))
    connection.execute(update(events).values(position=staged.c.position).where(moved))
    note_news(connection, now)
    found = {(table, what): rows for table, what, rows in connection.execute(_COUNT_NEWS)}
    kept = {row[0]: row[1] for row in connection.execute(_COUNT_STAGED)}
    return {read.table: _counted(read.table, read.staged, found, kept.get(read.table, 0)) for read in tables}


def _counted(table: str, rows: int, found: Mapping[tuple[str, str], int], kept: int) -> Changes:
    new, changed, gone = (found.get((table, what), 0) for what in ("new", "changed", "gone"))
    return Changes(new, changed, gone, rows - kept)


_COUNT_NEWS = select(news.c.source_table, news.c.what, func.count()).group_by(news.c.source_table, news.c.what)
_COUNT_STAGED = select(staged.c.source_table, func.count()).group_by(staged.c.source_table)


def _find_news(connection: Connection, source: str, tables: Sequence[str]) -> None:
    differs = or_(*(events.c[name].is_distinct_from(staged.c[name]) for name in _CONTENT))
    what = case((events.c.id.is_(None), "new"), (differs, "changed"), else_="moved")
    compared = (
        select(staged.c.id, staged.c.source_table, what)
        .select_from(staged.outerjoin(events, events.c.id == staged.c.id))
        .where(staged.c.source_table.in_(tables), or_(events.c.id.is_(None), differs, events.c.position != staged.c.position))
    )
    gone = select(events.c.id, events.c.source_table, literal("gone", Text)).where(
        events.c.source == source, events.c.source_table.in_(tables), ~exists().where(staged.c.id == events.c.id)
    )
    for rows in (compared, gone):
        connection.execute(news.insert().from_select(["id", "source_table", "what"], rows))


def _news(*what: str) -> Any:
    return select(news.c.id).where(news.c.what.in_(what))


@contextmanager
def _index_rebuilt(connection: Connection, rows: int) -> Iterator[None]:
    """Without the lead index, which is built anew afterwards, when that is faster than keeping it up row by row."""
    present = connection.execute(select(func.coalesce(func.sum(source_tables.c.events_kept), 0))).scalar_one()
    if connection.dialect.name != "sqlite" or rows < max(_BULK, present):
        yield  # PostgreSQL would lock out everybody who reads
        return
    (index,) = (each for each in events.indexes if "lead" in each.columns)
    index.drop(connection)
    yield
    index.create(connection)


def _remember(connection: Connection, source: str, read: TableRead, state: TableState | None, kept: int, now: int) -> None:
    moved = state is not None and read.newest_at is not None and read.newest_at > (state.newest_at or 0)
    row = {
        "source": source,
        "source_table": read.table,
        "fingerprint": read.fingerprint,
        "first_synced_at": state.first_synced_at if state else now,
        "synced_at": now,
        "newest_at": read.newest_at,
        "rows_read": read.rows_read,
        "events_kept": kept,
        "moved_at": now if moved else state.moved_at if state else None,
        "longest_still": read.longest_still,
    }
    statement = _insert_into(connection, source_tables).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["source", "source_table"], set_=row))


def table_states(connection: Connection, source: str) -> dict[str, TableState]:
    """The same, on a connection that is open."""
    rows = connection.execute(select(source_tables).where(source_tables.c.source == source)).all()
    return {row.source_table: TableState(*row[1:]) for row in rows}


def _insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that may say what happens on a conflict; each database has its own class for that."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _supersede(connection: Connection, which: Any, now: int) -> int:
    """Move events to the history; how many. Two versions of one instant are one for whoever looks back."""
    columns = [events.c[name] for name in _HISTORY]
    versions = select(*columns, literal(now, BigInteger)).where(which)
    statement = _insert_into(connection, event_history).from_select([*_HISTORY, "superseded_at"], versions)
    connection.execute(statement.on_conflict_do_nothing())
    return int(connection.execute(delete(events).where(which)).rowcount)


def _insert(connection: Connection, source: str, which: Any, seen_at: Any) -> int:
    """Staged rows come in, in order of their ids, the first of those that share one; how many."""
    fields = ["source", "seen_at", *STAGED_FIELDS]
    rows = select(literal(source, Text), seen_at, *staged.columns).where(which).order_by(staged.c.id, staged.c.position)
    statement = _insert_into(connection, events).from_select(fields, rows).on_conflict_do_nothing(index_elements=["id"])
    return int(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount)


def still_the_same(connection: Connection, source: str, tables: Iterable[str], now: int) -> None:
    """Remember that tables were looked at and had not changed."""
    which = and_(source_tables.c.source == source, source_tables.c.source_table.in_(list(tables)))
    connection.execute(update(source_tables).where(which).values(synced_at=now))


def record_run(connection: Connection, source: str, started_at: int, ended_at: int, summary: str, *, ok: bool) -> None:
    """Remember what a sync of a source found, as JSON."""
    connection.execute(sync_runs.insert().values(source=source, started_at=started_at, ended_at=ended_at, ok=ok, summary=summary))
