"""A57: nobody can write a regular expression into settings or definitions, and ours end on any text."""

import ast
import re
import time
from collections.abc import Iterator
from fnmatch import translate
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from slamon.definition_files import definition_schema, settings_schema
from slamon.settings import EventRule
from slamon.sources.rules import rule_of_rows

pytestmark = pytest.mark.faults
codes, parser = import_module("re._constants"), import_module("re._parser")
ROOT = Path(__file__).parents[2]
TAKES_ONE = {"regex", "regexp", "re", "like", "expression"}
BACKTRACKING = "(a+)+$"


def keys_of(schema: object) -> Iterator[str]:
    """Every key that a file may hold."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        for each in schema.values():
            yield from keys_of(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from keys_of(each)


def formats_of(schema: object) -> Iterator[str]:
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and isinstance(schema.get("format"), str):
        yield schema["format"]
    for each in children:
        yield from formats_of(each)


@pytest.mark.parametrize("schema", [definition_schema(), settings_schema()], ids=["definitions", "settings"])
def test_a57_no_key_of_settings_or_definitions_takes_a_regular_expression(schema: dict[str, Any]) -> None:
    keys = set(keys_of(schema))
    assert len(keys) > 50, "the walk went through the whole schema"
    assert keys & TAKES_ONE == set()
    assert "regex" not in set(formats_of(schema))


def test_a57_what_looks_like_one_is_compared_as_text_and_at_once() -> None:
    rule = EventRule.model_validate({"when": {"what": BACKTRACKING}, "is": {"stage": "mql"}})
    began = time.monotonic()
    said = pa.array(["a" * 30 + "!", "aaa", BACKTRACKING] * 1000)
    assert rule_of_rows({"what": said}, (rule,), len(said)).tolist() == [-1, -1, 0] * 1000
    assert time.monotonic() - began < 2


def test_a57_a_pattern_with_stars_ends_on_any_text() -> None:
    """What ``matches`` and ``asset`` take: only ``*``, ``?`` and ``[…]`` mean something, and what matched is not tried again."""
    stars = translate("*a" * 40 + "*b")
    began = time.monotonic()
    assert re.compile(stars).match("a" * 5_000) is None
    assert re.compile(translate(BACKTRACKING)).match("a" * 30) is None
    assert re.compile(translate(BACKTRACKING)).match(BACKTRACKING) is not None
    assert time.monotonic() - began < 2


def expressions() -> Iterator[tuple[str, str]]:
    """Every regular expression in slamon's code: those written where they are used, and those kept by a module."""
    for path in sorted((ROOT / "slamon").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not any(isinstance(node, ast.Import) and "re" in {alias.name for alias in node.names} for node in ast.walk(tree)):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "re":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield path.name, first.value.decode() if isinstance(first.value, bytes) else str(first.value)
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        yield from (
            (path.name, value.pattern)
            for value in vars(module).values()
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
        )


def repeats_a_repetition(tree: Any, *, inside: bool = False) -> bool:
    """Whether something without end is repeated without end: the one shape that takes for ever on a text that almost fits."""
    for code, told in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            _, most, repeated = told
            endless = most == codes.MAXREPEAT
            if (endless and inside) or repeats_a_repetition(repeated, inside=inside or endless):
                return True
        else:
            parts = told if isinstance(told, tuple) else ()
            trees = [part for part in parts if isinstance(part, parser.SubPattern)]
            trees += [each for part in parts if isinstance(part, list) for each in part if isinstance(each, parser.SubPattern)]
            if any(repeats_a_repetition(each, inside=inside) for each in trees):
                return True
    return False


def test_a57_none_of_ours_repeats_a_repetition() -> None:
    assert repeats_a_repetition(parser.parse(BACKTRACKING)), "the check sees what it is to see"
    assert repeats_a_repetition(parser.parse("^(([a-z])+.)+[A-Z]+$"))
    ours = set(expressions())
    assert len(ours) > 30
    assert [each for each in sorted(ours) if repeats_a_repetition(parser.parse(each[1]))] == []
