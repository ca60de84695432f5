"""``slamon backtest``: a changed copy of a definition, beside the one in force, with nothing recorded."""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from slamon.cli import run

REAL = os.environ.get("SLAMON_REAL_DATA", "")
AS_OF = ["--as-of", "2026-02-20T12:00:00Z"]  # the sample files speak of January 2026


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tried") / "workspace"
    assert run(["init", str(folder)]) == 0
    assert run(["sync", "--config", str(folder)]) == 0
    return folder


@pytest.fixture
def proposed(workspace: Path, tmp_path: Path) -> Path:
    """The starter pack's hot-lead promise with a shorter target."""
    text = (workspace / "sla_definitions" / "hot-lead-follow-up.yaml").read_text(encoding="utf-8")
    path = tmp_path / "proposed.yaml"
    path.write_text(text.replace("within: 30wm", "within: 5wm"), encoding="utf-8")
    return path


def tried(capsys: pytest.CaptureFixture[str], workspace: Path, path: Path, *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["backtest", str(path), "--config", str(workspace), "--json", *AS_OF, *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys: pytest.CaptureFixture[str], workspace: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert run(["backtest", *arguments, "--config", str(workspace), *AS_OF]) == 2
    return capsys.readouterr().err


def test_a_changed_copy_stands_beside_the_promise_in_force(
    workspace: Path, proposed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    found = tried(capsys, workspace, proposed)
    (promise,) = found["promises"]
    assert (found["since"], found["until"], found["as_of"]) == ("2025-02-01", "2026-02-01", "2026-02-20T12:00:00.000000Z")
    assert promise["replaces"] == ["2025-01-01"]
    assert promise["whole"]["in_force"]["n"] > promise["whole"]["proposed"]["kept"] >= 0
    assert promise["segments"]
    assert promise["due"]["earlier"] > 0
    assert promise["due"]["largest"][0]["in_force_due_at"].endswith("Z")
    assert run(["backtest", str(proposed), "--config", str(workspace), *AS_OF]) == 0
    shown = capsys.readouterr().out
    for words in (
        "beside version 2025-01-01 in force",
        "Verdicts that change",
        "Due times",
        "would have been sent",
        "told most",
        "Kept at 90.0 %",
    ):
        assert words in shown


def test_nothing_is_recorded_or_sent(workspace: Path, proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def rows() -> list[int]:
        with sqlite3.connect(workspace / "slamon.db") as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return [connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables]

    before = rows()
    tried(capsys, workspace, proposed)
    assert rows() == before
    assert not (workspace / "preview").exists()


def test_what_the_file_declares_goes_before_the_workspace_for_the_proposal_only(
    workspace: Path, proposed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = 'routes:\n  urgent: [{at: breach + 1h, to: "boss@example.com"}]\n---\n' + proposed.read_text(encoding="utf-8")
    proposed.write_text(closed.replace("credit_before: 24h", "# no credit"), encoding="utf-8")
    (promise,) = tried(capsys, workspace, proposed)["promises"]
    assert promise["alerts_proposed"]["warnings"] == promise["alerts_proposed"]["breaches"] == 0
    assert promise["alerts_in_force"]["warnings"] + promise["alerts_in_force"]["breaches"] > 0


def test_quotas_ratios_and_cadences_are_tried_as_well(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    names = ("monthly-sql", "acceptance-rate", "lead-persistence")
    texts = [(workspace / "sla_definitions" / f"{name}.yaml").read_text(encoding="utf-8") for name in names]
    path = tmp_path / "several.yaml"
    path.write_text("\n---\n".join(texts), encoding="utf-8")
    found = tried(capsys, workspace, path, "--by", "intent")
    assert {each["kind"] for each in (*found["promises"], *found["quotas"])} == {"quota", "ratio", "cadence"}
    assert all(row["in_force"] == row["proposed"] for quota in found["quotas"] for row in quota["periods"])
    assert run(["backtest", str(path), "--config", str(workspace), *AS_OF]) == 0
    assert "period" in capsys.readouterr().out


def test_every_problem_of_the_file_is_told_with_its_place(workspace: Path, proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = proposed.read_text(encoding="utf-8")
    proposed.write_text(text.replace("stage: mql", "stage: mqll").replace("alerts: urgent", "alerts: urgnt"), encoding="utf-8")
    lines = complaint(capsys, workspace, str(proposed)).splitlines()
    assert [line.split(":")[0] for line in lines] == [str(proposed)] * 2
    assert "did you mean mql?" in lines[0]
    assert "did you mean urgent?" in lines[1]


def test_two_versions_of_one_promise_cannot_be_tried_at_once(workspace: Path, proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = proposed.read_text(encoding="utf-8")
    later = text.replace('effective_from: "2025-01-01"', 'effective_from: "2026-01-01"')
    proposed.write_text(f"{text}---\n{later}", encoding="utf-8")
    assert "is proposed twice" in complaint(capsys, workspace, str(proposed))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2026-05-01", "--to", "2026-01-01"], "is not before"),
        (["--from", "May"], "is not a date"),
        (["--from", "0001-01-01"], "no stretch of history"),
        (["--by", "colour"], "no lead has the attribute 'colour'"),
        (["--objective", "0.9"], "is not a percentage"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(
    workspace: Path, proposed: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    told = complaint(capsys, workspace, str(proposed), *arguments)
    assert words in told
    assert len(told.splitlines()) == 1


def test_a_file_that_is_not_there_or_proposes_nothing_is_named(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read" in complaint(capsys, workspace, str(tmp_path / "none.yaml"))
    (tmp_path / "routes.yaml").write_text("routes: {mine: [{at: breach, to: holder}]}\n", encoding="utf-8")
    assert "no SLA is proposed here" in complaint(capsys, workspace, str(tmp_path / "routes.yaml"))


@pytest.mark.realdata
@pytest.mark.skipif(not REAL, reason="SLAMON_REAL_DATA is not set")
def test_the_bank_would_have_kept_these_targets_at_ninety_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("examples", "data"):
        shutil.copytree(Path(REAL) / part, tmp_path / part)
    for path in tmp_path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    folder = tmp_path / "examples" / "bank"
    monkeypatch.setenv("SLAMON_DATABASE_URL", f"sqlite:///{tmp_path}/bank.db")
    assert run(["sync", "--config", str(folder)]) == 0
    found = tried(capsys, folder, folder / "sla_definitions" / "lead-follow-up.yaml", "--as-of", "2012-04-01T00:00:00Z")
    (promise,) = found["promises"]
    assert promise["changes"] == []
    assert {row["label"]: row["in_force"]["kept"] for row in promise["months"]}["2012-01"] == 840
    advice = {each["applies_to"]: (each["recommended"], each["would_keep"]["share"]) for each in promise["advice"]["targets"]}
    assert {leads: target for leads, (target, _) in advice.items()} == {"amount: at least 20000": "150wm", "all others": "3wh"}
    assert all(share >= 0.9 for _, share in advice.values())
