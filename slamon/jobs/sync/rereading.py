"""Whether the sources are read once more, before their interval has passed, because a miss waits for what they say."""

from collections.abc import Collection

from sqlalchemy import Engine

from slamon.core.working_time.instants import SECOND
from slamon.jobs.check.next_work import unread_misses
from slamon.store.database import reading
from slamon.store.facts.freshness import last_readings

REREAD_AFTER = 15 * SECOND
"""So long after one reading began the next begins at the earliest,"""
READING_SHARE = 20
"""and so many times as long as it took: a CRM is read for a twentieth of the time at most."""


def is_rereading_due(engine: Engine, sources: Collection[str], at_work: Collection[str], now: int) -> bool:
    """Whether a miss waits for a reading, and every source has had its rest; those ``at_work`` are being read already.

    One turn reads all sources, so the slowest sets the pace. A source that was never read, or that by a clock that was set
    back was read in the future, has had its rest. Instants in microseconds UTC.
    """
    unread, idle = unread_misses(engine), set(sources) - set(at_work)
    if not idle or not unread or min(unread.values()) > now:
        return False
    with reading(engine) as connection:
        last = last_readings(connection)
    return all(_is_rested(*last[name], now) for name in idle & last.keys())


def _is_rested(began: int, ended: int, now: int) -> bool:
    return not 0 <= now - began < max(REREAD_AFTER, READING_SHARE * (ended - began))
