"""What the README shows is what the product takes."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from slamon.bootstrap import open_shop
from slamon.core.definitions import Definition
from slamon.core.working_time.instants import to_micros
from slamon.definition_files import validate_workspace
from slamon.jobs.check import judge
from slamon.jobs.sync import Silent, sync
from slamon.settings import Settings

NOW = to_micros(datetime(2026, 11, 20, 12, tzinfo=UTC))

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def documents() -> list[dict[str, Any]]:
    yaml = YAML(typ="safe")
    return [document for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) for document in yaml.load_all(block)]


def test_every_settings_example_is_valid() -> None:
    examples = [each for each in documents() if {"sources", "reports"} & set(each)]
    assert len(examples) == 2
    for example in examples:
        Settings.model_validate(example)


def test_every_promise_of_the_readme_is_valid_and_there_is_one_of_each_kind() -> None:
    promises = [TypeAdapter(Definition).validate_python(each) for each in documents() if "sla" in each]
    assert [promise.kind for promise in promises] == ["deadline", "deadline", "cadence", "quota", "ratio"]


def test_the_csv_example_runs_as_it_stands(tmp_path: Path) -> None:
    settings, follow_up = re.findall(r"```yaml\n(# (?:slamon.yaml|sla_definitions).*?)```", README, re.DOTALL)[:2]
    (tmp_path / "sla_definitions").mkdir()
    (tmp_path / "slamon.yaml").write_text(settings)
    (tmp_path / "sla_definitions/follow-up.yaml").write_text(follow_up)
    (tmp_path / "leads.csv").write_text("lead_id,became_mql,owner\nL-1001,2026-11-18 09:12,ana\nL-1002,2026-11-18 15:40,ben\n")
    (tmp_path / "calls.csv").write_text("lead_id,called_at,rep\nL-1001,2026-11-18 09:31,ana\n")
    assert validate_workspace(tmp_path, {}) == []
    shop = open_shop(tmp_path, {})
    sync(shop.engine, shop.workspace, source=None, full=False, clock=lambda: NOW, progress=Silent())
    states = judge(shop.engine, shop.definitions, NOW).verdicts().set_index("lead")["state"].to_dict()
    shop.engine.dispose()
    assert states == {"L-1001": "met", "L-1002": "breached"}


def test_the_slack_manifest_asks_for_bot_scopes_only() -> None:
    (manifest,) = [each for each in documents() if "oauth_config" in each]
    assert {"chat:write", "files:write", "users:read.email"} <= set(manifest["oauth_config"]["scopes"]["bot"])
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}


def test_every_linked_page_is_named_as_it_is_in_the_repository() -> None:
    pages = set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
    assert pages == {
        "docs/pictures/alert.png",
        "docs/pictures/scorecard.png",
        "docs/alerts.md",
        "docs/sla-language.md",
        "docs/production.md",
        "docs/sources.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
    }
