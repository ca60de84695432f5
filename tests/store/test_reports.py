"""Reports are kept as they were sent: a locked month is never rewritten, and a missed period is on record."""

import pytest
from sqlalchemy import Engine

from slamon.store.database import StoreError, reading, writing
from slamon.store.reports import done_periods, keep_report, load_report, load_reports, miss_report, verify_reports
from slamon.store.schema import reports


def test_the_same_figures_have_the_same_hash_and_come_back_as_they_were(engine: Engine) -> None:
    with writing(engine) as connection:
        first = keep_report(connection, "weekly", "2026-W46", 1, {"met": 3, "share": 0.75, "none": None})
        second = keep_report(connection, "weekly", "2026-W47", 2, {"share": 0.75, "none": None, "met": 3})
    assert first.hash == second.hash
    with reading(engine) as connection:
        assert load_report(connection, "weekly", "2026-W46") == first
        assert load_report(connection, "weekly", "2026-W40") is None


def test_an_open_period_may_be_reported_anew_but_a_locked_one_may_not(engine: Engine) -> None:
    with writing(engine) as connection:
        keep_report(connection, "monthly", "2026-10", 1, {"met": 3})
        locked = keep_report(connection, "monthly", "2026-10", 2, {"met": 4}, locked=True)
        assert keep_report(connection, "monthly", "2026-10", 3, {"met": 4}) == locked
        with pytest.raises(StoreError, match="restatement"):
            keep_report(connection, "monthly", "2026-10", 3, {"met": 5})


def test_a_missed_period_is_on_record_until_it_is_reported_by_hand(engine: Engine) -> None:
    with writing(engine) as connection:
        keep_report(connection, "weekly", "2026-W46", 1, {"met": 3})
        miss_report(connection, "weekly", "2026-W46", 2, "the service was off")
        miss_report(connection, "weekly", "2026-W45", 2, "the service was off")
        assert [(each.period, each.missed) for each in load_reports(connection, "weekly")] == [
            ("2026-W45", "the service was off"),
            ("2026-W46", None),
        ]
        assert done_periods(connection, "weekly") == {"2026-W45"}  # W46 is kept, and nobody was sent it yet
        keep_report(connection, "weekly", "2026-W45", 3, {"met": 1})
        report = load_report(connection, "weekly", "2026-W45")
    assert report is not None
    assert report.missed is None


def test_a_changed_figure_is_found(engine: Engine) -> None:
    with writing(engine) as connection:
        keep_report(connection, "monthly", "2026-10", 1, {"met": 3}, locked=True)
        assert verify_reports(connection) == []
        connection.execute(reports.update().values(figures='{"met":4}'))
        (finding,) = verify_reports(connection)
    assert "2026-10" in finding
