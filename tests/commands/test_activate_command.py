"""``slamon activate``: what a new version would change on open cycles is shown first, and recorded only when somebody says so."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from slamon.cli import run
from tests.jobs.test_check import DEFINITIONS, SETTINGS

OLD = DEFINITIONS.replace("within: 2wh", 'within: 16wh\neffective_until: "2026-01-06"')
NEW = "---\n" + DEFINITIONS.split("---\n")[1].replace('"2025-01-01"', '"2026-01-06"')
QUOTA = """---
sla: leads
title: Marketing passes forty leads a month
kind: quota
promised_by: marketing
promised_to: sales
accountable: Head of Marketing
effective_from: "2025-01-01"
counts: {stage: mql}
target: 40
"""
SAID = ["--open-cycles", "--yes", "--by", "ana", "--reason", "agreed in the weekly"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    """Tuesday 10:00: ada came on Monday and is due at 17:00, bea came this morning; since midnight two hours are promised."""
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "sla_definitions/all.yaml").write_text(OLD + NEW + QUOTA)
    (tmp_path / "slamon.yaml").write_text(SETTINGS)
    (tmp_path / "people.csv").write_text("id,name,email,team\nrita,Rita,rita@example.com,emea\n")
    rows = ("1,ada,2026-01-05T09:00:00Z,mql,rita,Ada", "2,bea,2026-01-06T09:00:00Z,mql,rita,Bea")
    (tmp_path / "events.csv").write_text("\n".join(["id,lead,at,what,owner,name", *rows, ""]))
    with freeze_time("2026-01-06 10:00:00"):
        assert run(["sync", "--config", str(tmp_path)]) == 0
        yield tmp_path


def data(capsys: pytest.CaptureFixture[str], office: Path, *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--config", str(office), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys: pytest.CaptureFixture[str], office: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert run(["activate", *arguments, "--config", str(office)]) == 2
    return " ".join(capsys.readouterr().err.split())


def audit(office: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(office / "slamon.db") as connection:
        return connection.execute('SELECT "by", action, subject, reason FROM audit').fetchall()


def judged(capsys: pytest.CaptureFixture[str], office: Path) -> dict[str, tuple[str, str]]:
    assert run(["check", "--config", str(office)]) == 0
    return {row["lead"]: (row["version"], row["state"]) for row in data(capsys, office, "verdicts")}


def test_the_preview_shows_each_open_cycle_with_due_and_state_before_and_after(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, office, "activate", "follow-up")
    assert (found["version"], found["open_cycles"], found["taken_over"], found["recorded"]) == ("2026-01-06", 1, 1, False)
    assert found["changes"] == [{"before": "pending", "after": "breached", "cycles": 1}]
    assert found["due"] == {"earlier": 1, "later": 0}
    (cycle,) = found["cycles"]
    assert (cycle["lead"], cycle["before"]["due_at"], cycle["after"]["due_at"]) == (
        "ada",
        "2026-01-06T17:00:00.000000Z",
        "2026-01-05T11:00:00.000000Z",
    )


def test_the_preview_reads_as_sentences_and_a_table(
    office: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    capsys.readouterr()
    assert run(["activate", "follow-up", "--config", str(office)]) == 0
    shown = capsys.readouterr().out
    assert "1 cycle that began under earlier versions is open as of 2026-01-06T10:00:00Z." in shown
    assert "Verdicts that change: 1 pending → breached" in shown
    assert "pending, due Tue 2026-01-06 17:00:00 +00:00" in shown
    assert "breached, due Mon 2026-01-05 11:00:00 +00:00" in shown
    assert "Nothing is recorded." in shown


def test_without_yes_nothing_is_recorded_and_no_verdict_changes(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data(capsys, office, "activate", "follow-up", "--open-cycles")
    assert audit(office) == []
    assert judged(capsys, office) == {"ada": ("2025-01-01", "pending"), "bea": ("2026-01-06", "pending")}


def test_with_yes_open_cycles_are_judged_by_the_new_version_and_who_when_and_why_are_kept(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert data(capsys, office, "activate", "follow-up", *SAID)["recorded"] is True
    assert audit(office) == [("ana", "activate", "follow-up 2026-01-06", "agreed in the weekly")]
    assert judged(capsys, office) == {"ada": ("2026-01-06", "breached"), "bea": ("2026-01-06", "pending")}


def test_an_activation_for_new_cycles_only_is_said_too_and_changes_no_verdict(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data(capsys, office, "activate", "follow-up", *SAID[1:])["recorded"] is False
    assert audit(office) == [("ana", "activate for new cycles only", "follow-up 2026-01-06", "agreed in the weekly")]
    assert judged(capsys, office)["ada"] == ("2025-01-01", "pending")


def test_a_look_back_before_the_activation_judges_as_was_said_then(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data(capsys, office, "activate", "follow-up", *SAID)
    with freeze_time("2026-01-06 12:00:00"):
        then = data(capsys, office, "verdicts", "--as-of", "2026-01-06T09:59:59Z", "--sla", "follow-up")
        now = data(capsys, office, "verdicts", "--as-of", "2026-01-06T10:00:00Z", "--sla", "follow-up")
    assert ([row["state"] for row in then], [row["state"] for row in now]) == (["pending", "pending"], ["breached", "pending"])


def test_a_version_is_put_on_open_cycles_once(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data(capsys, office, "activate", "follow-up", *SAID)
    refused = complaint(capsys, office, "follow-up", *SAID)
    assert refused.startswith("version 2026-01-06 of follow-up was put on open cycles by ana on 2026-01-06T10:00:00")


def test_a_version_that_was_put_on_open_cycles_is_not_offered_again(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def shown() -> str:
        capsys.readouterr()
        assert run(["activate", "follow-up", "--config", str(office)]) == 0
        return " ".join(capsys.readouterr().out.split())

    assert "To put it on open cycles: slamon activate follow-up" in shown()
    data(capsys, office, "activate", "follow-up", *SAID)
    told = shown()
    assert "To put it on open cycles" not in told
    assert "ana put it on open cycles on 2026-01-06T10:00:00Z (agreed in the weekly); that stands." in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none"], "no sla is 'none'; there are follow-up, leads"),
        (["leads"], "leads has periods, not cycles"),
        (["follow-up", "--version", "2025-01-01"], "no later version is '2025-01-01'; there are 2026-01-06"),
        (["follow-up", "--yes"], "say who decides and why"),
        (["follow-up", *SAID, "--as-of", "2026-01-06T09:00:00Z"], "--as-of only looks, and --yes records as of now"),
    ],
)
def test_what_cannot_be_activated_is_refused_with_the_mend(
    arguments: list[str], told: str, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in complaint(capsys, office, *arguments)


def test_a_promise_with_one_version_has_nothing_to_activate(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (office / "sla_definitions/all.yaml").write_text(OLD)
    assert "follow-up has only the version 2025-01-01; add one with a later effective_from" in complaint(capsys, office, "follow-up")
