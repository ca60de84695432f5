"""What is known of each lead after each of its events: attributes filled forward in time, worked out when first asked for."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from slamon.core.columns import Codes, Mask, Rows, Texts
from slamon.core.facts.attributes import forward_fill, numbers_of
from slamon.core.facts.event_columns import KINDS, EventColumns, used_values

_ATTRIBUTE = KINDS.index("attribute")
Column = TypeVar("Column")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One attribute's distinct values, and which of them a row states, by its JSON text and by its changed value.

    ``by_json`` and ``by_value`` map the codes of the columns ``attributes`` and ``value`` to codes of ``values`` (-1 for
    nothing; the last entry stands for no text). ``name`` is the code of the attribute in the column ``name``. ``meaning``
    is the same for the same number however it is written: 20000 that becomes 20000.0 has not changed. A change to nothing
    clears the attribute: its code is ``len(values)``, and it means nothing.
    """

    values: npt.NDArray[np.object_]
    by_json: Codes
    by_value: Codes
    name: int
    meaning: Codes

    def stated(self, attributes: Codes, kind: npt.NDArray[np.int8], name: Codes, value: Codes) -> Codes:
        """What each row itself says; -1 for nothing."""
        said = self.by_json.take(attributes)
        if self.name >= 0:
            changes = np.flatnonzero((kind == _ATTRIBUTE) & (name == self.name))
            said[changes] = self.by_value[value[changes]]
        return said


def vocabularies(events: EventColumns, rows: Rows | None, others: Iterable[str] = ()) -> dict[str, Vocabulary]:
    """Every attribute that some rows (None: all) tell of, and ``others`` that are known to exist, by name."""
    used = used_values(events.attributes, rows)
    contents = [json.loads(text) if told else {} for text, told in zip(events.attributes.values.tolist(), used.tolist(), strict=True)]
    changed = _changed(events, rows)
    names = sorted({*others, *changed, *(name for content in contents for name in content)})
    return {name: _vocabulary(events, contents, name, changed.get(name, np.zeros(0, np.int32))) for name in names}


def _changed(events: EventColumns, rows: Rows | None) -> dict[str, Codes]:
    """For each attribute that changes by an event of its own, the distinct codes of the values it takes."""
    changes = np.flatnonzero(events.kind == _ATTRIBUTE) if rows is None else rows[events.kind[rows] == _ATTRIBUTE]
    names, values = events.name.codes[changes], events.value.codes[changes]
    return {str(events.name.values[code]): np.unique(values[names == code]) for code in np.unique(names).tolist() if code >= 0}


def _vocabulary(events: EventColumns, contents: list[dict[str, str]], name: str, changes: Codes) -> Vocabulary:
    codes: dict[str, int] = {}
    by_json = [codes.setdefault(content[name], len(codes)) if content.get(name) else -1 for content in contents]
    by_value = np.full(len(events.value.values) + 1, -1, np.int32)
    stated = {code: str(events.value.values[code]) if code >= 0 else "" for code in changes.tolist()}
    for code, text in stated.items():
        by_value[code] = codes.setdefault(text, len(codes)) if text.strip() else -1
    by_value[[code for code, text in stated.items() if not text.strip()]] = len(codes)
    values = np.array([*codes, None], object)[:-1]
    return Vocabulary(
        values=values,
        by_json=np.array([*by_json, -1], np.int32),
        by_value=by_value,
        name=events.name.code(name) if len(changes) else -1,
        meaning=np.append(_meanings(values), -1).astype(np.int32),
    )


def _meanings(values: npt.NDArray[np.object_]) -> Codes:
    numbers = numbers_of(values)
    meant = [number if np.isfinite(number) else text for number, text in zip(numbers.tolist(), values.tolist(), strict=True)]
    return pd.factorize(np.array([*meant, None], object)[:-1])[0].astype(np.int32)


@dataclass(frozen=True)
class Statements:
    """What the rows of some facts say of attributes: columns in the order of the facts, and each row's first row of its lead.

    ``first`` are the leads' first rows, each once.
    """

    vocabularies: Mapping[str, Vocabulary]
    attributes: Codes
    kind: npt.NDArray[np.int8]
    name: Codes
    value: Codes
    begin: Rows
    first: Rows

    @cached_property
    def _known(self) -> dict[str, tuple[Texts, Mask]]:
        return {}

    def of(self, name: str) -> tuple[Texts, Mask]:
        """An attribute after each row, and the rows at which it changed."""
        if name not in self._known:
            self._known[name] = self._filled(self.vocabularies[name])
        return self._known[name]

    def _filled(self, each: Vocabulary) -> tuple[Texts, Mask]:
        raw = each.stated(self.attributes, self.kind, self.name, self.value)
        source = forward_fill(raw >= 0, self.begin)
        codes = np.append(raw, np.int32(-1)).take(source)  # -1, nothing so far, picks the last
        codes = np.where(codes == len(each.values), np.int32(-1), codes)
        meant = each.meaning.take(codes)
        return Texts(codes, each.values), (codes >= 0) & (raw >= 0) & (meant != codes_before(meant, self.first, -1))


@dataclass(frozen=True)
class ByAttribute(Mapping[str, Column]):
    """Columns by the name of an attribute, each worked out when it is first asked for."""

    names: Collection[str]
    column: Callable[[str], Column]

    def __getitem__(self, name: str) -> Column:
        if name not in self.names:
            raise KeyError(name)
        return self.column(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def known_attributes(statements: Statements) -> ByAttribute[Texts]:
    """The value of each attribute after each row."""
    return ByAttribute(statements.vocabularies, lambda name: statements.of(name)[0])


def attribute_changes(statements: Statements) -> ByAttribute[Mask]:
    """The rows at which each attribute changed."""
    return ByAttribute(statements.vocabularies, lambda name: statements.of(name)[1])


def codes_before(codes: Codes, first: Rows, nothing: int) -> Codes:
    """Each row's code in the row before it of the same lead; ``nothing`` in the ``first`` row of each lead."""
    before = np.empty_like(codes)
    before[1:] = codes[:-1]
    before[first] = nothing
    return before
