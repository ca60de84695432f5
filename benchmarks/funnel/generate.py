"""The benchmark's data, the same each time: a folder of Parquet files in the format of the facts cache, one block of leads each.

``leads.parquet`` (lead), ``events.parquet`` (in order of ``at``, then of when it was recorded), ``people.parquet``,
``absences.parquet``; and for contestants that cannot compile calendars ``openings.parquet``, ``dates.parquet``, ``months.parquet``.
A million leads make about ten million events. Blocks share nothing but the seed, so a hundred million events are ten
blocks, each written, read and thrown away (:func:`blocks`).
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from funnel import company
from funnel.journeys import BEGIN, EVENT, YEAR, journeys
from funnel.openings import write_calendars

from slamon.core.facts import Kind

SEED = 20_250_101
EDITION = 1
"""Another edition makes other data: folders of an older one are written again."""
AT_ONCE = 50_000
ROWS_IN_GROUP = 1_000_000
MOST_EVENTS = 50
"""No lead has more: so blocks number their events apart."""
NEVER = np.iinfo(np.int64).min
SECOND = 1_000_000
AS_OF = BEGIN * SECOND + (YEAR - 12 * 3600) * SECOND
"""2025-12-31 12:00 UTC: the last half day is not known yet."""


def prepared(folder: Path, leads: int, block: int = 0) -> Path:
    """The folder with the block's files; written only if it does not hold these very data already."""
    wanted = {"edition": EDITION, "seed": SEED, "leads": leads, "block": block}
    label = folder / "made.json"
    if not label.exists() or json.loads(label.read_text("utf-8")) != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        label.unlink(missing_ok=True)
        _write(folder, leads, block)
        label.write_text(json.dumps(wanted), "utf-8")
    return folder


def blocks(folder: Path, count: int, leads: int = 1_000_000) -> Iterator[Path]:
    """Block after block in a folder of its own, each removed before the next is written."""
    for block in range(count):
        here = prepared(folder / f"block-{block:03d}", leads, block)
        yield here
        shutil.rmtree(here)


def _write(folder: Path, leads: int, block: int) -> None:
    first = block * leads
    numbers = pa.array(np.arange(first, first + leads))
    pq.write_table(pa.table({"lead": _text_ids("L", numbers)}), folder / "leads.parquet", compression="lz4")
    pq.write_table(company.people(), folder / "people.parquet")
    rng = np.random.default_rng([SEED, 7])
    pq.write_table(company.absences(rng, BEGIN, BEGIN + YEAR), folder / "absences.parquet")
    write_calendars(folder, AS_OF)
    _write_events(folder / "events.parquet", _events(leads, block), first, first * MOST_EVENTS)


def _events(leads: int, block: int) -> npt.NDArray[np.void]:
    """All events of the block, lead after lead of fifty thousand at once."""
    parts = []
    for begin in range(0, leads, AT_ONCE):
        rng = np.random.default_rng([SEED, block, begin // AT_ONCE])
        parts.append(journeys(rng, np.arange(begin, min(begin + AT_ONCE, leads), dtype=np.int32), SEED))
    whole = np.empty(sum(len(part) for part in parts), EVENT)
    end = len(whole)
    while parts:  # each part is dropped as soon as it is copied
        part = parts.pop()
        whole[end - len(part) : end] = part
        end -= len(part)
    return whole


def _write_events(path: Path, events: npt.NDArray[np.void], first_lead: int, first_event: int) -> None:
    order = _order(events)
    words = _words(events, first_lead)
    writer = None
    for begin in range(0, len(order), ROWS_IN_GROUP):
        chosen = order[begin : begin + ROWS_IN_GROUP]
        table = _table(events[chosen], first_event + chosen, words)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="lz4")
        writer.write_table(table, row_group_size=ROWS_IN_GROUP)
    if writer is not None:
        writer.close()


def _order(events: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
    """By at, then when recorded, then as listed: one key, since a delay is less than 2**20 seconds."""
    key = events["at"].astype(np.int64) << 20
    key |= np.maximum(events["recorded_after"], 0)
    return np.argsort(key, kind="stable")


def _words(events: npt.NDArray[np.void], first_lead: int) -> dict[str, pa.Array]:
    """The distinct texts of each column; those of ``value`` end with the survivors of merges, whose codes become theirs."""
    merges = np.flatnonzero(events["kind"] == Kind.MERGED)
    survivors, place = np.unique(events["value"][merges] - len(company.ASSETS), return_inverse=True)
    events["value"][merges] = len(company.ASSETS) + place
    events["name"][merges] = -1
    named = _text_ids("L", pa.array(survivors.astype(np.int64) + first_lead)).to_pylist()
    texts = {
        "name": company.NAMES,
        "value": [*company.ASSETS, *named],
        "actor": company.PERSONS,
        "owner": company.PERSONS,
        "direction": company.DIRECTIONS,
        "outcome": company.OUTCOMES,
        "attributes": company.attribute_texts(),
        "source": company.SOURCES,
    }
    return {name: pa.array(values, pa.string()) for name, values in texts.items()}


def _table(events: npt.NDArray[np.void], position: npt.NDArray[np.int64], words: dict[str, pa.Array]) -> pa.Table:
    """Some rows as the cache keeps them."""
    at = (events["at"].astype(np.int64) + BEGIN) * SECOND
    recorded = np.where(events["recorded_after"] < 0, NEVER, at + events["recorded_after"].astype(np.int64) * SECOND)
    columns = {
        "lead": pa.array(np.ascontiguousarray(events["lead"])),
        "at": pa.array(at),
        "recorded_at": pa.array(recorded),
        "seen_at": pa.array(at + events["seen_after"].astype(np.int64) * SECOND),
        "kind": pa.array(np.ascontiguousarray(events["kind"])),
        **{name: _coded(events[name], words[name]) for name in ("name", "value", "actor", "owner", "direction", "outcome", "attributes")},
        "automated": pa.array(np.ascontiguousarray(events["automated"])),
        "seconds": pa.array(np.ascontiguousarray(events["seconds"])),
        "position": pa.array(position),
        "id": _text_ids("E", pa.array(position)),
        "source": _coded(events["source"], words["source"]),
    }
    return pa.table(columns)


def _coded(codes: npt.NDArray[np.integer], words: pa.Array) -> pa.DictionaryArray:
    codes = codes.astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), words)


def _text_ids(letter: str, numbers: pa.Array) -> pa.Array:
    """``L000000001``: a letter and nine digits, so that texts sort as numbers do."""
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(numbers.cast(pa.string()), 9, "0"), "")
