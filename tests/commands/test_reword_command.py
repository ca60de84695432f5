"""``slamon reword``: an edit of a promise that was judged is refused, and corrected only by whoever says that it was wrong."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from slamon.cli import run
from tests.jobs.test_check import DEFINITIONS, SETTINGS

SAID = ["--yes", "--by", "ana", "--reason", "a typing error"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    """Monday noon: ada was called in the third hour, two were promised, and since then the file says four."""
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "sla_definitions/all.yaml").write_text(DEFINITIONS)
    (tmp_path / "slamon.yaml").write_text(SETTINGS)
    (tmp_path / "people.csv").write_text("id,name,email,team\nrita,Rita,rita@example.com,emea\n")
    rows = ("1,ada,2026-01-05T09:00:00Z,mql,rita,Ada", "2,ada,2026-01-05T11:45:00Z,call,rita,Ada")
    (tmp_path / "events.csv").write_text("\n".join(["id,lead,at,what,owner,name", *rows, ""]))
    with freeze_time("2026-01-05 12:00:00"):
        assert run(["sync", "--config", str(tmp_path)]) == 0
        assert run(["check", "--config", str(tmp_path)]) == 0
        (tmp_path / "sla_definitions/all.yaml").write_text(DEFINITIONS.replace("2wh", "4wh"))
        yield tmp_path


def told(capsys: pytest.CaptureFixture[str], office: Path, *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run([*arguments, "--config", str(office)]) == code
    found = capsys.readouterr()
    return " ".join((found.out + found.err).split())


@pytest.mark.parametrize("command", [["check"], ["validate"], ["run"], ["check", "--dry-run"], ["explain", "ada"], ["report", "daily"]])
def test_every_command_that_judges_refuses_the_edit_in_one_sentence(
    office: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    words = told(capsys, office, *command, code=2)
    assert words.startswith(
        f"{office}/sla_definitions/all.yaml:4:1: version 2025-01-01 of 'follow-up' has other terms now (within: 2wh → 4wh)"
    )
    assert "slamon reword follow-up 2025-01-01 --by NAME --reason TEXT" in words


def test_files_are_valid_without_a_database_that_could_be_asked(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (office / "slamon.db").unlink()
    assert "1 definition is valid." in told(capsys, office, "validate")
    assert not (office / "slamon.db").exists()


def test_files_are_valid_where_the_database_cannot_be_compared(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(office / "slamon.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    words = told(capsys, office, "validate")
    assert "Not compared with what was judged: the database has the tables of an earlier version" in words
    assert "1 definition is valid." in words


def test_the_preview_says_what_turns_in_which_month_and_records_nothing(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = told(capsys, office, "reword", "follow-up", "2025-01-01")
    assert "Version 2025-01-01 of follow-up has other terms now (within: 2wh → 4wh)." in words
    assert "1 verdict is recorded, judged anew as of 2026-01-05T12:00:00Z: 2026-01: 1 breached → met Nothing is recorded." in words
    told(capsys, office, "check", code=2)


def test_as_data_it_is_the_same(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["reword", "follow-up", "2025-01-01", "--json", "--config", str(office)]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["turned"] == [{"period": "2026-01", "before": "breached", "after": "met", "verdicts": 1}]
    assert (found["as_of"], found["recorded"]) == ("2026-01-05T12:00:00.000000Z", False)


def test_recorded_with_who_and_why_the_next_check_judges_by_it(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Recorded." in told(capsys, office, "reword", "follow-up", "2025-01-01", *SAID)
    told(capsys, office, "check")
    capsys.readouterr()
    assert run(["verdicts", "--json", "--config", str(office)]) == 0
    assert [row["state"] for row in json.loads(capsys.readouterr().out)] == ["met"]
    with sqlite3.connect(office / "slamon.db") as connection:
        assert connection.execute('SELECT "by", action, subject, reason FROM audit').fetchall() == [
            ("ana", "reword", "follow-up 2025-01-01", "a typing error")
        ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["follow-up", "2025-01-01", "--yes", "--by", "ana"], "say who says so and why"),
        (["other", "2025-01-01"], "no sla is 'other'; there are follow-up"),
        (["follow-up", "2025-01-02"], "no version is '2025-01-02'; there are 2025-01-01"),
    ],
)
def test_what_cannot_be_reworded_says_what_to_type(
    office: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert words in told(capsys, office, "reword", *arguments, code=2)


def test_the_doctor_names_terms_that_are_not_those_that_were_judged(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = told(capsys, office, "doctor", "--local", code=1)
    assert "✗ terms: version 2025-01-01 of 'follow-up' has other terms now (within: 2wh → 4wh)" in words
