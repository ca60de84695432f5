"""Reads one table of a source to its end: events into the staging table, people and absences into lists, the rest into figures."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from slamon.core.working_time.instants import DAY, HOUR, MINUTE
from slamon.jobs.sync.poison_rows import Said, mapped_safely
from slamon.jobs.sync.suspicions import Look, Suspicions
from slamon.jobs.sync.sync_summary import RefusedRow, TableSummary, UnmatchedRows
from slamon.settings import SourceSettings
from slamon.sources import SourceError, SourceTable
from slamon.sources.mapped_columns import check_mapping
from slamon.sources.mapping import EventMapping, EventRows, event_mapping
from slamon.sources.refusals import Refusals
from slamon.sources.rows import Chunk, Refused
from slamon.store.facts.crew import AbsenceRow, PersonRow
from slamon.store.facts.snapshots import TableRead, TableState
from slamon.store.facts.staging import Staging

SKEW = 5 * MINUTE
TOP = 10
_COMBINATIONS = 10_000
_ENOUGH_TO_JUDGE = 20
_WEEKS = 28 * DAY
_ENOUGH_FOR_A_RHYTHM = 20
_READING = "1"
"""Raised when the same file would be read into other events, so that it is read again."""


class Progress(Protocol):
    """Who is told how far a sync is."""

    def begin(self, source: str, table: str) -> None:
        """A table is opened."""
        ...

    def advance(self, rows: int, share: float | None) -> None:
        """So many rows of it are read, a share from 0 to 1 if anybody knows."""
        ...

    def apply(self, source: str, rows: int) -> None:
        """All of a source's tables are read; their rows are compared with the facts."""
        ...


@dataclass(slots=True)
class Gathered:
    """What the tables of a source hold, apart from the events, which are staged."""

    source: str
    settings: SourceSettings
    area: Staging
    refused_folder: Path
    started_at: int
    full: bool
    suspicions: Suspicions
    persons: dict[str, PersonRow] = field(default_factory=dict)
    absent: list[AbsenceRow] = field(default_factory=list)
    read: list[TableRead] = field(default_factory=list)
    summaries: dict[str, TableSummary] = field(default_factory=dict)


@dataclass(slots=True)
class _Tally:
    rows: int = 0
    staged: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    unmatched: Counter[Any] = field(default_factory=Counter)
    unmatched_rows: int = 0
    newest_at: int | None = None
    hours: set[int] = field(default_factory=set)
    """The hours, counted from 1970, in which anything happened."""
    future: int = 0
    unreadable: int = 0


def fingerprint(table: SourceTable, number: int, settings: SourceSettings) -> str | None:
    """A hash of a table's content and of all that decides what it means; None when only reading tells."""
    content = table.fingerprint()
    if content is None:
        return None
    meaning = (_READING, str(number), table.mapping.model_dump_json(), *settings.automated_actors, settings.unknown_actor)
    return blake2b("\n".join((content, *meaning)).encode(), digest_size=16).hexdigest()


def read_table(gathered: Gathered, table: SourceTable, number: int, known: TableState | None, progress: Progress) -> None:
    """Read a table into ``gathered``; ``SourceError`` when it, or too much of it, cannot be used."""
    mark = fingerprint(table, number, gathered.settings)
    file = gathered.refused_folder / f"{gathered.source}-{table.name}.csv"
    if table.mapping.events and known is not None and mark is not None and mark == known.fingerprint and not gathered.full:
        refused = str(file) if file.is_file() else None  # it is there as long as the rows read last are refused
        gathered.summaries[table.name] = TableSummary(
            table.name, unchanged=True, rows_read=known.rows_read, kept=known.events_kept, refused_file=refused
        )
        return
    progress.begin(gathered.source, table.name)
    tally = _Tally()
    with Refusals(file) as refusals, table.open() as reading:
        check_mapping(table.mapping, reading.columns, table.where)
        mapping = event_mapping(gathered.source, table.name, number, table.mapping, gathered.settings)
        for chunk in reading.chunks:
            _take(gathered, mapping, chunk, tally, refusals)
            progress.advance(tally.rows, chunk.share)
        _refuse_if_mostly_refused(table.where, tally, refusals)
        before = known.rows_read if known is not None and not gathered.full else 0
        gathered.suspicions.judge(
            Look(table.where, table.name, tally.rows, before, gathered.started_at, reading.written_at, reading.open_end)
        )
    gathered.read.append(TableRead(table.name, mark, tally.rows, tally.staged, tally.newest_at, longest_still(tally.hours)))
    gathered.summaries[table.name] = _summary(table.name, tally, refusals)


