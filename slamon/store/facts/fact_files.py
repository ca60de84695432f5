"""Facts as Parquet files: columns as the core takes them, texts as codes, so that ten million events are read in seconds.

A folder holds ``leads.parquet`` (the ids of all leads at the source, each once) and ``events.parquet`` (one row an event,
in any order; ``lead`` is a row of the other file). A column ``superseded_at`` says from when on a row was no longer what the
source said.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slamon.core.columns import Labels, Mask, Texts, narrowest
from slamon.core.facts.event_columns import TEXTS, EventColumns
from slamon.core.working_time.instants import FOREVER, NEVER

EVENTS, LEADS = "events.parquet", "leads.parquet"
SUPERSEDED = "superseded_at"
FILLED: dict[str, Any] = {"recorded_at": np.int64(NEVER), "automated": np.False_, "seconds": np.int32(-1)}
"""What a column that is not read says in every row; texts say nothing, and rows without a position come in the source's order."""


def read_columns(folder: Path, unread: Collection[str] = (), as_of: int | None = None) -> EventColumns:
    """The columns of a folder's events. Those named in ``unread`` say nothing in any row, and cost nothing.

    Where the file has a column ``superseded_at``, versions that were superseded by ``as_of`` (None: ever) are left out. Where all
    events were seen by ``as_of``, each one's ``seen_at`` is the latest of them: when that was makes no difference any more.
    """
    # Not mapped into memory: the pages of a mapped file would stay beside the columns that are made of them.
    with pq.ParquetFile(folder / EVENTS, pre_buffer=False) as file:
        kept = _in_force(file, as_of)
        rows = file.metadata.num_rows if kept is None else int(kept.sum())
        columns = {
            name: _nothing(name, rows) if name in unread else _column(file, name, kept, folder)
            for name in EventColumns.__dataclass_fields__
            if name != "seen_at"
        }
        latest = _latest(file, "seen_at")
        all_seen = as_of is not None and latest <= as_of
        columns["seen_at"] = _same(np.int64(latest), rows) if all_seen else _numbers(file, "seen_at", kept)
    pa.default_memory_pool().release_unused()
    return EventColumns(**columns)


def _in_force(file: pq.ParquetFile, as_of: int | None) -> Mask | None:
    """The rows that are not superseded yet (None: all)."""
    if SUPERSEDED not in file.schema_arrow.names:
        return None
    superseded = _numbers(file, SUPERSEDED, None)
    past = superseded != NEVER if as_of is None else (superseded != NEVER) & (superseded <= as_of)
    return ~past if past.any() else None


def _latest(file: pq.ParquetFile, name: str) -> int:
    """The largest number in a column, by the file's own statistics; FOREVER where it has none, or no rows."""
    place = file.schema_arrow.names.index(name)
    found = [file.metadata.row_group(group).column(place).statistics for group in range(file.num_row_groups)]
    return max((int(each.max) if each is not None and each.has_min_max else FOREVER for each in found), default=FOREVER)


def _column(file: pq.ParquetFile, name: str, kept: Mask | None, folder: Path) -> Any:
    if name == "lead":
        leads = pq.read_table(folder / LEADS, memory_map=False).column("lead")
        return Texts(_numbers(file, name, kept).astype(np.int32, copy=False), leads.to_numpy().astype(object))
    if name == "id":
        read = pa.chunked_array(list(_pieces(file, name, kept)), pa.string())
        return Labels(pd.array(read, dtype="str"), np.arange(len(read), dtype=np.int32))
    return _texts(file, name, kept) if name in TEXTS else _numbers(file, name, kept)


def _pieces(file: pq.ParquetFile, name: str, kept: Mask | None) -> Iterator[pa.Array]:
    """A column, row group by row group: what Arrow holds of one is freed before the next is read."""
    at = 0
    for group in range(file.num_row_groups):
        for piece in file.read_row_group(group, [name], use_threads=False).column(0).chunks:
            yield piece if kept is None else piece.filter(pa.array(kept[at : at + len(piece)]))
            at += len(piece)


def _numbers(file: pq.ParquetFile, name: str, kept: Mask | None) -> npt.NDArray[Any]:
    rows = file.metadata.num_rows if kept is None else int(kept.sum())
    column = np.empty(rows, file.schema_arrow.field(name).type.to_pandas_dtype())
    at = 0
    for piece in _pieces(file, name, kept):
        column[at : at + len(piece)] = piece.to_numpy(zero_copy_only=False)
        at += len(piece)
    return column


def _texts(file: pq.ParquetFile, name: str, kept: Mask | None) -> Texts:
    """Codes and distinct values of a dictionary column, whose pieces may have dictionaries of their own."""
    rows = file.metadata.num_rows if kept is None else int(kept.sum())
    codes, known, at = np.empty(rows, np.int8), dict[str, int](), 0
    for piece in _pieces(file, name, kept):
        united = [known.setdefault(text, len(known)) for text in piece.dictionary.to_pylist()]
        codes = codes.astype(np.promote_types(codes.dtype, narrowest(len(known))), copy=False)
        indices = piece.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        in_order = united == list(range(len(united)))  # as in a file that was written with one dictionary for all its pieces
        codes[at : at + len(piece)] = indices if in_order else np.array([*united, -1], np.int32)[indices]
        at += len(piece)
    return Texts(codes, np.array([*known, None], object)[:-1])


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
