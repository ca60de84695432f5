"""What the operator has to know of the outbox: channels that refuse us, messages given up, destinations that are gone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, func, literal, select

from slamon.store.outbox.sending_order import OPEN
from slamon.store.schema import deliveries, delivery_members

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Closed:
    """A channel that refuses everything, why, and how many messages wait, since when (microseconds UTC)."""

    channel: str
    error: str
    waiting: int
    since: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A message that was given up, and of which the operator was not told since."""

    id: str
    channel: str
    destination: str
    kind: str
    error: str
    fence: int
    """Raised with each sending: a message that is given up again is told of again."""


@dataclass(frozen=True, slots=True)
class Diverted:
    """A destination that is gone, why, and how many messages went to the default channel in its place."""

    destination: str
    reason: str
    messages: int
    since: int
    """When the first of them was sent (microseconds UTC)."""


def closed(connection: Connection) -> list[Closed]:
    """Channels that refuse everything, each with the reason of the message that waits longest."""
    row = deliveries.c
    found: dict[str, str] = {}
    held = select(row.channel, row.error).where(row.holds == "channel", row.state.in_(("pending", "unsure"))).order_by(row.created_at)
    for channel, error in connection.execute(held):
        found.setdefault(channel, error or "")
    result = []
    for channel, error in found.items():
        many, since = connection.execute(
            select(func.count(), func.min(row.created_at)).where(row.channel == channel, row.state.in_(OPEN))
        ).one()
        result.append(Closed(channel, error, many, since))
    return result


def given_up(connection: Connection, limit: int = 500) -> list[GivenUp]:
    """Messages given up of which the operator was not told, the oldest first; not the operator's own."""
    row, member = deliveries.c, delivery_members.c
    told = exists().where(member.cycle_id == literal("dead/").concat(row.id), member.kind == OPERATOR, member.sequence == row.fence)
    columns = (row.id, row.channel, row.destination, row.kind, row.error, row.fence)
    asked = select(*columns).where(row.state == "dead", row.kind != OPERATOR, ~told).order_by(row.created_at, row.id)
    return [
        GivenUp(each.id, each.channel, each.destination, each.kind, each.error or "", each.fence)
        for each in connection.execute(asked.limit(limit))
    ]


def diverted(connection: Connection, since: int) -> list[Diverted]:
    """Destinations whose messages went to the default channel after an instant."""
    row = deliveries.c
    asked = select(row.reference, row.sent_at).where(row.sent_at > since, row.channel == "slack", row.reference.like('%"instead_of"%'))
    found: dict[tuple[str, str], list[int]] = {}
    for text, at in connection.execute(asked):
        reference = json.loads(text)
        found.setdefault((str(reference.get("instead_of", "")), str(reference.get("reason", ""))), []).append(at)
    return [Diverted(destination, reason, len(at), min(at)) for (destination, reason), at in sorted(found.items())]


def told_since(connection: Connection, members: Sequence[str], since: int) -> set[str]:
    """Of some things that the operator's notices say (``Member.cycle_id``), those said after an instant."""
    member, row = delivery_members.c, deliveries.c
    joined = delivery_members.join(deliveries, row.id == member.delivery_id)
    asked = select(member.cycle_id).select_from(joined).where(row.kind == OPERATOR, row.created_at > since, member.kind == OPERATOR)
    return set(connection.execute(asked).scalars()).intersection(members) if members else set()


def last_told(connection: Connection, cause: str) -> int | None:
    """When the operator was told last of a cause (microseconds UTC)."""
    mine = and_(deliveries.c.kind == OPERATOR, deliveries.c.group_key == cause)
    found: int | None = connection.execute(select(func.max(deliveries.c.created_at)).where(mine)).scalar()
    return found


def sent_since(connection: Connection, channel: str, since: int) -> bool:
    """Whether anything went out on a channel after an instant: it was open again meanwhile."""
    asked = select(deliveries.c.id).where(deliveries.c.sent_at > since, deliveries.c.channel == channel).limit(1)
    return connection.execute(asked).first() is not None
