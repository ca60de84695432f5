"""CSV and TSV: rows with the line each begins on, quoted line breaks and all; rows that do not fit are refused one by one."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice
from typing import IO, Protocol

from slamon.sources.rows import BLOCK_ROWS, Chunk, Reading, Rows, SourceError, distinct_names


class Lines(Protocol):
    """What ``csv.reader`` returns: rows of cells, and how many lines they took so far."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __iter__(self) -> Iterator[list[str]]:
        """The rows that follow."""
        ...


_UNCLOSED = ("unexpected end of data", "field larger than field limit")
_LINE_BREAK = re.compile("\r\n|\r|\n")


def open_delimited(stream: IO[str], delimiter: str, where: str, share: Callable[[], float | None]) -> Reading:
    """A reading of delimited text (opened with ``newline=""``); ``SourceError`` without a header line."""
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        header = next(reader)
    except StopIteration:
        raise SourceError(f"{where} is empty: its first line has to name the columns") from None
    except csv.Error as error:
        raise SourceError(f"{where}, line 1: the line that names the columns cannot be read: {error}") from None
    columns = tuple(name.strip() for name in header)
    return Reading(columns, _chunks(reader, distinct_names(columns), where, share))


def _chunks(reader: Lines, names: tuple[str, ...], where: str, share: Callable[[], float | None]) -> Iterator[Chunk]:
    rows, number, ended = Rows(names), 0, False
    while not ended:
        begin, block = reader.line_num + 1, list[list[str]]()
        try:
            block.extend(islice(reader, BLOCK_ROWS))  # what was read before an error stays in the block
            ended = len(block) < BLOCK_ROWS
        except csv.Error as error:
            _refuse_unsplit(rows, where, begin + sum(map(_height, block)), error)
        _add(rows, block, number, begin, reader.line_num)
        number += len(block)
        if rows.full:
            yield rows.take(share())
    yield rows.take(1.0)


def _add(rows: Rows, block: list[list[str]], number: int, begin: int, end: int) -> None:
    """Rows that fit are kept with number and line, others refused; blank lines are no rows."""
    width = len(rows.names)
    numbers: Sequence[int] = range(number + 1, number + 1 + len(block))
    lines: Sequence[int] = range(begin, begin + len(block))
    if end - begin + 1 != len(block):  # quoted line breaks
        lines = [begin + before for before in accumulate(map(_height, block), initial=0)][: len(block)]
    if set(map(len, block)) - {width}:
        for cells, line in zip(block, lines, strict=True):
            if cells and len(cells) != width:
                rows.refuse(cells, line, f"has {len(cells)} cells where the first line names {width} columns")
        kept = [index for index, cells in enumerate(block) if len(cells) == width]
        block, numbers, lines = [block[n] for n in kept], [numbers[n] for n in kept], [lines[n] for n in kept]
    rows.add(block, numbers, lines)


def _height(cells: list[str]) -> int:
    """How many lines a row takes."""
    return 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in cells)


def _refuse_unsplit(rows: Rows, where: str, line: int, error: csv.Error) -> None:
    if str(error).startswith(_UNCLOSED):
        raise SourceError(f"{where}, line {line}: a quote is opened and never closed; close it, or export the file again") from None
    rows.refuse((), line, "cannot be split into cells: write a quote inside a quoted cell twice")
