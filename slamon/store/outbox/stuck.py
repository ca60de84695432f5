"""What waits too long because sending it fails, whatever the failure is: by channel where nothing gets through, else by reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from slamon.core.working_time.instants import MINUTE
from slamon.store.outbox.sending_order import OPEN
from slamon.store.outbox.troubles import OPERATOR, sent_since
from slamon.store.schema import deliveries

WAITED = 4 * MINUTE
"""So long it may fail before people are told, who then know within five minutes."""
TRIES = 3
"""A message that waited for the morning was not tried all night: it has to have failed a few times as well."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Messages of one channel that wait: how many, since when (microseconds UTC), where to, and what the channel said.

    ``whole``: nothing at all got through on that channel of late.
    """

    channel: str
    whole: bool
    waiting: int
    since: int
    destinations: tuple[str, ...]
    errors: tuple[str, ...]


def stuck(connection: Connection, now: int) -> list[Stuck]:
    """What was to be sent more than four minutes ago, and fails; the operator's own messages do not count."""
    row = deliveries.c
    asked = select(row.channel, row.destination, row.error, func.count().label("many"), func.min(row.created_at).label("since"))
    places = row.channel, row.destination, row.error
    found = connection.execute(asked.where(_failing(now)).group_by(*places).order_by(row.channel, row.error, row.destination)).all()
    return [
        each for channel, rows in groupby(found, key=lambda one: one.channel) for each in _of_channel(connection, channel, [*rows], now)
    ]


def _failing(now: int) -> Any:
    row = deliveries.c
    # A mail whose answer was lost is not failing: it rests for ten minutes, and is then sent once more.
    resting = and_(row.state == "unsure", row.channel == "email")
    tried = or_(row.attempts >= TRIES, row.state == "unsure", row.release_at >= now + WAITED)
    return and_(~resting, row.state.in_(OPEN), row.kind != OPERATOR, row.error.is_not(None), row.created_at <= now - WAITED, tried)


def _of_channel(connection: Connection, channel: str, rows: Sequence[Row[Any]], now: int) -> Iterator[Stuck]:
    if sent_since(connection, channel, now - WAITED):  # it is not the channel, so it is the places or the messages
        for _, alike in groupby(rows, key=lambda one: one.error):
            some = list(alike)
            yield _one(channel, some, sum(each.many for each in some), whole=False)
        return
    row = deliveries.c
    waits = and_(row.channel == channel, row.state.in_(OPEN), row.kind != OPERATOR, or_(row.release_at <= now, row.error.is_not(None)))
    yield _one(channel, rows, connection.execute(select(func.count()).where(waits)).scalar_one(), whole=True)


def _one(channel: str, rows: Sequence[Row[Any]], waiting: int, *, whole: bool) -> Stuck:
    destinations, errors = (tuple(dict.fromkeys(getattr(each, name) for each in rows)) for name in ("destination", "error"))
    return Stuck(channel, whole, waiting, min(each.since for each in rows), destinations, errors)
