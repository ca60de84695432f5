"""Every rule of docs/alerts.md names tests that exist, or says that it is open; and every picture that it shows is there."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from slamon.core.working_time.instants import HOUR
from slamon.settings.manners import LONGEST_GAP, MannersSettings
from slamon.store.outbox.recent import LOOKED_BACK

NODE = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-zA-Z0-9_]+)`")
ROW = re.compile(r"^\| (N[0-9]{2}) \| [^|]+ \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)
OPEN = ["N19"]


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/alerts.md").read_text(encoding="utf-8")


def test_each_of_the_22_rules_has_tests_that_exist_or_is_open(page: str, root: Path) -> None:
    rows = ROW.findall(page)
    assert [number for number, _, _ in rows] == [f"N{number:02d}" for number in range(1, 23)]
    assert [number for number, here, _ in rows if here.startswith("open: ")] == OPEN
    assert [number for number, _, tests in rows if not NODE.findall(tests)] == OPEN
    named = {node for _, _, tests in rows for node in NODE.findall(tests)}
    missing = [f"{path}::{name}" for path, name in sorted(named) if f"def {name}(" not in (root / path).read_text(encoding="utf-8")]
    assert missing == []


def test_every_picture_of_the_page_is_there(page: str, root: Path) -> None:
    shown = re.findall(r"\]\((pictures/[a-z-]+\.png)\)", page)
    assert len(shown) == 5
    assert [name for name in shown if not (root / "docs" / name).is_file()] == []


@pytest.mark.parametrize("written", [{"gap": "13h"}, {"longest_gap": "2d"}])
def test_n08_a_gap_that_outlives_half_of_what_is_looked_back_on_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="12h"):
        MannersSettings.model_validate(written)
    assert 2 * LONGEST_GAP <= LOOKED_BACK - HOUR
