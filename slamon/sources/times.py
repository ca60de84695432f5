"""Instants from texts, in bulk: ISO 8601 with an offset, or without one in a declared zone; nothing is guessed.

Understood: ``2011-10-01T00:38:44.546+02:00``, a blank for the T, offsets ``Z``, `` UTC``, ``+02``, ``+0200`` and ``+02:00``,
seconds and their fraction left out. With a declared zone also wall times without offset, and dates (their midnight): a time that
the clocks skip is the first instant after the jump, one they repeat the first of the two. Digits beyond microseconds are cut off.
"""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slamon.core.working_time.instants import DAY, NEVER, Instants
from slamon.core.working_time.zones import offsets_of

EARLIEST, LATEST = 0, 7_258_118_400_000_000
"""The years 1970 to 2199: what lies outside is a slip of a source, not an event."""

_WALL = r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?$"
_AWARE = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)$"


def parse_instants(texts: Any, column: str, timezone: str | None) -> tuple[Instants, dict[int, str]]:
    """Microseconds UTC (NEVER for null) of a string array, and why by row for those that are no instant."""
    if not len(texts):
        return np.zeros(0, np.int64), {}
    tidy = _tidied(texts)
    aware, wall = _matches(tidy, _AWARE), _matches(tidy, _WALL)
    instants = np.full(len(texts), NEVER)
    instants[aware] = _cast(tidy.filter(pa.array(aware)), pa.timestamp("us", "UTC"))
    if timezone is not None and wall.any():
        instants[wall] = _from_wall(_cast(tidy.filter(pa.array(wall)), pa.timestamp("us")), timezone)
    given = texts.is_valid().to_numpy(zero_copy_only=False)
    outside = (instants != NEVER) & ((instants < EARLIEST) | (instants >= LATEST))
    problems = {
        int(row): _reason(texts[int(row)].as_py(), column, int(instants[row]))
        for row in np.flatnonzero(given & (instants == NEVER) | outside)
    }
    instants[outside] = NEVER
    return instants, problems


def _tidied(texts: Any) -> Any:
    tidy = pc.utf8_trim_whitespace(texts)
    tidy = pc.replace_substring_regex(tidy, r" ?UTC$", "Z") if pc.any(pc.ends_with(tidy, "UTC")).as_py() else tidy
    if pc.any(pc.match_substring_regex(tidy, r"\.\d{7}")).as_py():
        tidy = pc.replace_substring_regex(tidy, r"(\.\d{6})\d{1,3}", r"\1")
    return tidy


def _matches(texts: Any, pattern: str) -> Any:
    return pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False).to_numpy(zero_copy_only=False)


def _cast(texts: Any, kind: Any) -> Instants:
    """Cast by halves: one 30th of February costs a few casts, not the whole chunk's speed."""
    try:
        cast: Instants = pc.cast(texts, kind).cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return np.array([NEVER])
        middle = len(texts) // 2
        return np.concatenate([_cast(texts[:middle], kind), _cast(texts[middle:], kind)])
    return cast


def _from_wall(wall: Instants, timezone: str) -> Instants:
    sensible = (wall >= EARLIEST - DAY) & (wall <= LATEST + DAY)
    if not sensible.any():
        return wall
    # Whole decades, so that one table of offsets serves every chunk.
    decade = 3653 * DAY
    first, last = int(wall[sensible].min()) // decade * decade - DAY, (int(wall[sensible].max()) // decade + 1) * decade
    return np.where(sensible, offsets_of(timezone, first, last).from_wall(wall), wall)


def _reason(text: str, column: str, instant: int) -> str:
    if instant != NEVER:
        return f"{column} {text!r} lies outside the years 1970 to 2199"
    if re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", text.strip()):
        return f"{column} {text!r} is a number, not a time; export it as ISO 8601, e.g. 2026-03-02T09:00:00Z"
    if _matches(pa.array([text.strip()]), _WALL)[0] and _cast(pa.array([text.strip()[:26]]), pa.timestamp("us"))[0] != NEVER:
        return f"{column} {text!r} has no UTC offset; declare its zone, e.g. {{column: {column}, timezone: Europe/Berlin}}"
    return f"{column} {text!r} is not a time; write ISO 8601, e.g. 2026-03-02T09:00:00Z"
