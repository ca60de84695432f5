"""Which rule each row of a chunk follows, and what the rules that were followed say of their rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from slamon.settings import ColumnValue, EventOf, EventRule
from slamon.sources.cells import Objects, Problems, objects, one_of, seconds_of, switches

Codes = npt.NDArray[np.int64]
Combination = tuple[tuple[str, str | None], ...]

DIRECTIONS = ("inbound", "outbound")
SUBJECTS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted", "restored")
NAMED = ("stage", "activity", "touch")
_VALUE_OF = {"touch": "asset", "attribute": "to", "merged": "into"}


@dataclass(frozen=True, slots=True)
class Said:
    """What the rules say of some rows: one object array a field, and the problems of rows that say something unusable."""

    fields: Mapping[str, Objects]
    problems: Problems


def rule_of_rows(columns: Mapping[str, Any], rules: Sequence[EventRule], rows: int) -> Codes:
    """The number of the first rule that each row matches, -1 for none."""
    names = {name for rule in rules for name in rule.when}
    encoded = {name: columns[name].dictionary_encode() for name in names if name in columns and rows}
    found = np.full(rows, -1)
    for number, rule in enumerate(rules):
        matches = found == -1
        for name, wanted in rule.when.items():
            matches &= _is_one_of(encoded[name], wanted) if name in encoded else False
        found[matches] = number
    return found


def _is_one_of(column: Any, wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
    marked = np.array([*(value in wanted for value in column.dictionary.to_pylist()), False], bool)
    codes = column.indices.fill_null(len(marked) - 1).to_numpy(zero_copy_only=False)
    result: npt.NDArray[np.bool_] = marked[codes]
    return result


def combinations(columns: Mapping[str, Any], rules: Sequence[EventRule], rows: Any) -> Counter[Combination]:
    """How often each combination of the ``when`` columns' values stands in some rows (an Arrow mask)."""
    names = sorted({name for rule in rules for name in rule.when} & columns.keys())
    cells = [columns[name].filter(rows).to_pylist() for name in names]
    return Counter(tuple(zip(names, values, strict=True)) for values in zip(*cells, strict=True))


def said_by(rules: Sequence[EventRule], rule: Codes, columns: Mapping[str, Any]) -> Said:
    """The fields kind, name, value, direction, automated, seconds and outcome of rows that each follow a rule."""
    events = [each.is_ for each in rules]
    subjects = [next(subject for subject in SUBJECTS if getattr(event, subject) is not None) for event in events]

    def texts(parts: Sequence[Any]) -> Objects:
        return _texts(parts, rule, columns)

    name = texts([_name(event, subject) for event, subject in zip(events, subjects, strict=True)])
    value = texts([_value(event, subject) for event, subject in zip(events, subjects, strict=True)])
    direction, wrong = one_of(texts([event.direction for event in events]), DIRECTIONS, "direction")
    automated, no_switch = switches(texts([event.automated for event in events]), "automated")
    seconds, no_number = seconds_of(texts([event.seconds for event in events]), "seconds")
    kind = texts(subjects)
    problems = wrong | no_switch | no_number | _empty(name, kind, NAMED, "the column that names the {} is empty")
    problems |= _empty(value, kind, ("merged",), "the column of the lead that it was {} into is empty")
    fields = {"kind": kind, "name": name, "value": value, "direction": direction, "automated": automated, "seconds": seconds}
    return Said({**fields, "outcome": texts([event.outcome for event in events])}, problems)


def _name(event: EventOf, subject: str) -> Any:
    return getattr(event, subject) if subject in (*NAMED, "owner", "attribute") else None


def _value(event: EventOf, subject: str) -> Any:
    return getattr(event, _VALUE_OF[subject]) if subject in _VALUE_OF else None


def _texts(parts: Sequence[Any], rule: Codes, columns: Mapping[str, Any]) -> Objects:
    """What each row's rule says of one field: as it is written there, or from the column that it names."""
    written = np.array([None if part is None or isinstance(part, ColumnValue) else _text(part) for part in parts], object)
    texts: Objects = written[rule]
    for number, part in enumerate(parts):
        if isinstance(part, ColumnValue) and (rows := rule == number).any():
            texts[rows] = objects(columns[part.column])[rows]
    return texts


def _text(part: object) -> str:
    return str(part).lower() if isinstance(part, bool) else str(part)


def _empty(cells: Objects, kind: Objects, kinds: Sequence[str], complaint: str) -> Problems:
    rows = np.flatnonzero(np.isin(kind.astype(str), kinds) & (cells == None))  # noqa: E711 - element by element
    return {int(row): complaint.format(kind[row]) for row in rows}
