"""Destinations between two sendings: when each was sent to last, which channels are closed to us, and when something is due next."""

from sqlalchemy import Engine, and_, func, select

from slamon.store.database import reading, writing
from slamon.store.outbox.claims import LEASE, Lane, is_due
from slamon.store.outbox.sending_order import OPEN
from slamon.store.schema import deliveries

_CLOSED = and_(deliveries.c.holds == "channel", deliveries.c.state.in_(("pending", "unsure")))


def last_sent(engine: Engine, since: int) -> dict[Lane, int]:
    """When each destination was sent to last (microseconds UTC), of those sent to after ``since``."""
    place = (deliveries.c.channel, deliveries.c.destination)
    asked = select(*place, func.max(deliveries.c.sent_at)).where(deliveries.c.sent_at > since).group_by(*place)
    with reading(engine) as connection:
        return {Lane(row[0], row[1]): row[2] for row in connection.execute(asked)}


def closed_channels(engine: Engine) -> dict[str, Lane]:
    """Channels that refused everything when they were called last, each with the lane that asks again: the one that did most often."""
    asked = select(deliveries.c.channel, deliveries.c.destination).where(_CLOSED).order_by(deliveries.c.attempts, deliveries.c.id.desc())
    with reading(engine) as connection:
        return {row[0]: Lane(row[0], row[1]) for row in connection.execute(asked)}


def reopen(engine: Engine, now: int, channel: str | None = None) -> int:
    """Let what waits for a closed channel (None: for any) go now: somebody mended it, or one message passed. Returns how many."""
    chosen = _CLOSED if channel is None else and_(_CLOSED, deliveries.c.channel == channel)
    with reading(engine) as connection:
        if connection.execute(select(deliveries.c.id).where(chosen).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        return connection.execute(deliveries.update().where(chosen).values(release_at=now, holds=None)).rowcount


def has_work(engine: Engine, now: int) -> bool:
    """Whether the delivery job has something to do now: to send, to look for, or to sweep; cheap when it has not."""
    waiting = and_(deliveries.c.state.in_(OPEN), deliveries.c.release_at <= now)
    to_sweep = deliveries.c.sweep_at <= now
    with reading(engine) as connection:
        if connection.execute(select(deliveries.c.id).where(to_sweep).limit(1)).first() is not None:
            return True
        if connection.execute(select(deliveries.c.id).where(waiting).limit(1)).first() is None:
            return False
    return is_due(engine, now, lease=LEASE)
