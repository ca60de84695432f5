"""Lengths of time as a backtest prints them: without the parts that are nothing, and targets with how they are written."""

from slamon.core.working_time.durations import parse_duration
from slamon.core.working_time.instants import SECOND


def span_words(seconds: int) -> str:
    """``2 h``, ``5 h 30 m``, ``45 s``, ``1 h 3 s``; hours are never turned into days."""
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "h"), (rest // 60, "m"), (rest % 60, "s"))
    return " ".join(f"{count:,} {unit}" for count, unit in parts if count) or "0 s"


def within_words(target: str) -> str:
    """A target in words and as it is written: ``5 h 30 m of working time (330wm)``, ``2 working days (2wd)``."""
    length = parse_duration(target)
    if length.is_working_days:
        return f"{length.in_words()} ({target})"
    return f"{span_words(length.micros // SECOND)}{' of working time' if length.unit.is_working else ''} ({target})"
