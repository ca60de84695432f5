"""Frames as programs read them: CSV, JSON or Parquet, the same values in each."""

import csv
import io
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from slamon.core.spreadsheets import safe_cell
from slamon.core.working_time.instants import NEVER, iso

INSTANTS = frozenset({"started_at", "due_at", "answered_at", "decided_at", "at_risk_since", "starts_at", "ends_at"})
VERDICT_EXPORT = (
    "sla",
    "version",
    "lead",
    "cycle",
    "state",
    "started_at",
    "due_at",
    "answered_at",
    "attempts",
    "charged_to",
    "team",
    "cause",
    "system_delay_s",
    "human_delay_s",
    "strict_state",
    "period",
)
ATTAINMENT_EXPORT = (
    "sla",
    "version",
    "period",
    "group",
    "counted",
    "reversed",
    "net",
    "cohort",
    "share",
    "target",
    "expected_to_date",
    "p10",
    "p50",
    "p90",
    "probability",
    "state",
)


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"


def printable(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns as texts and whole numbers: instants as ``2012-03-01T09:00:00.000000Z``, None for nothing."""
    values = {name: _printable_column(name, frame[name]) for name in columns}
    return pd.DataFrame(values, columns=list(columns), dtype=object)


def _printable_column(name: str, column: "pd.Series[Any]") -> list[Any]:
    if name in INSTANTS:
        return [iso(value) or None for value in column.tolist()]
    none = (None, "", NEVER) if name != "attempts" else (None, "", NEVER, -1)
    return [None if value in none or value != value else _plain(value) for value in column.tolist()]  # noqa: PLR0124 - NaN


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value  # noqa: PLR2004 - beyond, floats have gaps
    return value.item() if isinstance(value, np.generic) else value


def as_csv(frame: pd.DataFrame) -> str:
    """CSV with a header and line feeds, texts in quotes; what a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    csv.writer(out, lineterminator="\n").writerow(frame.columns)
    writer.writerows(zip(*(map(_cell, frame[name].tolist()) for name in frame.columns), strict=True))
    return out.getvalue()


def _cell(value: Any) -> Any:
    return safe_cell(value) if isinstance(value, str) else "" if value is None else value


def as_json(frame: pd.DataFrame) -> str:
    """A JSON array of objects, null for nothing."""
    return json.dumps(frame.to_dict("records"), ensure_ascii=False, indent=1)


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Parquet with the same columns; nothing is null."""
    out = io.BytesIO()
    frame.infer_objects().to_parquet(out, index=False)
    return out.getvalue()


def as_report_json(figures: dict[str, Any]) -> str:
    """A report's figures as JSON: instants as text, null for nothing."""
    return json.dumps(_readable(figures), ensure_ascii=False, indent=1)


def _readable(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _readable(each, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and (key.endswith("_at") or key == "as_of"):
        return iso(value) or None
    return value


def plain(value: Any, key: str = "") -> Any:
    """Nested values as JSON takes them: tuples as lists, and what is named ``…_at`` or ``as_of`` an instant as text, null for none."""
    if isinstance(value, dict):
        return {name: plain(each, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return iso(value) or None if key.endswith("_at") or key == "as_of" else value
