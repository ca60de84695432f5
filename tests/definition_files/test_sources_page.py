"""docs/sources.md says what is true: its example is valid, and it leaves no key of a mapping out."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from slamon.definition_files.positions import keys_of
from slamon.settings import Settings
from slamon.settings.mappings import AwayColumns, EventOf, EventRule, InstantColumn, PeopleColumns, SourceSettings, TableMapping

PAGE = (Path(__file__).parent.parent.parent / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLE = "".join(re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
MODELS: list[type[BaseModel]] = [SourceSettings, TableMapping, EventRule, EventOf, InstantColumn, PeopleColumns, AwayColumns]


def test_the_example_of_the_page_is_valid() -> None:
    settings = Settings.model_validate(YAML(typ="safe").load(EXAMPLE))
    assert {source.type for source in settings.sources.values()} == {"files", "sql"}


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_explained_and_shown(model: type[BaseModel]) -> None:
    keys = keys_of(model)
    assert [key for key in keys if not re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", PAGE)] == []
    assert [key for key in keys if not re.search(rf"\b{key}:", EXAMPLE)] == []
