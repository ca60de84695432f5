"""The operator is told of messages that a channel refuses for good: what was tried, when they are given up, and what somebody can do."""

from collections.abc import Sequence

from sqlalchemy import Connection

from slamon.channels.slack_answers import UNREADABLE
from slamon.core.masking import without_people
from slamon.core.working_time.instants import iso
from slamon.jobs.troubles.causes import AGAIN_AFTER, NAMES, RETRY, WHO, Cause, lasting, stuck_key
from slamon.store.outbox.recipients import recipients
from slamon.store.outbox.stuck import REFUSED, Stuck
from slamon.store.outbox.troubles import GivenUp, told_since

MOST_NAMED = 5


def refused_cause(connection: Connection, each: Stuck, now: int) -> Cause:
    """Messages that are refused as they are, for one reason; ``now`` in microseconds UTC."""
    name, ids, many = NAMES.get(each.channel, each.channel), [one.id for one in each.refused], len(each.refused)
    called = recipients(connection, [one.destination for one in each.refused[:MOST_NAMED]])
    named = [f"{one.id[:8]} ({one.kind}) to {called[one.destination]}" for one in each.refused[:MOST_NAMED]]
    more = [f"and {many - MOST_NAMED} more: slamon outbox list"] if many > MOST_NAMED else []
    reason = each.errors[0].removeprefix(REFUSED)
    last = f"{iso(each.next_at)[:16].replace('T', ' ')} UTC"
    plan = f"It was tried twice; the last try is at {last}" if many == 1 else f"Each is tried once more, the first at {last}"
    return lasting(
        stuck_key(each.channel, each.errors[0]),
        each.channel,
        f"{name[0].upper()}{name[1:]} refuses {'1 message' if many == 1 else f'{many:,} messages'}",
        (
            f"The reason: {without_people(reason)}{' (with its layout, and as plain text as well)' if is_our_bug(reason) else ''}.",
            *named,
            *more,
            f"{plan}, then it is given up and stays in the outbox.",
        ),
        what_helps(reason, ids),
        now,
    )


def is_our_bug(reason: str) -> bool:
    """Whether Slack cannot read the message itself, so that no setting mends it; also of what was given up for it."""
    return reason.rpartition(": ")[2] in UNREADABLE


def what_helps(reason: str, ids: Sequence[str]) -> str:
    """What somebody can do about messages that were refused, as one ask."""
    first = ids[0][:8]
    if not is_our_bug(reason):
        return f"Please mend it (slamon doctor says more), then run: {RETRY} {' '.join(each[:8] for each in ids[:MOST_NAMED])} {WHO}"
    return (
        f"Please report the reason as a bug of slamon; another try is answered alike. Whom it concerns: slamon outbox show {first}. "
        f'To take it out: slamon outbox drop {first} --by NAME --reason "told by hand". Thank you.'
    )


def not_told_lately(connection: Connection, dead: Sequence[GivenUp], now: int) -> list[GivenUp]:
    """Of messages that were given up, those whose reason was not told within the hour, while they or others waited."""
    causes = {each.id: stuck_key(each.channel, REFUSED + each.error.partition(": ")[2]) for each in dead}
    told = told_since(connection, list(causes.values()), now - AGAIN_AFTER)
    return [each for each in dead if causes[each.id] not in told]
