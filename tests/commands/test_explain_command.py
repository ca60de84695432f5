"""slamon explain: every lead's explanation fits what was recorded, follows its schema, and is replayed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from slamon.cli import run
from slamon.core.explain import explanation_schema, replay

PAGE = (Path(__file__).parent.parent.parent / "docs" / "explain.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace from `slamon init`, synced and checked."""
    folder = tmp_path_factory.mktemp("begun") / "my-workspace"
    for arguments in (["init", str(folder)], ["sync", "--config", str(folder)], ["check", "--config", str(folder)]):
        assert run(arguments) == 0
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == code
    return capsys.readouterr().out


def verdicts(capsys: pytest.CaptureFixture[str], begun: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(printed(capsys, "verdicts", "--json", "--config", str(begun)))
    return rows


def test_explanations_replay_to_the_verdicts_that_were_recorded(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = verdicts(capsys, begun)
    for lead in sorted({row["lead"] for row in rows}):
        data = json.loads(printed(capsys, "explain", lead, "--json", "--config", str(begun)))
        again = {(cycle["sla"], stated["number"]): cycle for cycle, stated in zip(replay(data)["cycles"], data["cycles"], strict=True)}
        for row in (row for row in rows if row["lead"] == lead):
            found = again[row["sla"], row["cycle"]]
            for key in ("state", "due_at", "answered_at"):
                assert found[key] == row[key], (lead, key)


def test_replay_says_that_the_same_verdicts_follow(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lead = verdicts(capsys, begun)[0]["lead"]
    capsys.readouterr()
    assert run(["explain", lead, "--replay", "--config", str(begun)]) == 0
    assert "the same verdicts follow" in capsys.readouterr().err


def test_the_schema_of_an_explanation_names_every_key_that_is_printed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(printed(capsys, "schema", "explanation"))
    data = json.loads(printed(capsys, "explain", verdicts(capsys, begun)[0]["lead"], "--json", "--config", str(begun)))
    assert set(schema["properties"]) == set(data)
    assert set(schema["$defs"]["Counted"]["properties"]) >= {key for part in data["counted"] for key in part}
    assert set(schema["$defs"]["CycleExplained"]["properties"]) == set(data["cycles"][0])
    assert set(schema["$defs"]["HistoryLine"]["properties"]) == set(data["history"][0])


def test_an_explanation_fits_a_screen(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for lead in sorted({row["lead"] for row in verdicts(capsys, begun)}):
        lines = printed(capsys, "explain", lead, "--config", str(begun)).splitlines()
        assert len(lines) < 90, lead


def test_the_part_of_a_lead_in_a_quota_is_shown(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = []
    for lead in sorted({row["lead"] for row in verdicts(capsys, begun)}):
        data = json.loads(printed(capsys, "explain", lead, "--sla", "monthly-sql", "--json", "--config", str(begun)))
        words = printed(capsys, "explain", lead, "--sla", "monthly-sql", "--config", str(begun))
        assert data["counted"] or "monthly-sql is not about this lead: nothing opened a cycle, and nothing was counted." in words
        assert all(f"monthly-sql, {part['period']}" in words for part in data["counted"])
        parts += [(part["period"], part["standing"]) for part in data["counted"]]
    rows = json.loads(printed(capsys, "attainment", "--sla", "monthly-sql", "--json", "--config", str(begun)))
    totals = {row["period"]: row["counted"] for row in rows if not row["group"]}
    assert totals == {period: sum(part[0] == period for part in parts) for period in totals}


def test_a_lead_of_which_nothing_was_known_yet_says_since_when_something_is(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lead = verdicts(capsys, begun)[0]["lead"]
    capsys.readouterr()
    assert run(["explain", lead, "--as-of", "2001-01-01T00:00:00Z", "--config", str(begun)]) == 1
    assert f"Nothing was known of the lead {lead} by Mon 2001-01-01" in capsys.readouterr().err


def test_the_example_of_the_page_is_what_is_printed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command, example) = re.findall(r"^```console\n\$ slamon (.*?)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
    assert printed(capsys, *command.split(), "--config", str(begun)) == example


def test_the_page_explains_every_key() -> None:
    schema = explanation_schema()
    counted = [key for key in schema["$defs"]["Counted"]["properties"] if key not in ("sla", "title", "what")]
    keys = [
        *counted,
        *schema["properties"],
        *schema["$defs"]["CycleExplained"]["properties"],
        *schema["$defs"]["HistoryLine"]["properties"],
    ]
    assert [key for key in keys if f"`{key}`" not in PAGE] == []
