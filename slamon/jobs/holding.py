"""Holding verdicts: a live check judges only up to where every source was read, so that nobody is accused because a sync was down."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine

from slamon.core.instants import MINUTE, iso
from slamon.store.database import reading
from slamon.store.freshness import last_failure, sources_read

LEAST_GRACE = 15 * MINUTE
GRACE_INTERVALS = 3
"""A source counts as stale once it was not read for so many of its intervals, and for a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Held:
    """Up to which instant a live check may judge (None: a source was never read, so not at all), and why not up to now."""

    as_of: int | None
    reasons: tuple[str, ...]


def judgeable_until(engine: Engine, sources: Collection[str], sync_every: int, now: int) -> Held:
    """Now, unless a source failed when it was last read, was not read for long, or never; ``sync_every`` in microseconds."""
    grace = max(GRACE_INTERVALS * sync_every, LEAST_GRACE)
    reasons, until = [], [now]
    with reading(engine) as connection:
        read = sources_read(connection)
        for source in sources:
            failure = last_failure(connection, source)
            if source not in read:
                return Held(None, (f"the source {source} was never read" + (f" ({failure})" if failure else "; run slamon sync"),))
            synced = read[source].synced_at
            if failure is not None or synced + grace < now:
                until.append(synced)
                why = f"could not be read since ({failure})" if failure else "was not read since"
                reasons.append(f"the source {source} {why} {iso(synced)[:16].replace('T', ' ')} UTC")
    return Held(min(until), tuple(reasons))
