"""The facts of a large store kept a second time as Parquet files: ten million events are read in seconds instead of minutes.

A folder holds one edition, in a folder named after the state of the facts that it was written from: whoever finds another
state writes another edition. An edition is written beside, and gets its name only when it is complete; so what has a
name can be read, whoever was killed when. Without a folder that can be written everything is read from the database.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, func, select

from slamon.core.facts.event_columns import KINDS, TEXTS, EventColumns, columns_of
from slamon.store.database import reading
from slamon.store.facts import EVENT_COLUMNS, load_events, stream_lead_ids, stream_versions
from slamon.store.facts.fact_files import EVENTS, LEADS, SUPERSEDED, read_columns
from slamon.store.schema import event_history, source_tables

FORMAT = 1
"""Another format is another edition."""
MANY = 50_000
"""With fewer events the database is read in less than a second, and nothing is gained."""
BATCHES_IN_GROUP = 10
_FOLDER, _LOCK, _UNFINISHED, _LABEL = "slamon_fact_cache", "lock", "unfinished", "edition.json"

_log = logging.getLogger(__name__)


def keep_cache_in(engine: Engine, folder: Path) -> None:
    """Say where the facts of a database may be kept as files; without this they are not."""
    engine.update_execution_options(**{_FOLDER: folder})


def known_events(engine: Engine, as_of: int) -> EventColumns:
    """Events in the versions that were known at an instant (microseconds UTC), from files where there are many."""
    folder: Path | None = engine.get_execution_options().get(_FOLDER)
    found = _from_files(engine, folder, as_of) if folder is not None and _is_large(engine) else None
    return columns_of(load_events(engine, as_of)) if found is None else found


def _from_files(engine: Engine, folder: Path, as_of: int) -> EventColumns | None:
    edition = None
    try:
        edition = _edition(engine, folder)
        return read_columns(edition, as_of=as_of)
    except (OSError, pa.ArrowInvalid) as error:
        # Not writable, no room left, or damaged: the database has it all, and the next to come writes anew.
        _log.debug("facts are read from the database, not from files in %s: %s", folder, error)
    if edition is not None:
        shutil.rmtree(edition, ignore_errors=True)
    return None


def _is_large(engine: Engine) -> bool:
    with reading(engine) as connection:
        return int(connection.execute(select(func.coalesce(func.sum(source_tables.c.events_kept), 0))).scalar_one()) >= MANY


def _edition(engine: Engine, folder: Path) -> Path:
    """The edition of the facts' present state, written if it is not there yet."""
    with reading(engine) as connection:
        state = _state(connection)
        edition = folder / _name(state)
        if edition.is_dir():
            return edition
        with _alone(folder):
            if not edition.is_dir():  # somebody else may have written it while we waited
                _write(connection, state, folder, edition)
    return edition


def _state(connection: Connection) -> dict[str, Any]:
    """What tells two states of the facts apart: no sync that changes an event, or its place, leaves all of this as it was.

    A table with a fingerprint has the same events while that is the same, mapped by the same version of this program. Of
    another it is only known when it was read. Versions that were changed or withdrawn are counted.
    """
    seen = (source_tables.c.source, source_tables.c.source_table, source_tables.c.fingerprint, source_tables.c.first_synced_at)
    counts = (source_tables.c.rows_read, source_tables.c.events_kept, source_tables.c.newest_at, source_tables.c.synced_at)
    tables = [list(row) for row in connection.execute(select(*seen, *counts).order_by(*seen[:2]))]
    past = connection.execute(select(func.count(), func.max(event_history.c.superseded_at)).select_from(event_history)).one()
    return {
        "format": FORMAT,
        "version": version("slamon"),
        "database": hashlib.sha256(connection.engine.url.render_as_string(hide_password=True).encode()).hexdigest(),
        "tables": [table if table[2] is None else table[:-1] for table in tables],
        "superseded": list(past),
    }


def _name(state: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:32]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time writes; the lock of one that was killed is free."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(connection: Connection, state: Mapping[str, Any], folder: Path, edition: Path) -> None:
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)  # of somebody who was killed
    unfinished.mkdir()
    try:
        _write_events(connection, unfinished, _write_leads(connection, unfinished))
        (unfinished / _LABEL).write_text(json.dumps(state, indent=1), encoding="utf-8")
        for file in unfinished.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        unfinished.rename(edition)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    for other in folder.iterdir():  # who is reading an earlier edition has its files open
        if other.is_dir() and other != edition:
            shutil.rmtree(other, ignore_errors=True)


def _write_leads(connection: Connection, folder: Path) -> dict[str, int]:
    """Every lead's id, sorted as the core sorts; where each stands."""
    leads = sorted(stream_lead_ids(connection))
    pq.write_table(pa.table({"lead": pa.array(leads, pa.string())}), folder / LEADS, compression="lz4")
    return {lead: code for code, lead in enumerate(leads)}


def _write_events(connection: Connection, folder: Path, leads: Mapping[str, int]) -> None:
    """A row group at a time, so that memory does not grow with the events."""
    codes = {"lead": leads, "kind": {kind: code for code, kind in enumerate(KINDS)}}
    batches = stream_versions(connection)
    group = _group([], codes)
    with pq.ParquetWriter(folder / EVENTS, group.schema, compression="lz4") as writer:
        while tables := [_group(batch, codes) for batch in islice(batches, BATCHES_IN_GROUP)]:
            writer.write_table(pa.concat_tables(tables))


def _group(batch: list[tuple[Any, ...]], codes: Mapping[str, Mapping[str, int]]) -> pa.Table:
    names = (*EVENT_COLUMNS, SUPERSEDED)
    columns = zip(*batch, strict=True) if batch else ((),) * len(names)
    return pa.table({name: _column(name, values, codes.get(name)) for name, values in zip(names, columns, strict=True)})


def _column(name: str, values: tuple[Any, ...], codes: Mapping[str, int] | None) -> pa.Array:
    if codes is not None:
        return pa.array(np.fromiter(map(codes.__getitem__, values), np.int8 if name == "kind" else np.int32, len(values)))
    if name == "id":
        return pa.array(values, pa.string())
    if name in TEXTS:
        return pa.array(values, pa.string()).dictionary_encode()
    if name == "automated":
        return pa.array(np.array(values, bool))
    return pa.array(np.array(values, np.int32 if name == "seconds" else np.int64))
