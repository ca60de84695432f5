"""Quiet hours: until when a message waits so that it does not disturb anybody."""

import numpy as np

from slamon.core.working_time.instants import DAY, HOUR, MINUTE
from slamon.core.working_time.zones import offsets_of


def released_at(instant: int, begins: str, ends: str, zone: str) -> int:
    """The instant itself outside quiet hours, else their end; ``begins`` and ``ends`` are local times such as ``20:00``."""
    offsets = offsets_of(zone, instant - 2 * DAY, instant + 3 * DAY)
    wall = int(offsets.to_wall(np.array([instant], np.int64))[0])
    midnight, since_midnight = wall // DAY * DAY, wall % DAY
    begin, end = _of_day(begins), _of_day(ends)
    if begin < end:
        quiet, day = begin <= since_midnight < end, midnight
    else:  # over midnight
        quiet, day = since_midnight >= begin or since_midnight < end, midnight + (DAY if since_midnight >= begin else 0)
    return int(offsets.from_wall(np.array([day + end], np.int64))[0]) if quiet else instant


def _of_day(clock: str) -> int:
    return int(clock[:2]) * HOUR + int(clock[3:]) * MINUTE
