"""A18, A19: what is exported is inert in a spreadsheet, whatever it takes for a separator, and its rows stay rows."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.core.spreadsheets import safe_cell
from slamon.terminal.exports import as_csv

SIGNS = "=+-@＝＋－＠"


@pytest.mark.parametrize("sign", [*SIGNS, "\t", "\r", "\n"])
def test_a18_a_text_that_begins_like_a_formula_has_an_apostrophe_before_it(sign: str) -> None:
    assert safe_cell(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("text", ["x;=1+1", "x,=1+1", "x\t=1+1", 'x;"=1+1', "x; @SUM(1)", "x|＝1", "a\n=1", "a\r\n=1"])
def test_a18_so_has_one_after_what_another_locale_takes_for_a_separator(text: str) -> None:
    assert re.search(rf"'[{re.escape(SIGNS)}]", safe_cell(text))


@pytest.mark.parametrize("text", ["", "L-1001", "a-b", "ana+x@example.com", "1=1", "half-time", "’tis", "x, y"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@given(st.lists(st.text(alphabet="=+-@;,\t\r\n\"'ab 1", max_size=12), min_size=1, max_size=5))
def test_a19_rows_stay_rows_texts_are_quoted_and_no_cell_begins_a_formula_under_any_separator(texts: list[str]) -> None:
    written = as_csv(pd.DataFrame({"lead": pd.Series(texts, dtype=object), "n": range(len(texts))}))
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert len(rows) == len(texts) + 1
    for separator in ",;\t|":
        for text in texts:
            cells = re.split(f"[{separator}\r\n]", safe_cell(text))
            assert [cell for cell in cells if cell[:1] and cell[0] in SIGNS] == []


def test_a18_numbers_that_are_numbers_are_exempt() -> None:
    assert as_csv(pd.DataFrame({"text": ["-1"], "number": [-1.5]})) == 'text,number\n"\'-1",-1.5\n'
