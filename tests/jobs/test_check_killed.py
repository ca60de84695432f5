"""A check that is killed, at whatever step, has done nothing; the next one ends where an undisturbed one would."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from slamon.store.database import reading
from slamon.store.schema import attainment, checks, deliveries, delivery_members, transitions, verdicts
from tests.jobs.test_check import Company, instant

CHILD = Path(__file__).with_name("checking_child.py")
AS_OF = "2026-01-05 11:30:00"
TABLES = (verdicts, transitions, attainment, deliveries, delivery_members, checks)


@pytest.fixture
def company(tmp_path: Path, engine: Engine) -> Company:
    company = Company(tmp_path, engine)
    for number in range(20):
        company.happens("2026-01-05 09:00:00", "mql", f"lead{number}").happens("2026-01-05 09:00:00", "owner", f"lead{number}", "rita")
        company.happens("2025-12-05 09:00:00", "mql", f"old{number}")
    return company.synced("2026-01-05 09:01:00")


def dump(company: Company) -> dict[str, list[tuple[Any, ...]]]:
    with reading(company.engine) as connection:
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in TABLES}


def kill_at(company: Company, step: str) -> None:
    url = company.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, str(CHILD), str(company.folder), url, step, str(instant(AS_OF))]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "here"
    finally:
        child.kill()
        child.communicate(timeout=30)


@pytest.mark.faults
def test_killed_at_every_step_it_has_done_nothing_and_the_next_one_ends_where_an_undisturbed_one_would(company: Company) -> None:
    nothing = dump(company)
    for step in ("judged", "recorded", "attained", "queueing", "queued"):
        kill_at(company, step)
        assert dump(company) == nothing, step
    company.checked(AS_OF)
    disturbed = dump(company)
    with company.engine.begin() as connection:
        for table in TABLES:
            connection.execute(table.delete())
    company.checked(AS_OF)
    undisturbed = dump(company)
    numbered = ("checks", "transitions")  # PostgreSQL gives out a number once, also to what is rolled back
    assert {name: rows for name, rows in disturbed.items() if name not in numbered} == {
        name: rows for name, rows in undisturbed.items() if name not in numbered
    }
    assert sorted(row[2:] for row in disturbed["transitions"]) == sorted(row[2:] for row in undisturbed["transitions"])
