"""What a sync found, for people: a table of figures, then what they should look at, with what to do about it."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slamon.jobs.sync.sync_summary import SyncSummary, TableSummary

HEADINGS = ("source", "table", "rows", "events", "new", "changed", "gone", "no rule", "refused")
_FEW = 3


def sync_table(summaries: Sequence[SyncSummary]) -> RenderableType:
    """Figures of every table that was read, and findings below them; texts from the sources are never taken for markup."""
    rows = [(summary.source, each.table, *_figures(each)) for summary in summaries for each in summary.tables]
    kept = [place for place in range(len(HEADINGS)) if place <= _FEW or any(row[place] for row in rows)]
    table = Table()
    for place in kept:
        figures = place > 1
        table.add_column(HEADINGS[place], justify="right" if figures else "left", no_wrap=figures, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[place]) for place in kept))
    crew = [Text(line) for summary in summaries for line in _crew_lines(summary)]
    findings = [Text(line) for summary in summaries for line in finding_lines(summary)]
    return Group(*([table] if table.row_count else []), *crew, *findings)


def _crew_lines(summary: SyncSummary) -> Iterator[str]:
    """How many people and leaves a source told of; none when it has no tables of them."""
    leaves = f" and {summary.absences:,} {'leave' if summary.absences == 1 else 'leaves'}" if summary.absences else ""
    if summary.people or summary.absences:
        yield f"{summary.source}: {summary.people:,} {'person' if summary.people == 1 else 'people'}{leaves} read"


def _figures(table: TableSummary) -> tuple[str, ...]:
    if table.unchanged:
        return (f"{table.rows_read:,}", f"{table.kept:,}", "unchanged", "", "", "", "")
    figures = (table.rows_read, table.kept, table.added, table.changed, table.withdrawn, table.unmatched, table.refused)
    return tuple(f"{figure:,}" if figure or place < _FEW else "" for place, figure in enumerate(figures))


def finding_lines(summary: SyncSummary) -> Iterator[str]:
    """What of a source needs somebody's eye, one sentence each; empty when nothing does."""
    if summary.error is not None:
        yield f"✗ {summary.source}: {summary.error}"
    if summary.overtaken:
        yield f"! {summary.source}: another sync of it ended meanwhile; its facts are newer, and nothing was changed"
    for table in summary.dropped:
        yield f"! {summary.source}: the settings no longer name the table {table}; its events were withdrawn"
    for each in summary.tables:
        yield from (f"! {summary.source}, {each.table}: {finding}" for finding in _findings(each))


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _findings(table: TableSummary) -> Iterator[str]:
    if table.unchanged and table.refused_file:
        yield f"unchanged, so the rows refused before still are; all of them in {table.refused_file}"
    if table.refused:
        yield f"{_rows(table.refused)} refused, all of them in {table.refused_file}"
        yield from (f"  line {row.line}: {row.reason}" for row in table.refused_first)
    if table.unmatched:
        yield f"{_rows(table.unmatched)} that no rule matches; the most frequent:"
        for rows in table.unmatched_top[:_FEW]:
            values = ", ".join(f"{column}: {'(empty)' if value is None else repr(value)}" for column, value in rows.values.items())
            yield f"  {rows.rows:,} × {values}"
    if table.duplicates:
        yield f"{table.duplicates:,} rows repeat another one (its `id`, or all its cells); the first of each was kept"
    if table.future:
        yield f"{table.future:,} events lie in the future; they count once their time has come"
    if table.unreadable:
        yield f"{table.unreadable:,} rows hold bytes that are not of the declared encoding; they show as �: declare the table's `encoding`"
