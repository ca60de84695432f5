"""The operator is told of messages that wait because sending them fails, before they are given up: once a cause, by the other route."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from slamon.core.masking import without_people
from slamon.core.working_time.instants import MINUTE, iso
from slamon.jobs.troubles.causes import AGAIN_AFTER, NAMES, Cause, lasting, stuck_key
from slamon.jobs.troubles.refused import refused_cause
from slamon.store.outbox import Member
from slamon.store.outbox.recipients import recipients
from slamon.store.outbox.stuck import Stuck, stuck
from slamon.store.outbox.troubles import OPERATOR, told_since

MOST_NAMED = 5
SOON = 2 * MINUTE


def stuck_causes(connection: Connection, closed: Collection[str], now: int) -> Iterator[Cause]:
    """One for each channel on which nothing gets through (those that are ``closed`` are told of already), else one for each reason.

    A reason that was told within the hour is not told again because more, or less, of the channel fails by it now.
    """
    for each in stuck(connection, now):
        known = (
            [] if each.alone else [stuck_key(each.channel)] if not each.whole else [stuck_key(each.channel, error) for error in each.errors]
        )
        if each.channel in closed or told_since(connection, known, now - AGAIN_AFTER):
            continue
        yield refused_cause(connection, each, now) if each.refused else _cause(connection, each, now)


def _cause(connection: Connection, each: Stuck, now: int) -> Cause:
    name = NAMES.get(each.channel, each.channel)
    messages = "1 message waits" if each.waiting == 1 else f"{each.waiting:,} messages wait"
    again = "each minute or so" if each.next_at < now + SOON else f"at {iso(each.next_at)[:16].replace('T', ' ')} UTC"
    cause = lasting(
        stuck_key(each.channel, "" if each.whole else each.errors[0]),
        each.channel,
        f"Nothing gets through to {name}" if each.whole else f"{messages} for {name}, since sending fails",
        (
            f"{messages} since {iso(each.since)[:16].replace('T', ' ')} UTC, and it is tried again {again}.",
            f"The reason: {'; '.join(map(without_people, each.errors[:MOST_NAMED]))}.",
            *(() if each.whole else (f"For {_places(connection, each)}.",)),
        ),
        "Please see whether it can be reached from here; slamon doctor says more. What waits goes out by itself then. Thank you.",
        now,
    )
    by_reason = [Member(stuck_key(each.channel, error), OPERATOR, now // MINUTE) for error in each.errors] if each.whole else []
    return replace(cause, members=(*cause.members, *by_reason))


def _places(connection: Connection, each: Stuck) -> str:
    named = recipients(connection, each.destinations[:MOST_NAMED])
    more = len(each.destinations) - MOST_NAMED
    return ", ".join(named.values()) + (f" and {more} more" if more > 0 else "")
