"""Texts that no spreadsheet takes for a formula, wherever it cuts a line into cells."""

import re

_BEGINS = re.compile(r"(^|[\t\r\n]|[,;|][ \"']{0,4})(?=[=+\-@＝＋－＠\t\r\n])")  # noqa: RUF001 - full-width signs begin formulas too


def safe_cell(text: str) -> str:
    """The text with an apostrophe before each sign that would begin a formula: at its start, or after what anyone takes for a separator."""
    return _BEGINS.sub(r"\1'", text)
