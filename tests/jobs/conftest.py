"""A workspace whose CRM is a folder of exports that a test writes, and the job that reads it."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from slamon.core.working_time.instants import SECOND
from slamon.jobs.sync import sync
from slamon.jobs.sync.sync_summary import SyncSummary, TableSummary
from slamon.settings import Settings, Workspace
from slamon.store.database import reading
from slamon.store.facts import load_events

Rows = Sequence[Sequence[Any]]
HEADER = ("lead", "when", "what", "who", "amount")
LEADS_TABLE: dict[str, Any] = {
    "path": "leads.csv",
    "lead": "lead",
    "at": "when",
    "actor": "who",
    "attributes": {"amount": "amount"},
    "events": [
        {"when": {"what": "created"}, "is": {"stage": "mql"}},
        {"when": {"what": "call"}, "is": {"activity": "call", "direction": "outbound"}},
    ],
}
BEGIN = 1_769_904_000 * SECOND
"""2026-02-01 00:00 UTC: the clock's first reading; each one after it is a second later."""


class Crm:
    """Exports in a folder, and a database that follows them."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self.engine = engine
        self.sources: dict[str, Any] = {"crm": {"type": "files", "tables": [LEADS_TABLE]}}
        self.now = BEGIN

    def table(self, **changes: Any) -> None:
        """Map the only table of the only source differently; None takes a key away."""
        mapping = {key: value for key, value in (LEADS_TABLE | changes).items() if value is not None}
        self.sources["crm"]["tables"] = [mapping]

    def write(self, *rows: Sequence[Any], header: Sequence[str] = HEADER, name: str = "leads.csv") -> Path:
        """Write an export as CSV."""
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        file = self.folder / name
        file.write_text(text.getvalue(), encoding="utf-8")
        return file

    def clock(self) -> int:
        """A second later at each look."""
        self.now += SECOND
        return self.now

    def sync_all(self, *, source: str | None = None, full: bool = False) -> list[SyncSummary]:
        """Run the job."""
        settings = Settings.model_validate({"sources": self.sources})
        return sync(self.engine, Workspace(settings=settings, folder=self.folder), source=source, full=full, clock=self.clock)

    def sync(self, *, full: bool = False) -> TableSummary:
        """Run the job and return what its only table held; an error fails the test."""
        (summary,) = self.sync_all(full=full)
        assert summary.error is None, summary.error
        return summary.tables[0]

    def error(self) -> str:
        """Run the job, which has to fail, and return what it says."""
        (summary,) = self.sync_all()
        assert summary.error is not None
        return summary.error

    def events(self, as_of: int | None = None) -> pd.DataFrame:
        """What the store holds, in order of ids."""
        return load_events(self.engine, as_of).sort_values("id").reset_index(drop=True)

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that a sync writes, apart from when."""
        with reading(self.engine) as connection:
            return {
                table: sorted((tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))), key=repr)
                for table in ("events", "event_history", "people", "absences")
            }


@pytest.fixture
def crm(tmp_path: Path, engine: Engine) -> Crm:
    """An empty workspace on a fresh database, once on SQLite and once on PostgreSQL."""
    return Crm(tmp_path, engine)


@pytest.fixture
def make_crm(tmp_path: Path) -> Callable[[Engine], Crm]:
    """A workspace on a database of the test's own."""
    return lambda engine: Crm(tmp_path, engine)
