"""Cells of one column read as switches, whole seconds or one of a few words; what is none of them is a problem of its row."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Objects = npt.NDArray[np.object_]
Problems = dict[int, str]

_SWITCHES = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "on"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "off"), False),
}
_LONGEST = 2**31 - 1
"""Seconds: 68 years, and what the column holds."""


def objects(array: Any) -> Objects:
    """A string array as an object array with None for null; equal texts are one object."""
    encoded = array.dictionary_encode() if len(array) else array
    if not len(array):
        return np.zeros(0, object)
    values = np.array([*encoded.dictionary.to_pylist(), None], object)
    result: Objects = values[encoded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)]
    return result


def switches(cells: Objects, column: str) -> tuple[Objects, Problems]:
    """True, False or None (for an empty cell) of texts such as true, no, 1."""
    return _each(cells, lambda text: _SWITCHES[text.strip().lower()], f"{column} {{!r}} is neither true nor false")


def seconds_of(cells: Objects, column: str) -> tuple[Objects, Problems]:
    """Whole seconds (fractions cut off) or None."""
    return _each(cells, _seconds, f"{column} {{!r}} is not a number of seconds")


def one_of(cells: Objects, words: Sequence[str], column: str) -> tuple[Objects, Problems]:
    """One of a few words, however capitalised, or None."""
    allowed = {word: word for word in words}
    return _each(cells, lambda text: allowed[text.strip().lower()], f"{column} {{!r}} is neither {' nor '.join(words)}")


def _seconds(text: str) -> int:
    number = float(text)
    if not 0 <= number <= _LONGEST:
        raise ValueError(text)
    return int(number)


def _each(cells: Objects, read: Callable[[str], object], complaint: str) -> tuple[Objects, Problems]:
    """Read each distinct text once."""
    meaning: dict[str | None, object] = {None: None}
    wrong: dict[str, str] = {}
    distinct = set(cells) - {None}
    if not distinct:
        return np.full(len(cells), None, object), {}
    for text in distinct:
        try:
            meaning[text] = read(text)
        except (KeyError, ValueError):
            wrong[text] = complaint.format(text)
    values = np.empty(len(cells), object)
    values[:] = [meaning.get(text) for text in cells]
    return values, {row: wrong[text] for row, text in enumerate(cells) if text in wrong} if wrong else {}
