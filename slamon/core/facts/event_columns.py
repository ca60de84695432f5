"""Events as columns, as a source or a file of facts has them: one row an event, in any order, texts as codes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.columns import Labels, Mask, Rows, Texts
from slamon.core.working_time.instants import NEVER, Instants

KINDS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted", "restored")
"""The kinds of event, by code: see ``facts.Kind``."""

TEXTS = ("lead", "name", "value", "actor", "owner", "direction", "outcome", "attributes", "source")
INSTANTS = ("at", "recorded_at", "seen_at")
AT_ONCE = 1_000_000
"""What is worked out beside the columns is worked out for so many rows at a time."""
MOST_NARROW = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class EventColumns:
    """Parallel arrays, one row an event. Instants int64 microseconds UTC, NEVER for none; ``seconds`` -1 for none.

    ``lead`` is the id at the source. ``attributes`` are JSON objects of texts. ``position`` is the source's own order.
    """

    lead: Texts
    at: Instants
    recorded_at: Instants
    seen_at: Instants
    kind: npt.NDArray[np.int8]
    name: Texts
    value: Texts
    actor: Texts
    owner: Texts
    direction: Texts
    outcome: Texts
    attributes: Texts
    source: Texts
    automated: Mask
    seconds: npt.NDArray[Any]
    position: npt.NDArray[Any]
    id: Labels

    def __len__(self) -> int:
        return len(self.at)


def columns_of(events: pd.DataFrame) -> EventColumns:
    """The columns of an event frame; see :func:`slamon.core.facts.event_frames.build_facts` for what it holds."""
    texts = {name: texts_of(events[name]) for name in TEXTS}
    instants = {name: events[name].to_numpy(np.int64) for name in INSTANTS}
    kinds = {kind: code for code, kind in enumerate(KINDS)}
    columns: dict[str, Any] = {
        **texts,
        **instants,
        "kind": events["kind"].map(kinds).to_numpy(np.int8),
        "automated": events["automated"].to_numpy(bool),
        "seconds": events["seconds"].to_numpy(np.int64),
        "position": events["position"].to_numpy(np.int64),
        "id": Labels(events["id"].to_numpy(object), np.arange(len(events))),
    }
    return EventColumns(**columns)


def texts_of(column: "pd.Series[Any]") -> Texts:
    """A column of texts as codes in the order in which they first occur; -1 where there is none."""
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return Texts(codes.astype(np.int32), np.asarray(values, object))


def recorded(events: EventColumns, rows: Rows) -> Instants:
    """When some rows were recorded; one that does not say counts as recorded when it happened."""
    stored = events.recorded_at[rows]
    return np.where(stored == NEVER, events.at[rows], stored)


def by_time(events: EventColumns, lead: npt.NDArray[Any], rows: Rows) -> Rows:
    """Some rows in order of lead (given for each of them), at, recorded_at, the source's order, and source and id."""
    keys: list[npt.NDArray[Any]] = [events.position[rows], recorded(events, rows), events.at[rows], lead]
    order = np.lexsort(tuple(keys))
    tied = np.logical_and.reduce([np.diff(key[order]) == 0 for key in (keys[0], keys[2], keys[3])])
    if tied.any():  # the same position in two sources: only then is the slow comparison of texts worth it
        source = Labels(np.append(events.source.values, "None"), events.source.codes)[rows]
        texts = pd.Series(source, dtype=object).astype(str) + "\0" + pd.Series(events.id[rows], dtype=object).astype(str)
        order = np.lexsort((pd.factorize(texts, sort=True)[0], *keys))
    return rows[order]


def rows_by_code(codes: npt.NDArray[Any], rows: Rows | None = None) -> npt.NDArray[np.int64]:
    """The given rows (None: all), sorted by the code of each, otherwise as they were.

    Code and place are packed into one integer: sorting those is several times as fast as a stable sort by code.
    """
    bits = max(len(codes).bit_length(), 1)
    packed = codes.astype(np.int64)
    packed <<= bits
    for low in range(0, len(packed), AT_ONCE):  # places of all at once would take as much memory again
        part = packed[low : low + AT_ONCE]
        part |= np.arange(low, low + len(part))
    packed.sort()
    packed &= (1 << bits) - 1
    return narrow(packed, len(codes)) if rows is None else rows[packed]


def narrow(rows: Rows, count: int) -> npt.NDArray[Any]:
    """Some of ``count`` rows in half the memory, where 32 bits can count them: ten million are kept until all leads are judged."""
    return rows.astype(np.int32) if count < MOST_NARROW else rows


def used_values(column: Texts, rows: Rows | None) -> Mask:
    """Which of a column's values some rows (None: all) really say."""
    used = np.zeros(len(column.values) + 1, bool)
    codes = column.codes
    for low in range(0, len(codes) if rows is None else len(rows), AT_ONCE):
        used[codes[low : low + AT_ONCE] if rows is None else codes[rows[low : low + AT_ONCE]]] = True
    return used[:-1]  # -1, none, marked the last
