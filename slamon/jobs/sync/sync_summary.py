"""What a sync found, in figures: of each source and each of its tables, for people, for JSON and for the record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused row: where it stands, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class UnmatchedRows:
    """Rows that no rule matches, with what they hold in the columns that the rules look at."""

    rows: int
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class TableSummary:
    """One table: what was read and what became of it, in rows; an unchanged file is not read again."""

    table: str
    unchanged: bool = False
    rows_read: int = 0
    kept: int = 0
    kinds: dict[str, int] | None = None
    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    duplicates: int = 0
    future: int = 0
    """Events dated more than five minutes after the sync."""
    unreadable: int = 0
    """Rows with bytes that are not of the declared encoding; they show as �."""
    unmatched: int = 0
    unmatched_top: tuple[UnmatchedRows, ...] = ()
    refused: int = 0
    refused_first: tuple[RefusedRow, ...] = ()
    refused_file: str | None = None


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """One source; with an error its facts are as they were."""

    source: str
    seconds: float
    tables: tuple[TableSummary, ...] = ()
    people: int = 0
    absences: int = 0
    dropped: tuple[str, ...] = ()
    """Tables that the settings no longer name; their events were withdrawn."""
    error: str | None = None
    suspect: Mapping[str, int] | None = None
    """How many rows tables have that may be cut: as many at the next reading are believed."""
    overtaken: bool = False
    """Another sync of it ended while this one read: its facts are newer, and this one's were left."""

    @property
    def ok(self) -> bool:
        """Whether the source was read."""
        return self.error is None

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)
