"""How fresh the facts are: when each source was last read and how that went, and the clocks by which it is told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from slamon.store.schema import source_tables, sync_runs

_RUNS = 500
"""So many readings are looked back for one that read the table itself."""


@dataclass(frozen=True, slots=True)
class SourceRead:
    """Until when a source was read in all its tables, and its newest event (None without any); microseconds UTC."""

    synced_at: int
    newest_at: int | None
    moving: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of tables that were seen to move: the newest event, and the longest time without one in the weeks before it."""


def sources_read(connection: Connection) -> dict[str, SourceRead]:
    """Every source that was ever read, by name."""
    oldest, newest = func.min(source_tables.c.synced_at), func.max(source_tables.c.newest_at)
    asked = select(source_tables.c.source, oldest, newest).group_by(source_tables.c.source)
    moving = _moving(connection)
    return {source: SourceRead(synced_at, newest_at, moving.get(source, {})) for source, synced_at, newest_at in connection.execute(asked)}


def _moving(connection: Connection) -> dict[str, dict[str, tuple[int, int]]]:
    table = source_tables.c
    seen = table.moved_at.is_not(None) & table.longest_still.is_not(None) & table.newest_at.is_not(None)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in connection.execute(select(table.source, table.source_table, table.newest_at, table.longest_still).where(seen)):
        found.setdefault(row.source, {})[row.source_table] = (row.newest_at, row.longest_still)
    return found


def last_begun(connection: Connection, source: str) -> int | None:
    """When the last reading of a source that went well began: what its CRM knew by then was read; None when there was none."""
    runs = select(sync_runs.c.started_at).where(sync_runs.c.source == source, sync_runs.c.ok.is_(True))
    found: int | None = connection.execute(runs.order_by(sync_runs.c.id.desc()).limit(1)).scalar()
    return found


@dataclass(frozen=True, slots=True)
class LastReading:
    """When the last reading of a source began and ended (microseconds UTC), and whether it ended well."""

    began: int
    ended: int
    ok: bool


def last_reading(connection: Connection, source: str) -> LastReading | None:
    """The last reading of a source, however it ended; None when there was none."""
    row = _newest_run(connection, source)
    return None if row is None else LastReading(row.started_at, row.ended_at, bool(row.ok))


def _newest_run(connection: Connection, source: str) -> Row[Any] | None:
    return connection.execute(select(sync_runs).where(sync_runs.c.source == source).order_by(sync_runs.c.id.desc()).limit(1)).first()


def last_failure(connection: Connection, source: str) -> str | None:
    """What the last reading of a source failed with; None when it went well or never was."""
    row = _newest_run(connection, source)
    return None if row is None or row.ok else str(json.loads(row.summary).get("error"))


def last_suspects(connection: Connection, source: str, begun_by: int) -> dict[str, int]:
    """How many rows the tables had that the last reading of a source took for cut, if it began by an instant (microseconds UTC)."""
    row = _newest_run(connection, source)
    return dict(json.loads(row.summary).get("suspect") or {}) if row is not None and row.started_at <= begun_by else {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A table's refused rows: how many, the line and reason of the first, and the file that lists all."""

    table: str
    count: int
    line: int
    reason: str
    file: str | None


def last_refusals(connection: Connection, source: str) -> list[Refusal]:
    """What of a source's tables is refused as they were read last; a table that was unchanged since is as it was then."""
    runs = select(sync_runs.c.summary).where(sync_runs.c.source == source, sync_runs.c.ok.is_(True)).order_by(sync_runs.c.id.desc())
    found: dict[str, Refusal | None] = {}
    unread: set[str] | None = None
    for (summary,) in connection.execute(runs.limit(_RUNS)):
        tables = json.loads(summary).get("tables", ())
        unread = {table["table"] for table in tables} if unread is None else unread
        for table in tables:
            name = table["table"]
            if name in unread and not (table.get("unchanged") and table.get("refused_file")):
                unread.discard(name)
                found[name] = _refusal(table)
        if not unread:
            break
    return [each for each in found.values() if each is not None]


def _refusal(table: Mapping[str, Any]) -> Refusal | None:
    first = (table.get("refused_first") or [{"line": 0, "reason": ""}])[0]
    count = table.get("refused", 0)
    return Refusal(table["table"], count, first["line"], first["reason"], table.get("refused_file")) if count else None


def refused_rows(connection: Connection) -> dict[tuple[str, str], int]:
    """How many rows of each source and table are refused, those that have any."""
    return {(source, each.table): each.count for source in sorted(sources_read(connection)) for each in last_refusals(connection, source)}


def last_seen(connection: Connection) -> int | None:
    """The latest instant at which any table was read, by the clock of the computer that read it."""
    found = connection.execute(select(func.max(source_tables.c.synced_at))).scalar()
    return None if found is None else int(found)


def server_clock(connection: Connection) -> int | None:
    """What the database server's clock shows, microseconds UTC; None where the database has no computer of its own."""
    if connection.dialect.name != "postgresql":
        return None
    return int(connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")).scalar_one())
