"""The refused rows that speak of a lead: what the sources said of it and nobody could use."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from slamon.core.spreadsheets import safe_cell
from slamon.jobs.sync import REFUSED_FOLDER
from slamon.settings import Workspace
from slamon.sources import tables_of
from slamon.store.database import reading
from slamon.store.facts.freshness import last_refusals

FEW = 3


@dataclass(frozen=True, slots=True)
class RefusedOfLead:
    """A refused row that names a lead: of which source, its line and reason, and the file that lists all of its table."""

    source: str
    line: str
    reason: str
    file: str


def refused_of(engine: Engine, workspace: Workspace, lead: str) -> list[RefusedOfLead]:
    """The first rows about a lead that are refused as the sources were read last; none of those whose file is gone."""
    sources = workspace.settings.sources
    with reading(engine) as connection:
        refused = {source: {each.table: each for each in last_refusals(connection, source)} for source in sources}
    folder, found = workspace.folder / REFUSED_FOLDER, list[RefusedOfLead]()
    for source, settings in sources.items():
        for table in tables_of(source, settings, workspace.folder):
            refusal, column = refused[source].get(table.name), table.mapping.lead
            if refusal is not None and refusal.file is not None and column is not None and len(found) < FEW:
                # by its name: the sync may have been begun in another folder than this
                found += _rows_about(source, folder / Path(refusal.file).name, column, lead)
    return found[:FEW]


def _rows_about(source: str, file: Path, column: str, lead: str) -> Iterator[RefusedOfLead]:
    """Those of one table, as its file lists them: cells are written so that no spreadsheet takes them for formulas."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            if row.get(safe_cell(column)) == safe_cell(lead):
                yield RefusedOfLead(source, row["line"], row["reason"], str(file))
