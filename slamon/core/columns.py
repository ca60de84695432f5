"""Columns of texts: as codes into distinct values, or looked up row by row only where somebody asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def narrowest(values: int) -> type[np.signedinteger[Any]]:
    """The narrowest type for codes of so many distinct values, with room for one more and for those below zero."""
    return next((each for each in (np.int8, np.int16) if values < np.iinfo(each).max), np.int32)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts as codes into ``values`` (distinct, object array); -1 is none.

    Codes are int32; those of events as they were read may be narrower, since ten million of them are kept.
    """

    codes: Codes
    values: npt.NDArray[np.object_]

    def code(self, text: str) -> int:
        """The code of a text, or -2 if the column never holds it."""
        found = np.flatnonzero(self.values == text)
        return int(found[0]) if len(found) else -2

    def any_of(self, wanted: npt.NDArray[np.bool_]) -> Mask:
        """Rows whose value is marked in ``wanted`` (one bool for each of ``values``); none is never marked."""
        marked = np.flatnonzero(wanted)
        if len(marked) == 1:  # one comparison reads the codes once, a look-up reads a table for each
            alone: Mask = self.codes == marked[0]
            return alone
        return np.append(wanted, False).take(self.codes) if len(marked) else np.zeros(len(self.codes), bool)

    def is_any(self, wanted: Sequence[str]) -> Mask:
        """Rows whose text is one of ``wanted``."""
        return self.any_of(np.isin(self.values.astype(str), wanted) if len(self.values) else np.zeros(0, bool))

    def texts(self) -> npt.NDArray[np.object_]:
        """The text of every row, None for none."""
        values = np.full(len(self.values) + 1, None, object)
        values[:-1] = self.values
        return values[self.codes]

    def at(self, row: int) -> str:
        """The text of a row; empty for none."""
        code = int(self.codes[row])
        return str(self.values[code]) if code >= 0 else ""

    def take(self, rows: Rows) -> "Texts":
        """Some of the rows, with the same values."""
        return Texts(taken(self.codes, rows), self.values)


@dataclass(frozen=True, slots=True)
class Labels:
    """Texts that are looked up only where they are asked for: row ``r`` says ``values[place[r]]``.

    With ``through``, codes that ``place`` points into, it says ``values[through[place[r]]]``.
    ``values`` is an object array, or one of pandas' string arrays, which hold ten million ids in a fifth of the memory.
    """

    values: Any
    place: npt.NDArray[Any]
    through: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.place)

    @overload
    def __getitem__(self, rows: int) -> str: ...
    @overload
    def __getitem__(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.object_]: ...
    def __getitem__(self, rows: Any) -> Any:
        place = self.place[rows] if self.through is None else self.through[self.place[rows]]
        return np.asarray(self.values.take(place), object) if isinstance(rows, np.ndarray) else str(self.values[int(place)])

    def take(self, rows: Rows) -> "Labels":
        """Some of the rows; nothing is looked up."""
        return Labels(self.values, self.place[rows], self.through)

    def where(self, text: str) -> Rows:
        """The rows that say a text."""
        found = np.flatnonzero(np.asarray(self.values == text, bool))
        place = self.place if self.through is None else self.through[self.place]
        return np.flatnonzero(np.isin(place, found)) if len(found) else np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Deferred:
    """A column of numbers that is put in order only where somebody asks: row ``r`` says ``values[place[r]]``.

    With ``through``, codes that ``place`` points into, it says ``values[through[place[r]]]``.
    """

    values: npt.NDArray[Any]
    place: npt.NDArray[Any]
    through: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.place)

    def __getitem__(self, row: int) -> int:
        return int(self.take(np.array([row]))[0])

    def take(self, rows: Rows) -> npt.NDArray[Any]:
        """What some of the rows say."""
        place = self.place.take(rows)
        return taken(self.values, place if self.through is None else self.through.take(place))

    def all(self) -> npt.NDArray[Any]:
        """What every row says."""
        return self.take(np.arange(len(self)))


def taken(column: npt.NDArray[Any], rows: Rows) -> npt.NDArray[Any]:
    """Some rows of a column; one that says the same in every row, and takes the room of one, goes on doing so."""
    return np.broadcast_to(column[:1], rows.shape) if column.strides == (0,) and len(column) else column.take(rows)
