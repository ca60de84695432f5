"""The operator is told of messages that wait because sending them fails, before they are given up: once a cause, by the other route."""

from collections.abc import Collection, Iterator

from sqlalchemy import Connection

from slamon.core.masking import without_people
from slamon.core.working_time.instants import iso
from slamon.jobs.troubles.causes import Cause, lasting, short
from slamon.store.outbox.recipients import recipients
from slamon.store.outbox.stuck import Stuck, stuck

NAMES = {"slack": "Slack", "email": "the mail server"}
MOST_NAMED = 5


def stuck_causes(connection: Connection, closed: Collection[str], now: int) -> Iterator[Cause]:
    """One for each channel on which nothing gets through (those that are ``closed`` are told of already), else one for each reason."""
    for each in stuck(connection, now):
        if each.channel in closed:
            continue
        name = NAMES.get(each.channel, each.channel)
        key = f"stuck/{each.channel}" + ("" if each.whole else f"/{short(each.errors[0])}")
        messages = "1 message waits" if each.waiting == 1 else f"{each.waiting:,} messages wait"
        answers = "; ".join(map(without_people, each.errors[:MOST_NAMED]))
        yield lasting(
            key,
            each.channel,
            f"Nothing gets through to {name}" if each.whole else f"{messages} for {name}, since sending fails",
            (
                f"{messages} since {iso(each.since)[:16].replace('T', ' ')} UTC, and it is tried again each minute or so.",
                f"The reason: {answers}.",
                *(() if each.whole else (f"For {_places(connection, each)}.",)),
            ),
            "Please see whether it can be reached from here; slamon doctor says more. What waits goes out by itself then. Thank you.",
            now,
        )


def _places(connection: Connection, each: Stuck) -> str:
    named = recipients(connection, each.destinations[:MOST_NAMED])
    more = len(each.destinations) - MOST_NAMED
    return ", ".join(named.values()) + (f" and {more} more" if more > 0 else "")