def _take(gathered: Gathered, mapping: EventMapping, chunk: Chunk, tally: _Tally, refusals: Refusals) -> None:
    tally.rows += len(chunk) + len(chunk.refused)
    for said in mapped_safely(mapping, chunk):
        refusals.add(_keep(gathered, mapping, said, tally))


def _keep(gathered: Gathered, mapping: EventMapping, said: Said, tally: _Tally) -> Sequence[Refused]:
    if isinstance(said, EventRows):
        _keep_events(gathered, said, tally)
        return said.refused
    values, refused = said
    if mapping.mapping.away is not None:
        gathered.absent += [AbsenceRow(mapping.table, *absence) for absence in values]
        return refused
    for person in values:
        machine = person["id"] in mapping.automated_actors
        gathered.persons.setdefault(person["id"], PersonRow(**person, automated=machine))
    return refused


def _keep_events(gathered: Gathered, rows: EventRows, tally: _Tally) -> None:
    gathered.area.add(rows.columns)
    tally.staged += len(rows.at)
    tally.kinds += rows.kinds
    tally.unreadable += rows.unreadable
    tally.unmatched_rows += rows.unmatched.total()
    tally.unmatched += rows.unmatched
    if len(tally.unmatched) > _COMBINATIONS:  # the column holds free text: the frequent ones are enough
        tally.unmatched = Counter(dict(tally.unmatched.most_common(_COMBINATIONS // 10)))
    past = rows.at[rows.at <= gathered.started_at + SKEW]
    tally.future += len(rows.at) - len(past)
    if len(past):
        tally.newest_at = max(int(past.max()), tally.newest_at or 0)
        tally.hours.update(np.unique(past // HOUR).tolist())


def longest_still(hours: Collection[int]) -> int | None:
    """The longest time without an event in the weeks before the newest (microseconds), of the hours that had any.

    None where so few hours had any that there is no rhythm to know.
    """
    newest = max(hours, default=0)
    recent = sorted(hour for hour in hours if hour > newest - _WEEKS // HOUR)
    if len(recent) < _ENOUGH_FOR_A_RHYTHM:
        return None
    return max(later - earlier for earlier, later in pairwise(recent)) * HOUR


def _refuse_if_mostly_refused(where: str, tally: _Tally, refusals: Refusals) -> None:
    used = tally.rows - tally.unmatched_rows
    if used >= _ENOUGH_TO_JUDGE and refusals.count * 2 > used:
        first = refusals.first[0]
        raise SourceError(
            f"{where}: {refusals.count} of {used} rows cannot be used, so that nothing of it is; "
            f"the first, line {first.line}: {first.reason} (all of them: {refusals.file})"
        )


def _summary(table: str, tally: _Tally, refusals: Refusals) -> TableSummary:
    return TableSummary(
        table=table,
        rows_read=tally.rows,
        kinds=dict(sorted(tally.kinds.items())),
        future=tally.future,
        unreadable=tally.unreadable,
        unmatched=tally.unmatched_rows,
        unmatched_top=tuple(UnmatchedRows(rows, dict(values)) for values, rows in tally.unmatched.most_common(TOP)),
        refused=refusals.count,
        refused_first=tuple(RefusedRow(row.line, row.reason) for row in refusals.first),
        refused_file=str(refusals.file) if refusals.count else None,
    )
