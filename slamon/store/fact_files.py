"""Facts as Parquet files: columns as the core takes them, texts as codes, so that ten million events are read in seconds.

A folder holds ``leads.parquet`` (the ids of all leads at the source, each once) and ``events.parquet`` (one row an event,
in any order; ``lead`` is a row of the other file). A column ``superseded_at`` says from when on a row was no longer what the
source said.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slamon.core.columns import Labels, Texts
from slamon.core.event_columns import TEXTS, EventColumns
from slamon.core.instants import NEVER

EVENTS, LEADS = "events.parquet", "leads.parquet"
SUPERSEDED = "superseded_at"
FILLED: dict[str, Any] = {"recorded_at": np.int64(NEVER), "automated": np.False_, "seconds": np.int32(-1)}
"""What a column that is not read says in every row; texts say nothing, and rows without a position come in the source's order."""


def read_columns(folder: Path, unread: Collection[str] = (), as_of: int | None = None) -> EventColumns:
    """The columns of a folder's events. Those named in ``unread`` say nothing in any row, and cost nothing.

    Where the file has a column ``superseded_at``, versions that were superseded by ``as_of`` (None: ever) are left out.
    """
    file = pq.ParquetFile(folder / EVENTS, memory_map=True)
    kept = _in_force(file, as_of)
    rows = file.metadata.num_rows if kept is None else len(kept)
    columns: dict[str, Any] = {}
    for name in EventColumns.__dataclass_fields__:
        if name in unread:
            columns[name] = _nothing(name, rows)
        else:  # one column at a time: what Arrow holds of it is freed before the next
            columns[name] = _column(_read(file, name, kept), name, folder)
    return EventColumns(**columns)


def _in_force(file: pq.ParquetFile, as_of: int | None) -> npt.NDArray[np.int64] | None:
    """The rows that are not superseded yet (None: all)."""
    if SUPERSEDED not in file.schema_arrow.names:
        return None
    superseded = file.read([SUPERSEDED]).column(0).to_numpy()
    past = superseded != NEVER if as_of is None else (superseded != NEVER) & (superseded <= as_of)
    return np.flatnonzero(~past) if past.any() else None


def _read(file: pq.ParquetFile, name: str, rows: npt.NDArray[np.int64] | None) -> pa.ChunkedArray:
    column = file.read([name]).column(0)
    return column if rows is None else column.take(pa.array(rows))


def _column(read: pa.ChunkedArray, name: str, folder: Path) -> Any:
    if name == "lead":
        leads = pq.read_table(folder / LEADS).column("lead")
        return Texts(read.to_numpy().astype(np.int32, copy=False), leads.to_numpy().astype(object))
    if name == "id":
        return Labels(pd.array(read, dtype="str"), np.arange(len(read), dtype=np.int32))
    if name in TEXTS:
        return _texts(read)
    return read.to_numpy()


def _texts(read: pa.ChunkedArray) -> Texts:
    """Codes and distinct values of a dictionary column, whose pieces may have dictionaries of their own."""
    pieces = read.unify_dictionaries().chunks
    if not pieces:
        return Texts(np.zeros(0, np.int32), np.zeros(0, object))
    codes = np.empty(len(read), np.int32)
    at = 0
    for piece in pieces:
        codes[at : at + len(piece)] = piece.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        at += len(piece)
    return Texts(codes, np.asarray(pieces[-1].dictionary.to_numpy(zero_copy_only=False), object))


def _nothing(name: str, rows: int) -> Any:
    """A column of which every row says the same takes the room of one."""
    if name == "id":
        return Labels(np.array([""], object), _same(np.int32(0), rows))
    if name in TEXTS:
        return Texts(_same(np.int32(-1), rows), np.zeros(0, object))
    if name == "position":
        return np.arange(rows, dtype=np.int32)
    return _same(FILLED[name], rows)


def _same(value: Any, rows: int) -> npt.NDArray[Any]:
    return np.broadcast_to(np.asarray(value), rows)
