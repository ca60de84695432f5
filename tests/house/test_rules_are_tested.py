"""Every rule of docs/rules.md names the tests that prove it, and every test that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

SECTIONS = (
    "Principles",
    "Words",
    "Working time",
    "Deadlines",
    "Cadences",
    "Quotas",
    "Ratios",
    "Objectives",
    "What counts as an answer",
    "Time travel, versions, locks",
    "Identity and messy data",
    "Rulings",
)
ROW = re.compile(r"^\| (?!rule \|)(?!---)(?P<rule>.+) \| (?P<tests>.*) \|$", re.MULTILINE)
NODE = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-zA-Z0-9_]+)`")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/rules.md").read_text(encoding="utf-8")


@cache
def named_in(path: Path) -> frozenset[str]:
    """The names of a file's tests, read without running it."""
    if not path.is_file():
        return frozenset()
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(each.name for each in parsed.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_test_that_a_rule_names_exists(page: str, root: Path) -> None:
    named = NODE.findall(page)
    assert named
    assert sorted({f"{path}::{name}" for path, name in named if name not in named_in(root / path)}) == []


def test_every_rule_names_a_test_and_nothing_else(page: str) -> None:
    rows = [(row["rule"], row["tests"]) for row in ROW.finditer(page)]
    assert len(rows) >= 200  # rules are changed, they do not go away unseen
    assert [rule for rule, tests in rows if not tests or NODE.sub("", tests).replace("<br>", "").strip()] == []


def test_no_rule_is_there_twice(page: str) -> None:
    by_section = page.split("\n## ")[1:]
    rules = [(section.partition("\n")[0], row["rule"]) for section in by_section for row in ROW.finditer(section)]
    assert sorted({rule for rule in rules if rules.count(rule) > 1}) == []


def test_every_section_of_the_rules_has_rules(page: str) -> None:
    sections = {section.partition("\n")[0]: len(ROW.findall(section)) for section in page.split("\n## ")[1:]}
    assert tuple(sections) == SECTIONS
    assert [section for section, rules in sections.items() if not rules] == []
