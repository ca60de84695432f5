"""Holding verdicts: what a source could disprove is not judged while its facts cannot be relied on, so that nobody is accused.

A source cannot be relied on when it was never read, failed when it was read last, was not read for long, or stands still.
Promises that need no such source are judged as ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Engine

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, iso
from slamon.settings import SourceSettings
from slamon.store.database import reading, writing
from slamon.store.facts.freshness import SourceRead, last_begun, last_failure, sources_read
from slamon.store.facts.holds import Hold, keep_holds, load_holds

LEAST_GRACE = 15 * MINUTE
GRACE_INTERVALS = 3
"""A source counts as stale once it was not read for so many of its intervals, and for a quarter of an hour."""
RHYTHMS = 2
LEAST_STILL = DAY
"""A table stands still once its newest row is older than so many times the longest such age it ever had of late, and than a day."""


@dataclass(frozen=True, slots=True)
class Held:
    """Up to which instant a live check may judge (None: not at all), and why not up to now, or not everything.

    ``slas`` are the promises that it must not judge, while it judges the others up to now. When it is all of them, none is
    named: they are judged up to the last instant that can be relied on.
    """

    as_of: int | None
    reasons: tuple[str, ...] = ()
    slas: frozenset[str] = frozenset()
    holds: tuple[Hold, ...] = ()
    told_until: Mapping[str, int] = field(default_factory=dict)
    """By SLA: what happened until then, its sources have told. Nobody is accused of what is later."""


ALL_TOLD = Held(None)
"""Nothing is held, and everything was told by the instant that is judged."""


def judgeable_until(
    engine: Engine, sources: Mapping[str, SourceSettings], needs: Mapping[str, frozenset[str]], sync_every: int, now: int
) -> Held:
    """What a live check may judge now; ``needs``: by SLA the sources that it needs; ``sync_every`` in microseconds."""
    with reading(engine) as connection:
        read = sources_read(connection)
        found = [_unreliable(connection, name, settings, read.get(name), sync_every, now) for name, settings in sources.items()]
        told_until = _told_until(connection, sources, needs)
    holds = [each for each in found if each is not None]
    if needs:  # what no promise needs holds nothing; the sync and the doctor tell of it
        holds = [each for each in holds if any(each.source in needed for needed in needs.values())]
    if not holds:
        return Held(now, told_until=told_until)
    unreliable = {each.source for each in holds}
    held = frozenset(sla for sla, needed in needs.items() if needed & unreliable)
    told = tuple(_with_slas(each, needs) for each in holds)
    reasons = tuple(each.reason for each in told if each.slas or not needs)
    if needs and len(held) < len(needs):
        return Held(now, reasons, held, told, told_until)
    until = [each.until for each in told]
    known = [each for each in until if each is not None]
    whole = tuple(replace(each, everything=True) for each in told)
    return Held(min(known) if len(known) == len(until) else None, reasons, frozenset(), whole, told_until)


def note_holds(engine: Engine, held: Held, now: int) -> None:
    """Keep what holds verdicts for whoever shows it: the operator's messages, reports, doctor, metrics; written only when it changed."""
    with reading(engine) as connection:
        known = [replace(each, since=0) for each in load_holds(connection)]
    if known != sorted(held.holds, key=lambda each: each.source):
        with writing(engine) as connection:
            keep_holds(connection, held.holds, now)


def _told_until(connection: Connection, sources: Mapping[str, SourceSettings], needs: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """By SLA: when the reading of the sources that it needs began, less how late their own data may be (microseconds UTC)."""
    begun = {name: last_begun(connection, name) for name in sources}
    known = {name: at - lag_of(sources[name]) for name, at in begun.items() if at is not None}
    return {sla: min(known[name] for name in needed & known.keys()) for sla, needed in needs.items() if needed & known.keys()}


def lag_of(settings: SourceSettings) -> int:
    """How late a source's own data may be, in microseconds."""
    return settings.lag.micros if settings.lag is not None else 0


def _with_slas(hold: Hold, needs: Mapping[str, frozenset[str]]) -> Hold:
    return Hold(hold.source, hold.until, hold.reason, tuple(sorted(sla for sla, needed in needs.items() if hold.source in needed)))


def _unreliable(
    connection: Connection, name: str, settings: SourceSettings, read: SourceRead | None, sync_every: int, now: int
) -> Hold | None:
    """Why a source cannot be relied on now, and until when it could; None when it can."""
    failure = last_failure(connection, name)
    if read is None:
        return Hold(name, None, f"the source {name} was never read" + (f" ({failure})" if failure else "; run slamon sync"), ())
    if failure is not None:
        return Hold(name, read.synced_at, f"the source {name} could not be read since {_minute(read.synced_at)} ({failure})", ())
    if read.synced_at + max(GRACE_INTERVALS * sync_every, LEAST_GRACE) < now:
        return Hold(name, read.synced_at, f"the source {name} was not read since {_minute(read.synced_at)}", ())
    return _standing_still(name, settings, read, now)


def _standing_still(name: str, settings: SourceSettings, read: SourceRead, now: int) -> Hold | None:
    """A source that is read and says nothing new: for longer than is declared of it, or much longer than it ever did of late."""
    if settings.stale_after is not None and read.newest_at is not None:
        still = [(read.newest_at + settings.stale_after.micros, f"the source {name}", read.newest_at, 0)]
    elif settings.stale_after is None:
        moving = sorted(read.moving.items())
        still = [
            (newest + max(RHYTHMS * gap, LEAST_STILL), f"the table {table} of the source {name}", newest, gap)
            for table, (newest, gap) in moving
        ]
    else:
        return None
    until, what, newest, gap = min(still, default=(now, "", 0, 0))
    if until >= now:
        return None
    usual = f"of late it was never older than {_span(gap)}" if gap else f"its stale_after is {settings.stale_after}"
    mend = f"if that is right, write stale_after: {max((now - newest) // DAY + 1, 1) * 2}d into it"
    return Hold(name, until, f"the newest row of {what} is of {_minute(newest)}, and {usual}; {mend}", ())


def _minute(instant: int) -> str:
    return f"{iso(instant)[:16].replace('T', ' ')} UTC"


def _span(length: int) -> str:
    return f"{length // DAY} days" if length >= 2 * DAY else f"{max(length // HOUR, 1)} h"
