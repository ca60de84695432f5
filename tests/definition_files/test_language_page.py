"""docs/sla-language.md says what is true: its examples load, and it leaves no key out."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from slamon.core.definitions import Stage, type_of_kind
from slamon.core.definitions.alert_terms import Alert
from slamon.core.definitions.calendar_terms import CalendarTerms, HolidayTerms
from slamon.core.definitions.clause_terms import Batch, Gap, Objective, Pause, Target
from slamon.core.definitions.pattern_terms import Comparison, EventPattern
from slamon.definition_files import load_definitions
from slamon.definition_files.positions import keys_of
from slamon.definition_files.scalars import resolve

PAGE = (Path(__file__).parent.parent.parent / "docs" / "sla-language.md").read_text(encoding="utf-8")
MODELS: list[type[BaseModel]] = [
    *type_of_kind.values(), Alert, CalendarTerms, HolidayTerms, Batch, Gap, Objective, Pause, Target, Stage, Comparison, EventPattern,
]  # fmt: skip


def test_the_examples_of_the_page_load_together(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.yaml").write_text(block, encoding="utf-8")
    loaded = load_definitions(tmp_path, attributes=frozenset({"intent", "segment", "source", "value", "rejection_reason"}))
    assert {definition.kind for definition in loaded.definitions} == set(type_of_kind)


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    assert [key for key in keys_of(model) if not re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", PAGE)] == []


@pytest.mark.parametrize("written", ["010", "1_000", "1e3", "1.10", ".nan"])
def test_numbers_said_to_be_refused_are_refused(written: str) -> None:
    assert f"`{written}`" in PAGE
    with pytest.raises(ValueError, match="; "):
        resolve(written)
