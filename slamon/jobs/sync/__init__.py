"""The job `sync`: what the sources say now becomes what the store holds, each source whole or not at all."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine

from slamon.core.working_time.instants import SECOND
from slamon.jobs.check.setting_aside import told
from slamon.jobs.sync.suspicions import SETTLED_AFTER, SuspectError, Suspicions
from slamon.jobs.sync.sync_summary import SyncSummary, TableSummary
from slamon.jobs.sync.table_reading import Gathered, Progress, read_table
from slamon.settings import SourceSettings, Workspace
from slamon.sources import SourceError, tables_of
from slamon.store.database import reading, writing
from slamon.store.facts.crew import PersonRow, replace_crew
from slamon.store.facts.freshness import last_suspects
from slamon.store.facts.snapshots import Changes, apply_snapshot, load_table_states, record_run, still_the_same, table_states
from slamon.store.facts.staging import staging
from slamon.store.heartbeats import beat

REFUSED_FOLDER = "refused"


class Silent:
    """Tells nobody how far a sync is."""

    def begin(self, source: str, table: str) -> None:
        """Nothing."""

    def advance(self, rows: int, share: float | None) -> None:
        """Nothing."""

    def apply(self, source: str, rows: int) -> None:
        """Nothing."""


SILENT = Silent()


def sync(
    engine: Engine, workspace: Workspace, *, source: str | None, full: bool, clock: Callable[[], int], progress: Progress = SILENT
) -> list[SyncSummary]:
    """Read all sources, or one, and return what each held.

    ``full`` reads files again that have not changed, and believes a table that shrank to less than half. ``clock`` gives
    microseconds UTC. A source that fails does not stop the others: its facts stay as they were, its summary holds the
    error. ``SourceError`` for the name of a source that the settings do not have.
    """
    known = workspace.settings.sources
    if source is not None and source not in known:
        raise SourceError(f"there is no source {source!r} in slamon.yaml; there is {', '.join(known) or 'none'}")
    wanted = [source] if source else known
    summaries = [sync_source(engine, workspace, name, full=full, clock=clock, progress=progress) for name in wanted]
    with writing(engine) as connection:
        failed = [f"{each.source}: {each.error}" for each in summaries if not each.ok]
        beat(connection, "sync", clock(), ok=not failed, detail="; ".join(failed))
    return summaries


def sync_source(
    engine: Engine,
    workspace: Workspace,
    source: str,
    *,
    clock: Callable[[], int],
    full: bool = False,
    progress: Progress = SILENT,
    applying: AbstractContextManager[object] | None = None,
) -> SyncSummary:
    """Read one source, whole or not at all; its error becomes its summary, whatever it is. ``applying`` is held while it is written.

    Only what the store itself raises is raised: then nobody could be told of it there either.
    """
    run = _Run(engine, workspace, full, clock, progress, applying or nullcontext())
    return run.sync_one(source)


@dataclass(frozen=True, slots=True)
class _Run:
    engine: Engine
    workspace: Workspace
    full: bool
    clock: Callable[[], int]
    progress: Progress
    applying: AbstractContextManager[object] = field(default_factory=nullcontext)

    def sync_one(self, source: str) -> SyncSummary:
        """One source, whole or not at all; its error becomes its summary."""
        started_at = self.clock()
        try:
            return self._read_and_apply(source, started_at)
        except SuspectError as error:
            return self._failed(source, started_at, str(error), error.looks)
        except SourceError as error:
            return self._failed(source, started_at, str(error))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one source, the others are read, and it is told
            return self._failed(source, started_at, f"it could not be read, and slamon does not know why: {told(error)}")

    def _failed(self, source: str, started_at: int, why: str, suspect: Mapping[str, int] | None = None) -> SyncSummary:
        ended_at = self.clock()
        summary = SyncSummary(source, (ended_at - started_at) / SECOND, error=why, suspect=suspect)
        with writing(self.engine) as connection:
            record_run(connection, source, started_at, ended_at, json.dumps(summary.as_json()), ok=False)
        return summary

    def _read_and_apply(self, source: str, started_at: int) -> SyncSummary:
        settings = self.workspace.settings.sources[source]
        tables = tables_of(source, settings, self.workspace.folder)
        known = load_table_states(self.engine, source)
        with reading(self.engine) as connection:
            suspicions = Suspicions(source, last_suspects(connection, source, started_at - SETTLED_AFTER))
        with staging(self.engine) as area:
            refused = self.workspace.folder / REFUSED_FOLDER
            gathered = Gathered(source, settings, area, refused, started_at, self.full, suspicions)
            for number, table in enumerate(tables):
                read_table(gathered, table, number, known.get(table.name), self.progress)
            if any(read.table in known for read in gathered.read):
                area.keep_first_of_each()
            self.progress.apply(source, area.rows)
            with self.applying, area.connection.begin():
                if table_states(area.connection, source) != known:
                    return SyncSummary(source, (self.clock() - started_at) / SECOND, overtaken=True)
                return self._apply(gathered, sorted(known.keys() - {table.name for table in tables}))

    def _apply(self, gathered: Gathered, dropped: list[str]) -> SyncSummary:
        """All that was gathered, in one transaction; it counts as seen from its instant on, after whatever was judged before."""
        source, connection, now = gathered.source, gathered.area.connection, self.clock()
        changes = apply_snapshot(gathered.area, source, gathered.read, dropped, now)
        still_the_same(connection, source, [name for name, table in gathered.summaries.items() if table.unchanged], now)
        persons = with_machines(gathered.persons, gathered.settings)
        replace_crew(connection, source, persons, gathered.absent, now)
        ended_at = self.clock()
        summary = SyncSummary(
            source=source,
            seconds=(ended_at - gathered.started_at) / SECOND,
            tables=tuple(_with_changes(table, changes) for table in gathered.summaries.values()),
            people=len(gathered.persons),
            absences=len(gathered.absent),
            dropped=tuple(dropped),
        )
        record_run(connection, source, gathered.started_at, ended_at, json.dumps(summary.as_json()), ok=True)
        return summary


def with_machines(persons: Mapping[str, PersonRow], settings: SourceSettings) -> list[PersonRow]:
    """The people of a source, and its automated actors even if no table lists them: who owns a lead as a machine does not hold it."""
    machines = {actor: PersonRow(actor, automated=True) for actor in settings.automated_actors}
    return list((machines | dict(persons)).values())


def _with_changes(table: TableSummary, changes: Mapping[str, Changes]) -> TableSummary:
    found = changes.get(table.table)
    if found is None:
        return table
    kept = sum((table.kinds or {}).values()) - found.duplicates
    return replace(table, kept=kept, added=found.added, changed=found.changed, withdrawn=found.withdrawn, duplicates=found.duplicates)
