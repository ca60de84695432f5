"""``slamon init``: a workspace that works as it is written, and never at the cost of what is there."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from slamon.workspace_template import starter_pack, write_workspace


def test_a_new_workspace_has_settings_promises_and_a_small_export(tmp_path: Path) -> None:
    written = write_workspace(tmp_path / "new" / "place")
    names = [path.relative_to(tmp_path / "new" / "place").as_posix() for path in written]
    assert names[0] == "slamon.yaml"
    assert {"exports/leads.csv", "exports/activities.csv", "exports/people.csv", "sla_definitions/hot-lead-follow-up.yaml"} <= set(names)
    assert all(path.is_file() for path in written)


def test_nothing_is_overwritten_and_nothing_is_half_written(tmp_path: Path) -> None:
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "sla_definitions" / "funnel.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"funnel\.yaml exist already; choose an empty folder, nothing was written"):
        write_workspace(tmp_path)
    assert (tmp_path / "sla_definitions" / "funnel.yaml").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "slamon.yaml").exists()


def test_the_promises_are_those_of_the_starter_pack(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    for path in starter_pack().glob("*.yaml"):
        assert (tmp_path / "sla_definitions" / path.name).read_bytes() == path.read_bytes()


def test_the_small_export_is_consistent(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    tables = {
        name: list(csv.DictReader((tmp_path / "exports" / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("leads", "activities", "people")
    }
    people = {row["user_id"] for row in tables["people"]}
    began = {row["lead_id"]: datetime.fromisoformat(row["became_mql_at"]) for row in tables["leads"]}
    assert {row["owner"] for row in tables["leads"]} <= people
    for row in tables["activities"]:
        assert row["actor"] in people
        assert datetime.fromisoformat(row["happened_at"]) > began[row["lead_id"]]
        assert datetime.fromisoformat(row["logged_at"]) >= datetime.fromisoformat(row["happened_at"])
