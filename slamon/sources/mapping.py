"""Turns a chunk of raw rows into events, as its table's mapping says: whole columns at a time, the first rule that matches wins."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from slamon.core.working_time.instants import NEVER, Instants
from slamon.settings import SourceSettings, TableMapping
from slamon.sources.cells import Objects, Problems, objects
from slamon.sources.rows import UNREADABLE, Chunk, Refused
from slamon.sources.rules import Combination, combinations, rule_of_rows, said_by
from slamon.sources.times import parse_instants

EVENT_FIELDS = (
    "id", "source_table", "lead", "at", "recorded_at", "kind", "name", "value", "actor", "owner", "direction",
    "automated", "seconds", "outcome", "attributes", "position",
)  # fmt: skip
"""The order of the values in each row of EventRows."""

_as_json = json.JSONEncoder(ensure_ascii=False).encode
_TABLE_SHIFT = 40  # a table may have a million million rows before its positions reach the next table's


@dataclass(frozen=True, slots=True)
class EventRows:
    """What a chunk says: one list of plain values for each of EVENT_FIELDS, and what was left out, and why."""

    columns: tuple[list[Any], ...]
    at: Instants
    kinds: Counter[str]
    unmatched: Counter[Combination]
    refused: list[Refused]
    unreadable: int
    """Rows with cells that hold bytes which are not of the table's encoding."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self.columns, strict=True)


@dataclass(frozen=True, slots=True)
class EventMapping:
    """One table's mapping, and what its source says of actors; ``prefix`` begins every id: ``source/table/``."""

    prefix: str
    table: str
    table_number: int
    mapping: TableMapping
    automated_actors: frozenset[str]
    ignore_unknown_actors: bool

    def events_of(self, chunk: Chunk) -> EventRows:
        """The events of a chunk. A row that no rule matches is counted; one that says something unusable is refused."""
        rule = rule_of_rows(chunk.columns, self.mapping.events, len(chunk))
        unmatched = combinations(chunk.columns, self.mapping.events, pa.array(rule == -1))
        matched = pa.array(rule >= 0)
        columns = {name: column.filter(matched) for name, column in chunk.columns.items()}
        number, line = chunk.number[rule >= 0], chunk.line[rule >= 0]
        fields, problems = self._fields(columns, rule[rule >= 0], number)
        usable = np.ones(len(number), bool)
        usable[list(problems)] = False
        return EventRows(
            columns=tuple(_plain(fields[name], usable) for name in EVENT_FIELDS),
            at=fields["at"][usable],
            kinds=Counter(fields["kind"][usable].tolist()),
            unmatched=unmatched,
            refused=[*chunk.refused, *refusals(columns, line, problems)],
            unreadable=_unreadable(columns, len(number)),
        )

    def _fields(self, columns: Mapping[str, Any], rule: npt.NDArray[np.int64], number: Instants) -> tuple[dict[str, Any], Problems]:
        """Every field of EVENT_FIELDS as an array, and why a row cannot be used, by row."""
        mapping, rows = self.mapping, len(rule)
        said = said_by(mapping.events, rule, columns)
        problems = dict(said.problems)
        recorded_at = np.full(rows, NEVER)
        if mapping.recorded_at is not None:
            recorded_at, wrong = parse_instants(
                columns[mapping.recorded_at.column], mapping.recorded_at.column, mapping.recorded_at.timezone
            )
            problems |= wrong
        assert mapping.at is not None  # noqa: S101 - settings refuse a table of events without it
        at, wrong = parse_instants(columns[mapping.at.column], mapping.at.column, mapping.at.timezone)
        lead = _optional(columns, mapping.lead, rows)
        problems |= wrong | _never(at, mapping.at.column, wrong) | unnamed(lead, str(mapping.lead), "the lead")
        actor, owner = _optional(columns, mapping.actor, rows), _optional(columns, mapping.owner, rows)
        fields = {"lead": lead, "at": at, "recorded_at": recorded_at, "actor": actor, **said.fields}
        owner[(said.fields["kind"] == "owner") & (said.fields["name"] == "unassigned")] = None
        fields["owner"] = owner
        fields["automated"] = self._automated(said.fields, actor)
        fields["attributes"] = attribute_texts(columns, mapping.attributes, rows)
        fields["source_table"] = np.full(rows, self.table, object)
        fields["position"] = (self.table_number << _TABLE_SHIFT) | number
        fields["id"], no_id = self._ids(columns, rows)
        return fields, no_id | problems

    def _automated(self, said: Mapping[str, Objects], actor: Objects) -> npt.NDArray[np.bool_]:
        by_machine = (
            np.array([each in self.automated_actors for each in actor], bool) if self.automated_actors else np.zeros(len(actor), bool)
        )
        by_machine &= said["direction"] != "inbound"  # what comes in is the buyer's own doing, whoever keyed it in
        if self.ignore_unknown_actors:
            by_machine |= (said["kind"] == "activity") & (actor == None)  # noqa: E711 - element by element
        result: npt.NDArray[np.bool_] = by_machine | (said["automated"] == True)  # noqa: E712 - element by element, None is false
        return result

    def _ids(self, columns: Mapping[str, Any], rows: int) -> tuple[Objects, Problems]:
        """The same for the same row at every reading: the row's own id, or a hash of all its cells."""
        ids = np.empty(rows, object)
        if self.mapping.id is not None:
            own = _optional(columns, self.mapping.id, rows)
            ids[:] = [f"{self.prefix}{each}" for each in own]
            return ids, unnamed(own, self.mapping.id, "the id")
        ids[:] = [self.prefix + blake2b(content.encode(), digest_size=16).hexdigest() for content in row_contents(columns, rows)]
        return ids, {}


