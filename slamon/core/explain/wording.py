"""Instants and lengths of time as an explanation says them: short, and exact where it matters."""

import re
from datetime import datetime

import numpy as np

from slamon.core.working_time.instants import DAY, SECOND, to_datetime, to_micros
from slamon.core.working_time.zones import offsets_of

YEAR = 366 * DAY
DATE = len("Thu 2012-03-01 ")
_IN_UTC = re.compile(r"\b((?:19|20|21)\d\d-\d\d-\d\d) (\d\d:\d\d) UTC\b", re.ASCII)


def wall_words(instant: int, zone: str) -> str:
    """As the zone's clocks show: ``Thu 2012-03-01 09:00``, whole seconds where there are some, the offset where an hour comes twice."""
    offsets = offsets_of(zone, instant // YEAR * YEAR - YEAR, instant // YEAR * YEAR + 2 * YEAR)
    asked = np.array([instant // SECOND * SECOND], np.int64)
    wall = int(offsets.to_wall(asked)[0])
    first = int(offsets.from_wall(np.array([wall], np.int64))[0])
    local = to_datetime(wall)
    seconds = f":{local:%S}" if wall % (60 * SECOND) else ""
    return f"{local:%a %Y-%m-%d %H:%M}{seconds}{_offset(wall - int(asked[0])) if first != asked[0] else ''}"


def short_words(instant: int, zone: str, *, after: int) -> str:
    """As ``wall_words`` without the date where it is the same as that of ``after``."""
    words, before = wall_words(instant, zone), wall_words(after, zone)
    return words[DATE:] if words[:DATE] == before[:DATE] else words


def on_clock(text: str, zone: str) -> str:
    """A sentence with each instant that it names in UTC (``2026-11-22 22:30 UTC``) as the zone's clocks show it."""
    return _IN_UTC.sub(lambda found: _shown(found, zone), text)


def _shown(found: re.Match[str], zone: str) -> str:
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}:00+00:00")
    except ValueError:  # somebody's own words, which are no instant
        return found[0]
    return wall_words(to_micros(at), zone)


def _offset(offset: int) -> str:
    """Said of the second of two equal readings only: the first one needs no words."""
    minutes = offset // (60 * SECOND)
    return f" ({'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}, the second time)"


def length_words(micros: int, *, days: bool = False) -> str:
    """``2 h 05 m``, ``41 m``, ``6 s``, ``less than a second``: the two largest parts. Working time is never said in ``days``."""
    seconds = abs(micros) // SECOND
    day, hours, minutes, rest = seconds // 86_400, seconds // 3600, seconds // 60 % 60, seconds % 60
    if days and day:
        return f"{day} d {hours % 24} h" if hours % 24 else f"{day} d"
    if hours:
        return f"{hours} h {minutes:02d} m" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} m {rest:02d} s" if rest else f"{minutes} m"
    return f"{rest} s" if rest else "less than a second"


def with_article(name: str) -> str:
    """``a call``, ``an email``."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
