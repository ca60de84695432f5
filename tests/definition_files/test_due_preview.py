"""The preview of due times: what ``slamon validate`` shows, so that people see whether they wrote what they meant."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from slamon.core.working_time.instants import to_datetime, to_micros
from slamon.definition_files import DueRow, due_preview, load_definitions

ROOT = Path(__file__).parent.parent.parent
AS_OF = to_micros(datetime.fromisoformat("2026-11-18T12:00:00+01:00"))  # a Wednesday


@pytest.fixture(scope="module")
def rows() -> list[DueRow]:
    return due_preview(load_definitions(ROOT / "sla_definitions", default_calendar="office"), AS_OF)


def dues(rows: list[DueRow], sla: str, target: str) -> dict[str, list[str]]:
    return {
        row.start.label: [to_datetime(due).astimezone(ZoneInfo(row.timezone)).strftime("%a %d.%m. %H:%M") for due in row.due]
        for row in rows
        if (row.sla, row.target) == (sla, target)
    }


def test_a_target_in_working_hours_skips_nights_weekends_and_holidays(rows: list[DueRow]) -> None:
    assert dues(rows, "warm-lead-follow-up", "2wh") == {
        "Monday 09:00": ["Mon 23.11. 11:00"],
        "Friday 16:30": ["Mon 23.11. 09:30"],
        "Saturday 11:00": ["Mon 23.11. 11:00"],
        "Eve of Christmas Day (2026-12-25) 16:30": ["Mon 28.12. 11:00"],  # the 24th closes at noon
    }


def test_targets_by_lead_have_rows_of_their_own(rows: list[DueRow]) -> None:
    assert dues(rows, "warm-lead-follow-up", "1wh (segment: enterprise)")["Friday 16:30"] == ["Fri 20.11. 17:30"]


def test_close_of_business_is_the_last_closing_of_the_nth_working_day(rows: list[DueRow]) -> None:
    assert dues(rows, "mql-stage-age", "5wd")["Monday 09:00"] == ["Mon 30.11. 18:00"]


def test_a_cadence_shows_the_last_feasible_instant_of_each_attempt(rows: list[DueRow]) -> None:
    assert dues(rows, "lead-persistence", "6 attempts in 10wd")["Monday 09:00"] == [
        "Fri 27.11. 18:00",
        "Mon 30.11. 18:00",
        "Tue 01.12. 18:00",
        "Wed 02.12. 18:00",
        "Thu 03.12. 18:00",
        "Fri 04.12. 18:00",
    ]


def test_quotas_and_ratios_show_the_end_of_their_period(rows: list[DueRow]) -> None:
    assert dues(rows, "monthly-sal", "150 per month")["Friday 16:30"] == ["Tue 01.12. 00:00"]
    assert dues(rows, "acceptance-rate", "at least 60% per month")["Friday 16:30"] == ["Tue 01.12. 00:00"]


def test_the_version_in_force_is_shown_else_the_latest(tmp_path: Path) -> None:
    sound = (ROOT / "sla_definitions" / "monthly-sql.yaml").read_text(encoding="utf-8").replace("alerts: figures\n", "")
    calendars = (ROOT / "sla_definitions" / "calendars.yaml").read_text(encoding="utf-8")
    first = sound.replace("2025-01-01", '2025-01-01"\neffective_until: "2027-01-01')
    (tmp_path / "all.yaml").write_text("\n---\n".join([calendars, first, sound.replace("2025-01-01", "2027-01-01")]), encoding="utf-8")
    loaded = load_definitions(tmp_path)
    assert {row.version for row in due_preview(loaded, AS_OF)} == {"2025-01-01"}
    assert {row.version for row in due_preview(loaded, to_micros(datetime.fromisoformat("2027-02-01T00:00:00Z")))} == {"2027-01-01"}
    assert {row.version for row in due_preview(loaded, to_micros(datetime.fromisoformat("2020-01-01T00:00:00Z")))} == {"2027-01-01"}
