"""Reads a file or a query the way a sync does, and gives back all its rows."""

from pathlib import Path
from typing import Any

import pytest

from slamon.settings import SourceSettings
from slamon.sources import tables_of
from slamon.sources.mapped_columns import check_mapping
from slamon.sources.mapping import event_mapping

EVENTS: dict[str, Any] = {"lead": "lead", "at": "when", "attributes": {"note": "note"}, "events": [{"is": {"stage": "mql"}}]}


class Read:
    """The rows of a table, as events."""

    def __init__(self, mapping: dict[str, Any], folder: Path, source: dict[str, Any]) -> None:
        settings = SourceSettings.model_validate({"type": "files", **source, "tables": [EVENTS | mapping]})
        (table,) = tables_of("crm", settings, folder)
        mapped = event_mapping("crm", "t", 0, table.mapping, settings)
        self.events: list[tuple[Any, ...]] = []
        self.refused: list[tuple[int, str]] = []
        self.unreadable = 0
        self.lines: list[int] = []
        with table.open() as reading:
            check_mapping(table.mapping, reading.columns, table.where)
            for chunk in reading.chunks:
                rows = mapped.events_of(chunk)
                self.events += rows
                self.refused += [(row.line, row.reason) for row in rows.refused]
                self.unreadable += rows.unreadable
                self.lines += chunk.line.tolist()

    @property
    def leads(self) -> list[str]:
        return [event[2] for event in self.events]

    @property
    def notes(self) -> list[str | None]:
        return [event[14] for event in self.events]


class Folder:
    """A folder of exports."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str, content: bytes | str | None = None, **mapping: Any) -> Read:
        """Write a file, unless it is there, and read it."""
        if content is not None:
            (self.path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return Read({"path": name} | mapping, self.path, {})

    def query(self, url: str, query: str, **mapping: Any) -> Read:
        """Read a query."""
        return Read({"query": query} | mapping, self.path, {"type": "sql", "url": url})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
