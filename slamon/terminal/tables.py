"""Verdicts and attainment as tables that fit the terminal: whole columns or none, and never a shortened id or number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from slamon.core.working_time.instants import DAY, NEVER, to_datetime
from slamon.core.working_time.zones import offsets_of
from slamon.terminal.exports import printable

MOST_ROWS = 50
# In order of weight: what does not fit is left out from the end.
VERDICT_COLUMNS = ("sla", "lead", "state", "due", "answered", "charged_to", "cause", "attempts", "period")
VERDICT_ORDER = ("sla", "lead", "state", "due", "answered", "attempts", "charged_to", "cause", "period")
ATTAINMENT_COLUMNS = (
    "sla", "period", "group", "state", "net", "target", "cohort", "share", "counted", "p50", "expected_to_date", "probability", "reversed",
    "p10", "p90",
)  # fmt: skip
ATTAINMENT_ORDER = (
    "sla", "period", "group", "counted", "reversed", "net", "cohort", "share", "target", "expected_to_date", "p10", "p50", "p90",
    "probability", "state",
)  # fmt: skip
_TEXTS = frozenset({"sla", "period", "group", "lead", "state", "due", "answered", "charged_to", "cause"})
_PADDING = 2
_WIDE = 100
"""From so many columns on, a state stands on one line."""


def verdict_listing(frame: pd.DataFrame, zone: str, width: int) -> Table:
    """The first verdicts (a frame of VERDICT_COLUMNS of the core), due and answers as the workspace's clocks show them."""
    first = frame.head(MOST_ROWS)
    shown = printable(first, ["sla", "lead", "state", "attempts", "charged_to", "cause", "period"])
    # by place: the rows of a filtered frame keep the labels that they had in the whole one
    paused = ((first["state"] == "pending") & (first["due_at"] == NEVER)).to_numpy(bool)
    shown["state"] = shown["state"].where(~paused, "pending (paused)")
    for name, source in (("due", "due_at"), ("answered", "answered_at")):
        shown[name] = pd.Series([_local(instant, zone) for instant in first[source].tolist()], shown.index, object)
    kept = fitting(shown, VERDICT_COLUMNS, width)
    return _table(shown, [name for name in VERDICT_ORDER if name in kept], f"Verdicts, times of {zone}", _caption(len(frame)))


def attainment_listing(frame: pd.DataFrame, zone: str, width: int, newest_at: int) -> Table:
    """The first rows of attainment (a frame with the fields of Attained), dates as the workspace's clocks show them.

    Periods that began after the newest fact (microseconds UTC) are left out: nothing is known of them.
    """
    known = frame[frame["starts_at"] <= newest_at]
    first = known.head(MOST_ROWS)
    shown = printable(first, ATTAINMENT_COLUMNS)
    states = zip(first["state"].tolist(), first["at_risk_since"].tolist(), strict=True)
    shown["state"] = pd.Series([_standing(*each, zone, "\n" if width < _WIDE else " ") for each in states], shown.index, object)
    kept = fitting(shown, ATTAINMENT_COLUMNS, width)
    caption = _caption(len(known), len(frame) - len(known))
    return _table(shown, [name for name in ATTAINMENT_ORDER if name in kept], "Attainment", caption)


def _standing(state: str, at_risk_since: float, zone: str, space: str) -> str:
    """A state, and for one that is at risk since when: ``pending, at risk since Mon 16 Nov``."""
    if state != "pending" or at_risk_since == NEVER or at_risk_since != at_risk_since:  # noqa: PLR0124 - NaN
        return state
    wall = _wall(int(at_risk_since), zone)
    return f"pending, at risk{space}since {wall:%a} {wall.day} {wall:%b}"


def fitting(shown: pd.DataFrame, names: Sequence[str], width: int) -> list[str]:
    """The columns, in order of weight, that fit a width; those that say nothing are left out, and so is all after the first too wide."""
    kept: list[str] = []
    left = width
    for name in names:
        if len(shown) and shown[name].isna().all():
            continue
        left -= max([len(name), *(len(line) for value in shown[name] for line in _short(value).split("\n"))]) + _PADDING
        if left < 0:
            break
        kept.append(name)
    return kept or list(names[:1])


def _caption(rows: int, unknown: int = 0) -> str:
    more = f", the first {MOST_ROWS} shown" if rows > MOST_ROWS else ""
    later = f"; {unknown:,} of periods after the newest fact left out" if unknown else ""
    return f"{rows:,} {'row' if rows == 1 else 'rows'}{more}{later}; every {'row and ' if unknown else ''}column: --format csv"


def _table(shown: pd.DataFrame, names: Sequence[str], title: str, caption: str) -> Table:
    table = Table(title=title, caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for name in names:
        table.add_column(name, justify="left" if name in _TEXTS else "right", overflow="fold")
    for row in zip(*(shown[name].tolist() for name in names), strict=True):
        table.add_row(*(Text(_short(value)) for value in row))
    return table


def _local(instant: int, zone: str) -> str | None:
    return None if instant == NEVER else f"{_wall(instant, zone):%Y-%m-%d %H:%M}"


def _wall(instant: int, zone: str) -> datetime:
    offsets = offsets_of(zone, instant // DAY * DAY - DAY, instant // DAY * DAY + 2 * DAY)
    return to_datetime(int(offsets.to_wall(np.array([instant], np.int64))[0]))


def _short(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
