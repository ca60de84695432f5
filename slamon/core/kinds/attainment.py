"""What quotas and ratios come to: one row for each period and group, as columns of ``slamon attainment``."""

from dataclasses import asdict, dataclass

import pandas as pd

from slamon.core.instants import NEVER


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


COLUMNS = tuple(Attained.__dataclass_fields__)


def attained_frame(rows: list[Attained]) -> pd.DataFrame:
    """The rows as a frame, sorted by sla, period and group."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS))
    return frame.sort_values(["sla", "period", "group"], kind="stable", ignore_index=True)
