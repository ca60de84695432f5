"""Durations, shares, counts and instants as people read them; the same figure reads the same in every message."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, NEVER, SECOND, to_datetime

MARKS = {"kept": "✓", "risk": "!", "missed": "✗", "none": "–"}
"""Never alone: a word stands beside each."""

NOTHING = "–"
"""A cell without a figure."""

FEW = 20
"""Below this many, counts are shown and no percentage."""
WIDE = 200
"""Below this many, a percentage carries its interval."""

_HOLD = "\u00a0"  # keeps a figure and its unit on one line
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_LONG_HOURS = 100
_TINY = 1e-9
_MOST_DIGITS = 2


def length(seconds: float | None) -> str:
    """``1 h 12 m``, ``31 m``, ``45 s``; hours are never turned into days, which would be ambiguous; ``not known`` for None."""
    if seconds is None:
        return "not known"
    whole = max(round(seconds), 0)
    if whole < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{whole}{_HOLD}s"
    hours, minutes = divmod(whole // 60, 60)
    if hours >= _LONG_HOURS or (hours and not minutes):
        return f"{hours:,}{_HOLD}h"
    return f"{hours}{_HOLD}h{_HOLD}{minutes}{_HOLD}m" if hours else f"{minutes}{_HOLD}m"


def working(seconds: float | None) -> str:
    """``12 working hours``, ``31 working minutes``, ``1 h 12 m of working time``, ``45 s``: a length on a calendar's clock."""
    hours, minutes = divmod(max(round(seconds or 0), 0) // 60, 60)
    if hours and not minutes:
        return f"{hours:,}{_HOLD}working hour{'' if hours == 1 else 's'}"
    if minutes and not hours:
        return f"{minutes}{_HOLD}working minute{'' if minutes == 1 else 's'}"
    return f"{length(seconds)} of working time" if hours else length(seconds)


def percent(share: float | None, beside: float | None = None) -> str:
    """``91 %``, rounded; with decimals where rounding would hide that it is not all, not none, or short of the figure ``beside``."""
    if share is None:
        return "n/a"
    fine = beside is not None and abs(beside * 100 - round(beside * 100)) > _TINY
    for digits in range(1 if fine else 0, _MOST_DIGITS + 1):
        rounded = round(share * 100, digits) + 0.0
        if not _hides(rounded, share, beside):
            return f"{rounded:,.{digits}f}{_HOLD}%".replace("-", "−")
    return f"{math.floor(share * 10_000 + _TINY) / 100:,.2f}{_HOLD}%"


def _hides(rounded: float, share: float, beside: float | None) -> bool:
    all_or_none = (rounded == 100 and share < 1) or (rounded == 0 and share > 0)  # noqa: PLR2004 - per cent
    return all_or_none or (beside is not None and share < beside - _TINY and rounded >= beside * 100 - _TINY)


def of_quota(share: float | None) -> str:
    """``97 %``; ``none`` when more was reversed than counted, for nobody delivers less than nothing."""
    return "none" if share is not None and share < 0 else percent(share, 1.0)


def goal(share: float | None) -> str:
    """A target as it was written: ``90 %``, ``92.5 %``, ``none``."""
    return "none" if share is None else f"{share * 100:g}{_HOLD}%"


def of_those_due(met: int, n: int, interval: tuple[float | None, float | None] = (None, None), beside: float | None = None) -> str:
    """``17 of 19`` when few, ``91 % of 120 [85-95 %]`` below 200, ``91 % of 1,240`` above; ``none due`` for none."""
    if n == 0:
        return "none due"
    if n < FEW:
        return f"{met} of {n}"
    words = f"{percent(met / n, beside)} of {n:,}"
    low, high = interval
    if n >= WIDE or low is None or high is None:
        return words
    return f"{words} [{round(low * 100)}–{round(high * 100)}{_HOLD}%]"


def number(value: float | None) -> str:
    """``1,234``, and ``3.5`` below ten; ``n/a`` for None."""
    if value is None:
        return "n/a"
    whole = abs(value) >= 10 or abs(value - round(value)) < 0.05  # noqa: PLR2004 - leads are counted in ones; no decimal to show
    return (f"{round(value) + 0:,}" if whole else f"{value:,.1f}").replace("-", "−")


def signed(points: float) -> str:
    """``+2``, ``−3`` or ``±0`` percentage points, from a difference of shares."""
    whole = round(points * 100)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "±0"


def moment(at: int, zone: str, beside: int = NEVER) -> str:
    """``Mon 16 Nov 10:31 CET``: an instant on the clock of a zone; ``no time`` for NEVER.

    ``10:31 CET`` on the day of an instant that stands ``beside`` it.
    """
    wall, other = _wall(at, zone), _wall(beside, zone)
    if wall is None:
        return "no time"
    return _clock(wall, zone) if other and other.date() == wall.date() else f"{_day(wall)} {_clock(wall, zone)}"


def date(at: int, zone: str) -> str:
    """``16 Nov 2026``; ``no time`` for NEVER."""
    wall = _wall(at, zone)
    return f"{wall.day}{_HOLD}{_MONTHS[wall.month - 1][:3]}{_HOLD}{wall.year}" if wall else "no time"


def _wall(at: int, zone: str) -> datetime | None:
    """None for NEVER, and for what lies outside the years that a calendar can name."""
    try:
        return None if at == NEVER else to_datetime(at).astimezone(ZoneInfo(zone))
    except OverflowError:
        return None


def _day(wall: datetime) -> str:
    return f"{_WEEKDAYS[wall.weekday()]} {wall.day}{_HOLD}{_MONTHS[wall.month - 1][:3]}"


def _clock(wall: datetime, zone: str) -> str:
    name = wall.tzname() or zone
    return f"{wall:%H:%M}{_HOLD}{name if name[:1].isalpha() else f'UTC{name}'}"


def ago(at: int, as_of: int) -> str:
    """``2 h ago``, ``3 days ago``, ``just now``; round the clock."""
    past = max(as_of - at, 0)
    for unit, word in ((DAY, "day"), (HOUR, "h"), (MINUTE, "m")):
        if past >= unit * (2 if word == "day" else 1):
            return f"{past // unit}{_HOLD}{word}{'s' if word == 'day' else ''} ago"
    return "just now" if past < 10 * SECOND else f"{past // SECOND}{_HOLD}s ago"


def month(period: str) -> str:
    """``April 2026`` of ``2026-04``; other periods stay as they are."""
    year, _, rest = period.partition("-")
    return f"{_MONTHS[int(rest) - 1]} {year}" if rest.isdecimal() and 1 <= int(rest) <= 12 else period  # noqa: PLR2004 - months


def month_name(period: str) -> str:
    """``April`` of ``2026-04``; other periods stay as they are."""
    return month(period).split(" ", maxsplit=1)[0]


def month_before(period: str) -> str:
    """``March`` of ``2026-04``."""
    _, _, rest = period.partition("-")
    return _MONTHS[int(rest) - 2]


def week(period: str) -> str:
    """``Week 46 of 2026`` of ``2026-W46``; other periods stay as they are."""
    year, separator, rest = period.partition("-W")
    return f"Week {int(rest)} of {year}" if separator and rest.isdecimal() else period


def plural(count: float, word: str) -> str:
    """``1 lead``, ``2 leads``, ``1,200 leads``."""
    told = number(count)
    return f"{told} {word}{'' if told == '1' else 's'}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
