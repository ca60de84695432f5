"""What quotas and ratios come to: one row for each period and group, as columns of ``slamon attainment``."""

from dataclasses import dataclass

import pandas as pd

from slamon.core.working_time.instants import NEVER


@dataclass(frozen=True, slots=True)
class Record:
    """How past landings, forecast as far into their periods as now, compare with what came."""

    inside: int
    """In how many of them the actual lay inside P10 to P90."""
    of: int
    brier: float
    """Mean squared distance of the probability of today's target from what came (1 reached, 0 not): 0 is perfect, 0.25 a coin."""


@dataclass(frozen=True, slots=True)
class Attained:
    """One period and group (empty: total). Instants int64 microseconds UTC; None where a figure does not apply."""

    sla: str
    version: str
    period: str
    group: str
    counted: float
    reversed: float | None = None
    net: float | None = None
    cohort: float | None = None
    share: float | None = None
    target: float | None = None
    expected_to_date: float | None = None
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None
    probability: float | None = None
    state: str = ""
    at_risk_since: int = NEVER
    starts_at: int = NEVER
    ends_at: int = NEVER
    decided_at: int = NEVER
    """From when on the period can be judged."""
    immature: int = 0
    """Members of a ratio's cohort that are not old enough yet."""
    record: Record | None = None
    reasons: tuple[tuple[str, int], ...] = ()
    """What is not known of a ratio's members that are old enough, and of how many: (reason, how many), most first."""


BESIDE = ("immature", "record", "reasons")
"""What reports show and the table leaves out."""
COLUMNS = tuple(name for name in Attained.__dataclass_fields__ if name not in BESIDE)


def attained_frame(rows: list[Attained]) -> pd.DataFrame:
    """The rows as a frame, sorted by sla, period and group."""
    frame = pd.DataFrame([{name: getattr(row, name) for name in COLUMNS} for row in rows], columns=list(COLUMNS))
    return frame.sort_values(["sla", "period", "group"], kind="stable", ignore_index=True)
