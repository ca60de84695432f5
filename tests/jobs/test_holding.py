"""Nobody is accused because a sync was down: a live check judges only up to where every source was read."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from slamon.core.instants import MINUTE
from slamon.jobs.holding import Held, judgeable_until
from slamon.jobs.sync import sync
from tests.jobs.test_check import Company, instant

EVERY = 5 * MINUTE


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    return Company(tmp_path, engine)


def held(company: Company, now: str) -> Held:
    return judgeable_until(company.engine, ["crm"], EVERY, instant(now))


def test_a_source_that_was_just_read_holds_nothing(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00")
    assert held(company, "2026-01-05 10:14:00") == Held(instant("2026-01-05 10:14:00"), ())


def test_a_source_that_was_not_read_for_three_intervals_and_a_quarter_of_an_hour_holds_verdicts(company: Company) -> None:
    company.happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 10:00:00")
    found = held(company, "2026-01-05 13:00:00")
    assert (found.as_of, found.reasons) == (instant("2026-01-05 10:00:00"), ("the source crm was not read since 2026-01-05 10:00 UTC",))


def test_a_source_whose_last_reading_failed_holds_verdicts_at_once(company: Company) -> None:
    for number in range(30):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number}")
    company.synced("2026-01-05 10:00:00")
    (company.folder / "events.csv").write_text("id,lead,at,what,owner,name\n")
    (summary,) = sync(company.engine, company.shop.workspace, source=None, full=False, clock=lambda: instant("2026-01-05 10:05:00"))
    assert "looks like a broken export" in str(summary.error)
    found = held(company, "2026-01-05 10:06:00")
    assert found.as_of == instant("2026-01-05 10:00:00")
    assert "looks like a broken export" in found.reasons[0]


def test_a_source_that_was_never_read_holds_everything(company: Company) -> None:
    assert held(company, "2026-01-05 10:00:00") == Held(None, ("the source crm was never read; run slamon sync",))
