"""Refused rows: how many, the first few to show, and all of them in a file that is safe to open in a spreadsheet."""

import csv
import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from slamon.core.spreadsheets import safe_cell
from slamon.sources.rows import Refused, SourceError

SHOWN = 10


class Refusals:
    """Gathers a table's refused rows; the file takes the place of the last sync's at the end, or goes away with it.

    It holds customers' data as they were read, so only its owner may read it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.count = 0
        self.first: list[Refused] = []
        self._part = file.with_name(f"{file.name}.{os.getpid()}.part")
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def add(self, rows: Iterable[Refused]) -> None:
        """More rows, in order."""
        for row in rows:
            self.count += 1
            if len(self.first) < SHOWN:
                self.first.append(row)
            self._write(row)

    def _write(self, row: Refused) -> None:
        try:
            if self._writer is None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                self._writer = csv.writer(
                    self._stack.enter_context(os.fdopen(descriptor, "w", newline="", encoding="utf-8")), quoting=csv.QUOTE_NONNUMERIC
                )
                self._writer.writerow(["line", "reason", *map(safe_cell, row.cells)])
            self._writer.writerow([row.line, safe_cell(row.reason), *(safe_cell(cell or "") for cell in row.cells.values())])
        except OSError as error:
            raise SourceError(f"{self.file}, where refused rows are listed, cannot be written: {error.strerror}") from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()
        if self._writer is not None:
            self._part.replace(self.file)
        elif kind is None:
            self.file.unlink(missing_ok=True)
