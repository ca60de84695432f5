"""Which sources are read once more, before their interval has passed, because a miss waits for what they say."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Engine

from slamon.core.working_time.instants import SECOND
from slamon.jobs.check.next_work import unread_misses
from slamon.jobs.sync.holding import lag_of
from slamon.settings import SourceSettings
from slamon.store.database import reading
from slamon.store.facts.freshness import LastReading, last_reading

REREAD_AFTER = 15 * SECOND
"""So long after one reading of a source began the next begins at the earliest,"""
READING_SHARE = 20
"""and so many times as long as it took: a CRM is read for a twentieth of the time at most."""


def sources_to_reread(
    engine: Engine, sources: Mapping[str, SourceSettings], needs: Mapping[str, frozenset[str]], begun: Mapping[str, int], now: int
) -> list[str]:
    """The sources without which a miss that waits cannot be told, and that have had their rest; each sets its own pace.

    ``needs``: by SLA the sources that it needs; ``begun``: when this process last began to read each. A promise whose verdicts
    are held by a source that failed waits for that one's interval. Instants in microseconds UTC.
    """
    unread = unread_misses(engine)
    if not unread:
        return []
    with reading(engine) as connection:
        readings = {name: last_reading(connection, name) for name in sources}
    last = {name: each for name, each in readings.items() if each is not None}
    wanted = {name for sla, until in unread.items() for name in _wanted(needs.get(sla, frozenset()), sources, last, until, now)}
    return sorted(name for name in wanted if _is_rested(last[name], now) and not 0 <= now - begun.get(name, 0) < REREAD_AFTER)


def _wanted(
    needed: frozenset[str], sources: Mapping[str, SourceSettings], last: Mapping[str, LastReading], until: int, now: int
) -> Iterator[str]:
    """Those of some sources that have not told what happened until an instant, and could by now."""
    known = needed & sources.keys() & last.keys()
    if not all(last[name].ok for name in known):
        return
    for name in known:
        lag = lag_of(sources[name])
        if last[name].began - lag < until <= now - lag:
            yield name


def _is_rested(last: LastReading, now: int) -> bool:
    """A source that, by a clock that was set back, was read in the future has had its rest."""
    return not 0 <= now - last.began < max(REREAD_AFTER, READING_SHARE * (last.ended - last.began))