def row_contents(columns: Mapping[str, Any], rows: int) -> list[str]:
    """Each row's cells as ``column=value`` in order of column names; empty cells are left out, so that an empty column changes nothing.

    Separators are control characters; where a cell holds one it is doubled behind a sign of its own, so that no two rows look alike.
    """
    parts = [_cells_with_name(name, columns[name]) for name in sorted(columns)]
    if not parts or not rows:
        return [""] * rows
    joined: list[str] = pc.binary_join_element_wise(*parts, "\x1f", null_handling="skip").to_pylist()
    return joined


def _cells_with_name(name: str, cells: Any) -> Any:
    if pc.any(pc.match_substring_regex(cells, "[\x1e\x1f]")).as_py():
        cells = pc.replace_substring(pc.replace_substring(cells, "\x1e", "\x1e."), "\x1f", "\x1e,")
    return pc.binary_join_element_wise(pa.scalar(name), cells, "=")


def attribute_texts(columns: Mapping[str, Any], attributes: Mapping[str, str], rows: int) -> Objects:
    """A JSON object of each row's attributes with sorted keys, values as texts; empty cells are left out, None when all are."""
    pieces = [_json_piece(name, columns[attributes[name]]) for name in sorted(attributes)]
    if not pieces or not rows:
        return np.full(rows, None, object)
    begun = pa.array([""] * rows)  # arrow drops a row, instead of joining nothing, where every piece is null
    inside = pc.utf8_ltrim(pc.binary_join_element_wise(begun, *pieces, ",", null_handling="skip"), ",")
    whole = pc.binary_join_element_wise("{", inside, "}", "")
    return objects(pc.if_else(pc.equal(inside, ""), None, whole))


def _json_piece(name: str, cells: Any) -> Any:
    encoded = cells.dictionary_encode()
    key = _as_json(name)
    texts = pa.array([f"{key}:{_as_json(value)}" for value in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def refusals(columns: Mapping[str, Any], line: npt.NDArray[np.int64], problems: Problems) -> list[Refused]:
    """The refused rows in order, with their cells."""
    return [
        Refused(int(line[row]), problems[row], {name: cells[row].as_py() for name, cells in columns.items()}) for row in sorted(problems)
    ]


def _optional(columns: Mapping[str, Any], name: str | None, rows: int) -> Objects:
    return objects(columns[name]) if name is not None and name in columns else np.full(rows, None, object)


def _never(at: Instants, column: str, told: Problems) -> Problems:
    return {int(row): f"{column} is empty: nobody knows when it happened" for row in np.flatnonzero(at == NEVER) if int(row) not in told}


def unnamed(cells: Objects, column: str, what: str) -> Problems:
    """Rows whose identity is empty, or holds bytes that could be anything: two leads must not become one."""
    wrong = {
        cell: f"{column} {cell!r}, {what}, holds bytes that are not of the table's encoding"
        for cell in set(cells)
        if cell and UNREADABLE in cell
    }
    wrong |= {cell: f"{column}, {what}, is empty" for cell in set(cells) if cell is None or not cell.strip()}
    return {row: wrong[cell] for row, cell in enumerate(cells) if cell in wrong} if wrong else {}


def _unreadable(columns: Mapping[str, Any], rows: int) -> int:
    found = np.zeros(rows, bool)
    for cells in columns.values():
        found |= pc.fill_null(pc.match_substring(cells, UNREADABLE), fill_value=False).to_numpy(zero_copy_only=False)
    return int(found.sum())


def _plain(values: npt.NDArray[Any], usable: npt.NDArray[np.bool_]) -> list[Any]:
    """Values as drivers take them, None for none."""
    chosen = values[usable]
    plain: list[Any] = chosen.tolist()
    if chosen.dtype == np.int64 and (chosen == NEVER).any():
        return [None if value == NEVER else value for value in plain]
    return plain


def event_mapping(source: str, table: str, table_number: int, mapping: TableMapping, settings: SourceSettings) -> EventMapping:
    """The mapping of one of a source's tables."""
    return EventMapping(
        f"{source}/{table}/", table, table_number, mapping, frozenset(settings.automated_actors), settings.unknown_actor == "ignore"
    )
