"""Parquet, JSON lines and Excel as rows of texts, written as a CSV export of the same data would write them."""

import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from slamon.sources.rows import CHUNK_ROWS, Chunk, Reading, Refused, Rows, SourceError, distinct_names, text_array, tidied


def open_parquet(file: IO[bytes], where: str) -> Reading:
    """A reading of a Parquet file; a row's line is its number."""
    try:
        parquet = pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise SourceError(f"{where} is not a Parquet file: {error}") from None
    return Reading(tuple(parquet.schema_arrow.names), _parquet_chunks(parquet, where))


def _parquet_chunks(parquet: Any, where: str) -> Iterator[Chunk]:
    total, begin = max(parquet.metadata.num_rows, 1), 0
    names = distinct_names(parquet.schema_arrow.names)
    try:
        for batch in parquet.iter_batches(batch_size=CHUNK_ROWS):
            number = np.arange(begin + 1, begin + 1 + batch.num_rows)
            begin += batch.num_rows
            yield Chunk(
                {name: as_text(column) for name, column in zip(names, batch.columns, strict=True)}, number, number, (), begin / total
            )
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{where} is damaged: {error}; export it again") from None


def as_text(column: Any) -> Any:
    """Any Arrow column as a string array, null for empty: times as ISO 8601, whole numbers without a point, nested values as JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        column = column.cast(pa.timestamp(kind.unit, "UTC"))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return text_array([cell_text(cell) for cell in column.to_pylist()])
    return tidied(pc.cast(column, pa.string()))


def cell_text(cell: object) -> str | None:  # noqa: PLR0911 - one line a type
    """One value as text; None for none."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)  # exact up to there
    if isinstance(cell, datetime):
        # In UTC, so that a server's or a session's zone does not make another row of the same one.
        return (cell.astimezone(UTC) if cell.tzinfo else cell).isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True, default=cell_text)
    return str(cell)


def open_json_lines(stream: IO[str], where: str, share: Callable[[], float | None]) -> Reading:
    """A reading of one JSON object a line; the columns are the keys of the first chunk, those of later ones are read as they come."""
    chunks = _json_chunks(stream, share)
    first = next(chunks)
    if not len(first) and not first.refused:
        raise SourceError(f"{where} is empty: each line has to hold a JSON object")
    return Reading(tuple(first.columns), _resumed(first, chunks))


def _resumed(first: Chunk, rest: Iterator[Chunk]) -> Iterator[Chunk]:
    yield first
    yield from rest


def _json_chunks(stream: IO[str], share: Callable[[], float | None]) -> Iterator[Chunk]:
    records: list[dict[str, Any]] = []
    rows = Rows(())
    number = 0
    for line, text in enumerate(stream, 1):
        if not text.strip():
            continue
        number += 1
        record = _record(text)
        if record is None:
            rows.refused.append(Refused(line, "is not a JSON object", {"text": text.rstrip()}))
        else:
            records.append(record)
            rows.add((), (number,), (line,))
        if rows.full:
            yield _tabulated(records, rows, share())
            records = []
    yield _tabulated(records, rows, 1.0)


def _record(text: str) -> dict[str, Any] | None:
    """The object of a line, numbers as they are written; None when it is none."""
    try:
        record = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _tabulated(records: list[dict[str, Any]], rows: Rows, share: float | None) -> Chunk:
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: text_array([cell_text(record.get(name)) for record in records]) for name in names}
    return replace(rows.take(share), columns=columns)


def open_excel(file: IO[bytes], sheet: str | None, where: str) -> Reading:
    """A reading of one sheet (the first, if none is named); its first row names the columns, a row's line is its place in the sheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, which are not read
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
            raise SourceError(f"{where} is not an Excel workbook (.xlsx): {error}") from None
    if sheet is not None and sheet not in book.sheetnames:
        raise SourceError(f"{where} has no sheet {sheet!r}; it has {', '.join(book.sheetnames)}")
    page = book[sheet] if sheet is not None else book.worksheets[0]
    lines = ([cell_text(cell) for cell in row] for row in page.iter_rows(values_only=True))
    header = next(lines, [])
    while header and header[-1] is None:
        header.pop()
    if not header:
        raise SourceError(f"{where} is empty: the sheet's first row has to name the columns")
    columns = tuple((name or "").strip() for name in header)
    return Reading(columns, _sheet_chunks(lines, distinct_names(columns)))


def _sheet_chunks(lines: Iterator[list[str | None]], names: tuple[str, ...]) -> Iterator[Chunk]:
    rows, number = Rows(names), 0
    for line, cells in enumerate(lines, 2):
        if not any(cells):
            continue
        number += 1
        if any(cells[len(names) :]):
            rows.refuse(cells, line, f"has more cells than the {len(names)} columns that the first row names")
        else:
            rows.add([[*cells, *[None] * len(names)][: len(names)]], (number,), (line,))
        if rows.full:
            yield rows.take(None)
    yield rows.take(1.0)
