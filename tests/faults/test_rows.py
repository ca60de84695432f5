"""The table of faults and inputs says the truth: every row is held by tests that exist, or is open and says why."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.faults.rows import ROWS, SCENARIO
from tests.faults.test_faults import SCENARIOS
from tests.faults.test_inputs import INPUT_SCENARIOS

ROOT = Path(__file__).parents[2]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_there_are_55_faults_and_64_inputs() -> None:
    assert list(ROWS) == [f"F{number:02}" for number in range(1, 56)] + [f"A{number:02}" for number in range(1, 65)]


@pytest.mark.parametrize("number", list(ROWS))
def test_a_row_names_tests_that_exist_or_says_why_it_is_open(number: str) -> None:
    row = ROWS[number]
    assert row.tests or row.open, "a row without tests says why"
    for test in row.tests:
        if test == SCENARIO:
            assert number in SCENARIOS | INPUT_SCENARIOS
        else:
            path, _, name = test.partition("::")
            assert name in functions_of(path), f"{test} is not there"
    if row.open:
        pytest.skip(row.status)


def test_every_scenario_belongs_to_a_row() -> None:
    assert {number for number, row in ROWS.items() if SCENARIO in row.tests} == set(SCENARIOS | INPUT_SCENARIOS)
