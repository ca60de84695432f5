"""An explicit instant is judged as told, whatever the state of the sources; and it says how old the newest fact is."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from slamon.store.database import reading
from slamon.store.verdicts import load_verdicts
from slamon.terminal.checked import check_lines
from tests.jobs.test_check import Company


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    return Company(tmp_path, engine).happens("2026-01-05 09:00:00", "mql").synced("2026-01-05 09:01:00")


def test_an_explicit_instant_is_judged_although_nothing_was_read_for_weeks(company: Company) -> None:
    company.checked("2026-02-20 09:00:00")
    with reading(company.engine) as connection:
        assert load_verdicts(connection)["state"].tolist() == ["breached"]


def test_a_check_says_how_old_the_newest_fact_is(company: Company) -> None:
    result = company.checked("2026-02-20 09:00:00")
    assert "newest fact 2026-01-05T09:00:00.000000Z" in " ".join(check_lines(result, dry_run=False))
