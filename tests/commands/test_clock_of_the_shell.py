"""The only clock is the shell's: with it frozen, the same commands say what was true then."""

import json
from pathlib import Path

import pytest
from freezegun import freeze_time

from slamon.cli import run
from tests.jobs.test_check import DEFINITIONS, SETTINGS


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "sla_definitions/all.yaml").write_text(DEFINITIONS)
    (tmp_path / "slamon.yaml").write_text(SETTINGS)
    (tmp_path / "people.csv").write_text("id,name,email,team\nrita,Rita,rita@example.com,emea\n")
    (tmp_path / "events.csv").write_text("id,lead,at,what,owner,name\n1,ada,2026-01-05T09:00:00Z,mql,rita,Ada\n")
    return tmp_path


def state(office: Path, now: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `sync`, `check` and `verdicts` say at an instant."""
    with freeze_time(now):
        assert run(["sync", "--config", str(office)]) == 0
        assert run(["check", "--config", str(office)]) == 0
        capsys.readouterr()
        assert run(["verdicts", "--json", "--config", str(office)]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    return str(row["state"])


def test_a_lead_is_pending_before_its_due_and_breached_after_it_by_the_shells_clock(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert state(office, "2026-01-05 10:59:59", capsys) == "pending"
    assert state(office, "2026-01-05 11:00:01", capsys) == "breached"


def test_a_default_report_is_about_the_week_that_ended_by_the_shells_clock(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert state(office, "2026-01-12 09:00:00", capsys) == "breached"
    with freeze_time("2026-01-12 09:00:30"):
        assert run(["report", "weekly", "--json", "--config", str(office)]) == 0
    assert json.loads(capsys.readouterr().out)["period"] == "2026-W02"
