"""Where facts come from: one file a kind of source; SOURCES names them all."""

from collections.abc import Callable, Mapping
from pathlib import Path

from slamon.settings import SourceSettings
from slamon.sources import files, sql
from slamon.sources.rows import SourceError, SourceTable

SOURCES: Mapping[str, Callable[[SourceSettings, Path], list[SourceTable]]] = {"files": files.tables, "sql": sql.tables}
"""By the source's ``type``: its settings and the workspace's folder to its tables, none of them opened yet."""


def tables_of(name: str, settings: SourceSettings, folder: Path) -> list[SourceTable]:
    """The tables of a source; ``SourceError`` for a type that nobody wrote, or two tables of one name."""
    if settings.type not in SOURCES:
        raise SourceError(f"source {name}: there is no type {settings.type!r}; write one of {', '.join(sorted(SOURCES))}")
    tables = SOURCES[settings.type](settings, folder)
    names = [table.name for table in tables]
    double = next((each for each in names if names.count(each) > 1), None)
    if double is not None:
        raise SourceError(f"source {name}: two tables are called {double}; give one of them another `name`")
    return tables


__all__ = ["SOURCES", "SourceError", "SourceTable", "tables_of"]
