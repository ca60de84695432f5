"""What every source hands over: a table as chunks of raw rows, all cells texts, with the place each row came from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from slamon.settings import TableMapping

CHUNK_ROWS = 50_000
BLOCK_ROWS = 500
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands where a byte was not of the declared encoding, or was NUL: visible, and storable everywhere."""

Numbers = npt.NDArray[np.int64]


class SourceError(Exception):
    """A source, or one of its tables, cannot be read as it is; facts stay as they were. The text names the mend."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that says nothing usable: its line, why, and its cells as they were read."""

    line: int
    reason: str
    cells: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that follow each other: a string array by column (null for an empty cell), each row's number and line from 1.

    ``refused`` are rows between them that could not be split into cells; ``share`` is how much of the table is read
    (0 to 1; None when nobody knows).
    """

    columns: Mapping[str, Any]
    number: Numbers
    line: Numbers
    refused: Sequence[Refused] = ()
    share: float | None = None

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class Reading:
    """A table that is open: its columns (also doubled ones, as they are), and its chunks."""

    columns: Sequence[str]
    chunks: Iterator[Chunk]
    written_at: int | None = None
    """When its file was last written to (microseconds UTC); None for what is no file."""
    open_end: bool = False
    """Whether the last line of its file does not end."""


class SourceTable(Protocol):
    """What a source plugs in for each of its tables."""

    @property
    def name(self) -> str:
        """The table's name, a part of its events' ids."""
        ...

    @property
    def mapping(self) -> TableMapping:
        """What its columns mean."""
        ...

    @property
    def where(self) -> str:
        """The file or query, for messages."""
        ...

    def fingerprint(self) -> str | None:
        """A hash of the content, the same while nothing changed; None when only reading tells."""
        ...

    def open(self) -> AbstractContextManager[Reading]:
        """Open the table; ``SourceError`` when it cannot be read, then or while its chunks are."""
        ...


class Rows:
    """Rows being gathered into a chunk, column by column: row lists that lived longer would keep the garbage collector busy."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.columns: list[list[str | None]] = [[] for _ in names]
        self.numbers: list[int] = []
        self.lines: list[int] = []
        self.refused: list[Refused] = []

    def add(self, rows: Sequence[Sequence[str | None]], numbers: Iterable[int], lines: Iterable[int]) -> None:
        """More rows, each as long as the names."""
        for column, cells in zip(self.columns, zip(*rows, strict=True), strict=False):
            column.extend(cells)
        self.numbers.extend(numbers)
        self.lines.extend(lines)

    def refuse(self, cells: Sequence[str | None], line: int, reason: str) -> None:
        """One more row that cannot be split into cells."""
        names = [*self.names, *(f"cell {number}" for number in range(len(self.names) + 1, len(cells) + 1))]
        self.refused.append(Refused(line, reason, dict(zip(names, cells, strict=False))))

    @property
    def full(self) -> bool:
        """Whether it is time to hand the chunk on."""
        return len(self.numbers) + len(self.refused) >= CHUNK_ROWS

    def take(self, share: float | None) -> Chunk:
        """The rows as a chunk; what is added from then on belongs to the next."""
        arrays = {name: text_array(cells) for name, cells in zip(self.names, self.columns, strict=True)}
        chunk = Chunk(arrays, np.array(self.numbers, np.int64), np.array(self.lines, np.int64), tuple(self.refused), share)
        self.columns = [[] for _ in self.names]
        self.numbers, self.lines, self.refused = [], [], []
        return chunk


def text_array(cells: Sequence[str | None]) -> Any:
    """A string array of texts, null where a cell is None or empty; what cannot be stored is made visible."""
    try:
        array = pa.array(cells, pa.string())
    except UnicodeEncodeError:
        array = pa.array([_storable(cell) for cell in cells], pa.string())
    return tidied(array)


def tidied(array: Any) -> Any:
    """The same string array with null for every empty text, and NUL made visible."""
    if pc.any(pc.match_substring(array, "\0")).as_py():
        array = pc.replace_substring(array, "\0", UNREADABLE)
    return pc.if_else(pc.equal(array, ""), None, array)


def distinct_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Column names without doubles: the second ``x`` becomes ``x (2)``."""
    seen: dict[str, int] = {}
    names = []
    for name in columns:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _storable(cell: str | None) -> str | None:
    """Lone surrogates (half of a character that JSON could write) have no bytes in UTF-8."""
    return None if cell is None else "".join(UNREADABLE if "\ud800" <= sign <= "\udfff" else sign for sign in cell)
