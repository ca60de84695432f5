"""Durations and percentages as people write them: ``30wm``, ``4 working hours``, ``2wd``, ``15m``, ``24h``, ``3d``, ``80%``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

_WORDS = {"minute": "m", "hour": "h", "day": "d"}
_SIZES = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of a unit: m, h, d (24 hours) on the wall clock; wm, wh, wd on a calendar."""

    amount: Fraction
    unit: str

    @property
    def is_days(self) -> bool:
        """Whether it counts working days."""
        return self.unit == "wd"

    @property
    def is_working(self) -> bool:
        """Whether it runs on a calendar."""
        return self.unit.startswith("w")

    @property
    def days(self) -> int:
        """Whole working days; half a working day has no meaning."""
        if self.unit != "wd" or self.amount.denominator != 1:
            raise ValueError(f"{self} is no whole number of working days")
        return int(self.amount)

    @property
    def span(self) -> timedelta:
        """The time it names, read as plain time: working hours as hours, a working day as 24 hours (the strict clock)."""
        return timedelta(microseconds=int(self.amount * (_SIZES[self.unit[-1]] // timedelta(microseconds=1))))


def parse_duration(text: Any) -> Duration:
    """``4wh`` or ``4 working hours``; anything without a unit, zero or less is refused."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:(w?[mhd])|(working\s+)?(minute|hour|day)s?)\s*", str(text))
    if not found:
        raise ValueError(f"{text!r} is no duration; write for example 30wm, 4wh, 2wd, 15m, 24h or 3d")
    amount, short, working, word = found.groups()
    duration = Duration(Fraction(amount), short or ("w" if working else "") + _WORDS[word])
    if duration.amount <= 0:
        raise ValueError(f"{text!r} must be more than nothing")
    return duration


def parse_optional(text: Any) -> Duration | None:
    """A duration, or None where nothing is written or nothing is meant (``0``, ``0h``)."""
    if text is None or re.fullmatch(r"\s*0+\s*[a-z]*\s*", str(text)):
        return None
    return parse_duration(text)


def parse_share(text: Any) -> Fraction:
    """``80%`` is four fifths."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", str(text))
    if not found:
        raise ValueError(f"{text!r} is no percentage; write for example 80%")
    return Fraction(found.group(1)) / 100
