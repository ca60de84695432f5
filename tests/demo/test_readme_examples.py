"""What the README shows is what the product takes."""

import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from slamon.core.definitions import Definition
from slamon.settings import Settings

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
    assert [promise.kind for promise in promises] == ["deadline", "cadence", "quota", "ratio"]


def test_the_slack_manifest_asks_for_bot_scopes_only() -> None:
    (manifest,) = [each for each in documents() if "oauth_config" in each]
    assert {"chat:write", "files:write", "users:read.email"} <= set(manifest["oauth_config"]["scopes"]["bot"])
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}


def test_every_linked_page_is_named_as_it_is_in_the_repository() -> None:
    pages = set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
    assert pages == {
        "docs/pictures/alert.png",
        "docs/pictures/scorecard.png",
        "docs/sla-language.md",
        "docs/production.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
    }
