"""The JSON Schemas that editors use: current, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import pytest

from slamon.definition_files import definition_schema, settings_schema

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(("name", "made"), [("definition.json", definition_schema()), ("settings.json", settings_schema())])
def test_the_committed_schema_is_current(name: str, made: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "docs" / "schemas" / name).read_text(encoding="utf-8"))
    assert committed == made, "write it anew with slamon schema"


def references(schema: object) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*map(references, schema.values()))
    return set().union(*map(references, schema)) if isinstance(schema, list) else set()


@pytest.mark.parametrize("made", [definition_schema(), settings_schema()])
def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    assert {reference.removeprefix("#/$defs/") for reference in references(made)} <= set(made["$defs"])


def test_the_terms_that_apply_are_chosen_by_kind() -> None:
    kinds = {rule["if"]["properties"]["kind"]["const"]: rule["then"]["$ref"] for rule in definition_schema()["then"]["allOf"]}
    assert kinds == {"deadline": "#/$defs/Deadline", "cadence": "#/$defs/Cadence", "quota": "#/$defs/Quota", "ratio": "#/$defs/Ratio"}


def test_a_pattern_may_be_written_alone_or_in_a_list() -> None:
    start = definition_schema()["$defs"]["Deadline"]["properties"]["start"]
    assert {choice.get("type", "one") for choice in start["anyOf"]} == {"one", "array"}


def test_keys_are_those_that_are_written() -> None:
    assert "while" in definition_schema()["$defs"]["Pause"]["properties"]
    assert "from" in settings_schema()["$defs"]["QuietHours"]["properties"]
