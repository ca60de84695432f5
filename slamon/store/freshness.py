"""How fresh the facts are: when each source was last read and how that went, and the clocks by which it is told."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from slamon.store.schema import source_tables, sync_runs


@dataclass(frozen=True, slots=True)
class SourceRead:
    """Until when a source was read in all its tables, and its newest event (None without any); microseconds UTC."""

    synced_at: int
    newest_at: int | None


def sources_read(connection: Connection) -> dict[str, SourceRead]:
    """Every source that was ever read, by name."""
    oldest, newest = func.min(source_tables.c.synced_at), func.max(source_tables.c.newest_at)
    asked = select(source_tables.c.source, oldest, newest).group_by(source_tables.c.source)
    return {source: SourceRead(synced_at, newest_at) for source, synced_at, newest_at in connection.execute(asked)}


def last_failure(connection: Connection, source: str) -> str | None:
    """What the last reading of a source failed with; None when it went well or never was."""
    runs = select(sync_runs.c.ok, sync_runs.c.summary).where(sync_runs.c.source == source).order_by(sync_runs.c.id.desc()).limit(1)
    row = connection.execute(runs).first()
    return None if row is None or row.ok else str(json.loads(row.summary).get("error"))


def last_refused(connection: Connection, source: str) -> int:
    """How many rows the last reading of a source refused."""
    runs = select(sync_runs.c.summary).where(sync_runs.c.source == source).order_by(sync_runs.c.id.desc()).limit(1)
    summary = connection.execute(runs).scalar()
    return sum(table.get("refused", 0) for table in json.loads(summary).get("tables", ())) if summary else 0


def last_seen(connection: Connection) -> int | None:
    """The latest instant at which any table was read, by the clock of the computer that read it."""
    found = connection.execute(select(func.max(source_tables.c.synced_at))).scalar()
    return None if found is None else int(found)


def server_clock(connection: Connection) -> int | None:
    """What the database server's clock shows, microseconds UTC; None where the database has no computer of its own."""
    if connection.dialect.name != "postgresql":
        return None
    return int(connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")).scalar_one())
