"""Every pitfall of docs/scheduling.md has a rule and tests that exist; and what no schedule here may be, is refused."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from pydantic import ValidationError

from slamon.settings import Reports

NODE = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-zA-Z0-9_]+)`")
ROW = re.compile(r"^\| (S[0-9]{2}) \| [^|]+ \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def test_each_of_the_27_pitfalls_has_tests_and_all_of_them_exist(root: Path) -> None:
    rows = ROW.findall((root / "docs/scheduling.md").read_text(encoding="utf-8"))
    assert [number for number, _ in rows] == [f"S{number:02d}" for number in range(1, 28)]
    for number, tests in rows:
        named = NODE.findall(tests)
        assert named, number
        for path, name in named:
            assert f"def {name}(" in (root / path).read_text(encoding="utf-8"), f"{number}: {path}::{name}"


@pytest.mark.parametrize(
    "written",
    [
        {"weekly": {"on": "1"}},
        {"weekly": {"on": "0 9 * * 1"}},
        {"weekly": {"on": "* * * * *"}},
        {"monthly": {"on": "day 31"}},
        {"monthly": {"on": "day 0"}},
        {"monthly": {"on": "0 0 30 2 *"}},
        {"monthly": {"on": "working day 16"}},
        {"daily": {"on": "monday"}},
        {"daily": {"at": "61 * * * *"}},
        {"daily": {"at": "24:00"}},
        {"daily": {"at": "9:00"}},
        {"daily": {"timezone": "UTC+2"}},
    ],
)
def test_s05_s06_a61_a_schedule_that_is_no_day_of_people_is_refused(written: dict[str, dict[str, Any]]) -> None:
    whole = {kind: {"at": "08:00", "timezone": "Europe/Berlin", "to": ["#sla"]} | terms for kind, terms in written.items()}
    with pytest.raises(ValidationError):
        Reports.model_validate(whole)


def test_s08_s13_s14_s19_the_ticker_keeps_nothing_and_knows_no_cron(root: Path, project: dict[str, Any]) -> None:
    source = (root / "slamon/schedule.py").read_text(encoding="utf-8")
    imported = [node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module]
    ours = [name for name in imported if name.startswith("apscheduler")]
    assert [name for name in ours if "cron" in name or "sqlalchemy" in name or "calendarinterval" in name] == []
    assert "apscheduler.jobstores.base" in ours  # only the name of its error
    everywhere = [path.read_text(encoding="utf-8") for path in (root / "slamon").rglob("*.py")]
    assert not any(re.search(r"^\s*(import|from) (pickle|shelve|marshal|dill|cloudpickle)\b", text, re.MULTILINE) for text in everywhere)
    (asked,) = [text for text in project["project"]["dependencies"] if text.startswith("apscheduler")]
    assert not Requirement(asked).specifier.contains("3.11.1")
