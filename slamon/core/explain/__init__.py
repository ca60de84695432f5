"""One lead, line by line: what happened, for each promise the arithmetic of its verdict, and that arithmetic computed again."""

from slamon.core.explain.explanation import CycleExplained, Explanation, HistoryLine, Said
from slamon.core.explain.lead import as_data, explain, explanation_schema, with_said
from slamon.core.explain.replay import differences, replay

__all__ = [
    "CycleExplained",
    "Explanation",
    "HistoryLine",
    "Said",
    "as_data",
    "differences",
    "explain",
    "explanation_schema",
    "replay",
    "with_said",
]
