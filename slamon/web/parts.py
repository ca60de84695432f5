"""What of the service may be partly well: its sources, and what goes out; each with the reason, without people and secrets."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from slamon.core.masking import masked, one_line, without_people
from slamon.core.working_time.instants import MINUTE, iso
from slamon.store.facts.freshness import last_failure
from slamon.store.facts.holds import Hold, load_holds
from slamon.store.outbox.stuck import Stuck, stuck
from slamon.store.outbox.troubles import Closed, closed

WELL = "ok"
LONGEST_REASON = 200
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at: whether it is well, and in words."""

    name: str
    ok: bool
    words: str = WELL

    @property
    def state(self) -> str:
        """``failing`` makes the service not ready; ``degraded``: a part of it is not well, and the rest does its work."""
        return "failing" if not self.ok else WELL if self.words == WELL else "degraded"


def sources(connection: Connection, named: Collection[str]) -> Look:
    """Sources that cannot be read or hold verdicts; nothing is done as long as every promise waits, or none can be read."""
    holds = {each.source: each for each in load_holds(connection)}
    failed = {name: error for name in sorted(named) if (error := last_failure(connection, name)) is not None}
    told = [_held(each) for each in holds.values()]
    told += [f"{name} cannot be read: {_shown(error)}" for name, error in failed.items() if name not in holds]
    none = bool(named) and len(failed) == len(named)
    return Look("sources", not (none or any(each.everything for each in holds.values())), "; ".join(told) or WELL)


def delivery(connection: Connection, now: int) -> Look:
    """What waits because sending fails; not well while nothing at all gets through to where messages wait."""
    shut = closed(connection)
    waits = [each for each in stuck(connection, now) if each.channel not in {one.channel for one in shut}]
    whole = bool(shut) or any(each.whole for each in waits)
    told = [_closed(each, now) for each in shut] + [_stuck(each, now) for each in waits]
    return Look("delivery", not whole, "; ".join(told) or WELL)


def _held(hold: Hold) -> str:
    return f"held: {hold.source} since {iso(hold.since)[:19]}Z, {_shown(hold.reason)}"


def _closed(each: Closed, now: int) -> str:
    return f"{each.channel} lets nothing in, {_waiting(each.waiting, each.since, now)}: {_shown(each.error)}"


def _stuck(each: Stuck, now: int) -> str:
    how = "nothing gets through to" if each.whole else "some of what goes to"
    reasons = ", ".join(map(_shown, each.errors[:MOST_REASONS]))
    return f"{how} {each.channel}{'' if each.whole else ' fails'}, {_waiting(each.waiting, each.since, now)}: {reasons}"


def _waiting(many: int, since: int, now: int) -> str:
    return f"{many} waiting, the oldest for {max(now - since, 0) // MINUTE} min"


def _shown(reason: str) -> str:
    return without_people(masked(one_line(reason)))[:LONGEST_REASON]
