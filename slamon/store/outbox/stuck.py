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
REFUSED, LIMITED = "refused for good: ", "rate limited: "
"""How the error of a message begins whose channel answered about this message, or this destination, and about nothing else."""
REFUSALS = 2
"""After so many of them one try is left."""
MOST_IDS = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """One message that is refused for good, by its id, kind and destination."""

    id: str
    kind: str
    destination: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Messages of one channel that wait: how many, since when (microseconds UTC), where to, and what the channel said.

    ``whole``: nothing at all got through on that channel since the youngest of them was queued. ``next_at``: when the first
    of them is tried again (microseconds UTC). ``refused``: those that are tried once more and then given up, since the
    channel refuses them as they are; nothing else is among them then.
    """

    channel: str
    whole: bool
    waiting: int
    since: int
    next_at: int
    destinations: tuple[str, ...]
    errors: tuple[str, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether it is these messages or their destinations by what the channel answered, and not the channel."""
        return all(map(_is_alone, self.errors))


def stuck(connection: Connection, now: int) -> list[Stuck]:
    """What was to be sent more than four minutes ago, and fails; the operator's own messages do not count."""
    row = deliveries.c
    figures = func.count().label("many"), func.min(row.created_at).label("since"), func.max(row.created_at).label("youngest")
    asked = select(row.channel, row.destination, row.error, *figures, func.min(row.release_at).label("next_at"))
    places = row.channel, row.destination, row.error
    found = connection.execute(asked.where(_failing(now)).group_by(*places).order_by(row.channel, row.error, row.destination)).all()
    return [
        each for channel, rows in groupby(found, key=lambda one: one.channel) for each in _of_channel(connection, channel, [*rows], now)
    ]


def _failing(now: int) -> Any:
    row = deliveries.c
    # A mail whose answer was lost is not failing: it rests for ten minutes, and is then sent once more.
    resting = and_(row.state == "unsure", row.channel == "email")
    refused = and_(row.attempts >= REFUSALS, row.error.startswith(REFUSED))
    tried = or_(row.attempts >= TRIES, refused, row.state == "unsure", row.release_at >= now + WAITED)
    return and_(~resting, row.state.in_(OPEN), row.kind != OPERATOR, row.error.is_not(None), row.created_at <= now - WAITED, tried)


def _of_channel(connection: Connection, channel: str, rows: Sequence[Row[Any]], now: int) -> Iterator[Stuck]:
    doubtful = [each for each in rows if not _is_alone(each.error)]
    # What got through after the youngest of them was queued shows that it is not the channel, but the places or the messages.
    whole = bool(doubtful) and not sent_since(connection, channel, max(each.youngest for each in doubtful))
    apart = [each for each in rows if _is_alone(each.error)] if whole else rows
    for error, alike in groupby(apart, key=lambda one: one.error):
        some = list(alike)
        refused = _refused(connection, channel, error, now) if error.startswith(REFUSED) else ()
        yield _one(channel, some, sum(each.many for each in some), refused=refused)
    if whole:
        row = deliveries.c
        fails = or_(row.release_at <= now, row.error.is_not(None))
        waits = and_(
            row.channel == channel, row.state.in_(OPEN), row.kind != OPERATOR, fails, ~func.coalesce(row.error, "").startswith(REFUSED)
        )
        yield _one(channel, doubtful, connection.execute(select(func.count()).where(waits)).scalar_one(), whole=True)


def _refused(connection: Connection, channel: str, error: str, now: int) -> tuple[Refused, ...]:
    row = deliveries.c
    asked = select(row.id, row.kind, row.destination).where(_failing(now), row.channel == channel, row.error == error)
    return tuple(Refused(*each) for each in connection.execute(asked.order_by(row.created_at, row.id).limit(MOST_IDS)))


def _is_alone(error: str) -> bool:
    return error.startswith((REFUSED, LIMITED))


def _one(channel: str, rows: Sequence[Row[Any]], waiting: int, *, whole: bool = False, refused: tuple[Refused, ...] = ()) -> Stuck:
    destinations, errors = (tuple(dict.fromkeys(getattr(each, name) for each in rows)) for name in ("destination", "error"))
    since, next_at = min(each.since for each in rows), min(each.next_at for each in rows)
    return Stuck(channel, whole, waiting, since, next_at, destinations, errors, refused)
