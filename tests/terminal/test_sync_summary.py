"""What a sync found is shown in figures and sentences, and texts from a source are never taken for anything else."""

import io

from rich.console import Console

from slamon.jobs.sync.sync_summary import RefusedRow, SyncSummary, TableSummary, UnmatchedRows
from slamon.terminal.progress import SyncProgress
from slamon.terminal.sync_summary import finding_lines, sync_table


def _shown(*summaries: SyncSummary) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(sync_table(summaries))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_figures_stand_in_a_table_and_findings_below_it() -> None:
    table = TableSummary(
        table="[bold]leads",
        rows_read=1_234,
        kept=1_000,
        added=1_000,
        duplicates=2,
        future=1,
        unreadable=3,
        unmatched=200,
        unmatched_top=(UnmatchedRows(150, {"type": "[red]\x1b[2Jping"}), UnmatchedRows(50, {"type": None})),
        refused=32,
        refused_first=(RefusedRow(7, "when 'x' is not a time"),),
        refused_file="refused/crm-leads.csv",
    )
    text = _shown(SyncSummary("crm", 1.0, (table, TableSummary("people", unchanged=True, rows_read=5)), dropped=("old",)))
    for part in ("[bold]leads", "1,234", "unchanged", "32 rows refused, all of them in refused/crm-leads.csv", "line 7: when 'x' is not a time",
                 "150 × type: '[red]\\x1b[2Jping'", "50 × type: (empty)", "2 rows repeat another", "1 events lie in the future", "3 rows hold bytes", "no longer name the table old"):  # fmt: skip
        assert part in text
    assert "\x1b" not in text


def test_people_and_leaves_are_counted_below_the_table() -> None:
    table = TableSummary("people", rows_read=5)
    assert "crm: 5 people and 2 leaves read" in _shown(SyncSummary("crm", 1.0, (table,), people=5, absences=2))
    assert "crm: 1 person read" in _shown(SyncSummary("crm", 1.0, (table,), people=1))
    assert " read" not in _shown(SyncSummary("crm", 1.0, (TableSummary("leads", rows_read=5),)))


def test_an_error_is_all_there_is_to_say_of_a_source_that_failed() -> None:
    summary = SyncSummary("crm", 0.1, error="leads.csv cannot be read")
    assert list(finding_lines(summary)) == ["✗ crm: leads.csv cannot be read"]
    assert "✗ crm: leads.csv cannot be read" in _shown(summary)


def test_nothing_is_drawn_while_reading_where_no_terminal_is() -> None:
    console = Console(file=io.StringIO())
    with SyncProgress(console) as progress:
        progress.begin("crm", "leads")
        progress.advance(50_000, 0.5)
        progress.apply("crm", 50_000)
    assert isinstance(console.file, io.StringIO)
    assert not console.file.getvalue().strip()


def test_a_terminal_sees_how_far_the_reading_is() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with SyncProgress(console) as progress:
        progress.begin("crm", "leads [x]")
        progress.advance(50_000, None)
        progress.advance(60_000, 0.5)
    assert isinstance(console.file, io.StringIO)
    assert "60,000 rows" in console.file.getvalue()
