"""One lead, line by line: what happened, and for each promise the arithmetic of its verdict."""

from slamon.core.explain.lead import CycleExplained, Explanation, HistoryLine, explain

__all__ = ["CycleExplained", "Explanation", "HistoryLine", "explain"]
