"""The figures of the reports, as plain values, and how they follow from verdicts: one file a report."""

from slamon.core.scorecards.figures import (
    Attainment,
    Compliance,
    DailyNote,
    Footing,
    Heard,
    Ignored,
    LeadLine,
    MonthlyCompliance,
    MonthPoint,
    Pace,
    PacePoint,
    Party,
    WeeklyScorecard,
)

__all__ = [
    "Attainment",
    "Compliance",
    "DailyNote",
    "Footing",
    "Heard",
    "Ignored",
    "LeadLine",
    "MonthPoint",
    "MonthlyCompliance",
    "Pace",
    "PacePoint",
    "Party",
    "WeeklyScorecard",
]
