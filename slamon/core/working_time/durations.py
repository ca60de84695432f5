"""Durations that always carry their unit: ``30wm``, ``4 working hours``, ``2wd``, ``15m``, ``24h``, ``3d``."""

import re
from dataclasses import dataclass
from enum import StrEnum

from slamon.core.working_time.instants import DAY, HOUR, MINUTE


class Unit(StrEnum):
    """What a duration is counted in; the working units need a calendar."""

    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    WORKING_MINUTES = "wm"
    WORKING_HOURS = "wh"
    WORKING_DAYS = "wd"

    @property
    def is_working(self) -> bool:
        """True for units that run only while a calendar is open."""
        return self.value.startswith("w")


WORDS = {
    Unit.MINUTES: "minute",
    Unit.HOURS: "hour",
    Unit.DAYS: "day",
    Unit.WORKING_MINUTES: "working minute",
    Unit.WORKING_HOURS: "working hour",
    Unit.WORKING_DAYS: "working day",
}
MICROS = {
    Unit.MINUTES: MINUTE,
    Unit.HOURS: HOUR,
    Unit.DAYS: DAY,
    Unit.WORKING_MINUTES: MINUTE,
    Unit.WORKING_HOURS: HOUR,
    Unit.WORKING_DAYS: DAY,  # only for the strict 24x7 clock, where a working day is 24 hours
}
LONGEST = 10 * 366 * DAY
TEACHING = "write a number with its unit: 30wm, 4wh, 2wd (working time) or 15m, 24h, 3d (round the clock)"

_UNITS = {unit.value: unit for unit in Unit} | {spelling: unit for unit, word in WORDS.items() for spelling in (word, word + "s")}
_PATTERN = re.compile(r"([0-9]{1,6})\s*([a-z]+(?: [a-z]+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Duration:
    """A positive whole number of one unit."""

    amount: int
    unit: Unit

    @property
    def micros(self) -> int:
        """Length in microseconds; working days count 24 hours (only the strict clock asks for that)."""
        return self.amount * MICROS[self.unit]

    @property
    def is_working_days(self) -> bool:
        """Working days are not a number of hours: they are walked from date to date."""
        return self.unit is Unit.WORKING_DAYS

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def in_words(self) -> str:
        """``2 working hours``, for people."""
        return f"{self.amount} {WORDS[self.unit]}{'' if self.amount == 1 else 's'}"


def parse_duration(text: object) -> Duration:
    """Read a duration as people write it; ``ValueError`` with the mend for anything without a unit, zero or too long."""
    if not isinstance(text, str):
        shown = f"{text!r} has no unit" if isinstance(text, int | float) and not isinstance(text, bool) else "this is not a duration"
        raise ValueError(f"{shown}; {TEACHING}")  # noqa: TRY004 - pydantic turns ValueError into a finding
    clock = re.fullmatch(r"([0-9]{1,3}):([0-5][0-9])(:[0-5][0-9])?", text.strip(), re.ASCII)
    if clock is not None:
        raise ValueError(f"{text!r} looks like a time of day; {TEACHING}")
    match = _PATTERN.fullmatch(text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{text[:80]!r} {'has no unit' if text.strip().isdecimal() else 'is not a duration'}; {TEACHING}")
    duration = Duration(int(match[1]), _UNITS[match[2]])
    if duration.amount == 0 or text.strip().startswith("0"):
        raise ValueError(f"{text!r} is not a positive length; {TEACHING}")
    if duration.micros > LONGEST:
        raise ValueError(f"{text!r} is longer than ten years; {TEACHING}")
    return duration
