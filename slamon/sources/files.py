"""Exports as files: CSV, TSV, JSON lines, Parquet and Excel; the first three gzipped too."""

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import blake2b, file_digest
from pathlib import Path
from stat import S_ISREG
from typing import IO, cast

from slamon.settings import SourceSettings, TableMapping
from slamon.sources.delimited import open_delimited
from slamon.sources.exports import open_excel, open_json_lines, open_parquet
from slamon.sources.rows import Chunk, Reading, SourceError, SourceTable

FORMATS = {".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".xlsx": "xlsx"}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def tables(settings: SourceSettings, folder: Path) -> list[SourceTable]:
    """One table a file; a relative path starts from the workspace's folder."""
    return [FileTable(_name(table), table, folder / (table.path or "")) for table in settings.tables]


def _name(mapping: TableMapping) -> str:
    return mapping.name or _plain(Path(mapping.path or "")).stem


def _plain(path: Path) -> Path:
    """The path without ``.gz``."""
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


@dataclass(frozen=True, slots=True)
class FileTable:
    """A file whose rows are events, people or absences."""

    name: str
    mapping: TableMapping
    path: Path

    @property
    def where(self) -> str:
        """The file's path."""
        return str(self.path)

    def fingerprint(self) -> str:
        """A hash of the file's bytes; ``SourceError`` when it cannot be read."""
        with self._explained():
            self._refuse_what_is_no_file()
        with self._explained(), self.path.open("rb") as file:
            return file_digest(file, lambda: blake2b(digest_size=16)).hexdigest()

    @contextmanager
    def open(self) -> Iterator[Reading]:
        """The file as chunks; ``SourceError`` also when it is written to while it is being read.

        A file that another takes the place of meanwhile is read to its end as it was when it was opened.
        """
        with ExitStack() as stack:
            with self._explained():
                self._refuse_what_is_no_file()
                file = stack.enter_context(self.path.open("rb"))
                before = _stamp(file)
                reading = self._read(file, stack)
                open_end = self._ends_open(file)
            yield Reading(reading.columns, self._guarded(reading.chunks, file, before), before[1] // 1000, open_end)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(f"{self.where} is not whole: {error}; export it again") from None
        except UnicodeError as error:
            raise SourceError(f"{self.where} is not {self.mapping.encoding}: {error}; declare its `encoding`") from None
        except OSError as error:
            raise SourceError(f"{self.where} cannot be read: {error.strerror or error}") from None

    def _refuse_what_is_no_file(self) -> None:
        """A pipe or a device would be waited for, perhaps for ever."""
        if not S_ISREG(self.path.stat().st_mode) and not self.path.is_dir():
            raise SourceError(f"{self.where} is a pipe or a device, not a file; export into a file")

    def _ends_open(self, file: IO[bytes]) -> bool:
        """Whether the last line of a plain text file does not end: an encoding of several bytes ends with a line break's last one."""
        size, _ = _stamp(file)
        if self._format() not in ("csv", "tsv", "jsonl") or self.path.suffix.lower() == ".gz" or not size:
            return False
        return not set(os.pread(file.fileno(), 2, max(size - 2, 0))) & set(b"\r\n")

    def _guarded(self, chunks: Iterator[Chunk], file: IO[bytes], before: tuple[int, int]) -> Iterator[Chunk]:
        with self._explained():
            yield from chunks
        if _stamp(file) != before:
            raise SourceError(f"{self.where} was changed while it was read; write exports to another name and rename them")

    def _read(self, file: IO[bytes], stack: ExitStack) -> Reading:
        kind = self._format()
        if kind == "parquet":
            return open_parquet(file, self.where)
        if kind == "xlsx":
            return open_excel(file, self.mapping.sheet, self.where)
        share = _share_of(file, _stamp(file)[0])
        stream = stack.enter_context(self._text(file))
        if kind == "jsonl":
            return open_json_lines(stream, self.where, share)
        return open_delimited(stream, self.mapping.delimiter or ("\t" if kind == "tsv" else ","), self.where, share)

    def _format(self) -> str:
        kind = self.mapping.format or FORMATS.get(_plain(self.path).suffix.lower())
        if kind is None:
            raise SourceError(f"{self.where}: its ending says nothing of its format; write e.g. format: csv")
        if self.path.suffix.lower() == ".gz" and kind in ("parquet", "xlsx"):
            raise SourceError(f"{self.where}: {kind} is compressed as it is; give the file without .gz")
        return kind

    def _text(self, file: IO[bytes]) -> IO[str]:
        plain = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if self.path.suffix.lower() == ".gz" else file
        buffered = io.BufferedReader(cast("io.RawIOBase", plain), 1 << 20)
        encoding = self.mapping.encoding
        if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            if buffered.peek(2)[:2] in _WIDE:
                raise SourceError(f"{self.where} is UTF-16; write encoding: utf-16")
            encoding = "utf-8-sig"
        try:
            return io.TextIOWrapper(buffered, encoding, errors="replace", newline="")
        except LookupError:
            raise SourceError(f"{self.where}: there is no encoding {encoding!r}; write e.g. encoding: cp1252") from None


def _stamp(file: IO[bytes]) -> tuple[int, int]:
    """Size in bytes and time of the last change (nanoseconds) of the file that was opened, whatever has its name now."""
    state = os.fstat(file.fileno())
    return state.st_size, state.st_mtime_ns


def _share_of(file: IO[bytes], size: int) -> Callable[[], float | None]:
    return lambda: min(file.tell() / size, 1.0) if size else None
