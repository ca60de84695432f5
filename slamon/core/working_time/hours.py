"""How people write hours: dates, weekdays and their ranges, and blocks of a day."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from slamon.core.working_time.instants import MINUTE

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)

Block = tuple[int, int]
"""Microseconds since local midnight of the date that it begins on: begin and end."""


def parse_date(text: object) -> date:
    """A local date written ``2026-12-24``; ``ValueError`` with the mend for anything else."""
    if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a date that exists; write e.g. 2026-12-24") from None
    raise ValueError(f"{text!r} is not a date; write e.g. 2026-12-24")


def parse_weekdays(text: str) -> tuple[int, ...]:
    """``mon`` or ``mon-fri`` (also ``sat-mon``) as weekday numbers, Monday 0; ``ValueError`` with the mend otherwise."""
    ends = text.strip().lower().split("-")
    if not 1 <= len(ends) <= 2 or any(end not in WEEKDAYS for end in ends):  # noqa: PLR2004 - a range has two ends
        raise ValueError(f"{text!r} is not a weekday; write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri")
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))


def parse_block(text: object) -> Block:
    """``"09:00-17:30"`` as microseconds since midnight; an end at or before the start is on the next date."""
    ends = str(text).split("-")
    clocks = [_CLOCK.fullmatch(end.strip()) for end in ends]
    if len(ends) != 2 or None in clocks:  # noqa: PLR2004 - a block has two ends
        raise ValueError(f'{text!r} is not a block of hours; write e.g. "09:00-17:30"')
    begin, end = (int(clock[1]) * 60 + int(clock[2]) for clock in clocks if clock)
    if begin >= 24 * 60 or end > 24 * 60:
        raise ValueError(f'{text!r} goes beyond 24:00; a block across midnight is written e.g. "22:00-06:00"')
    return begin * MINUTE, (end if end > begin else end + 24 * 60) * MINUTE


def parse_blocks(texts: Sequence[str]) -> tuple[Block, ...]:
    """The blocks of one day in order; overlapping ones count once when they are compiled."""
    return tuple(sorted(map(parse_block, texts)))


def parse_week(hours: Mapping[str, Sequence[str]]) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each weekday, Monday first; ``ValueError`` with the mend when a weekday is given twice."""
    weekly: list[tuple[Block, ...]] = [()] * 7
    seen: set[int] = set()
    for days, texts in hours.items():
        for number in parse_weekdays(days):
            if number in seen:
                raise ValueError(f"{WEEKDAYS[number]} is given twice; write all its blocks in one list")
            seen.add(number)
            weekly[number] = parse_blocks(texts)
    return tuple(weekly)
