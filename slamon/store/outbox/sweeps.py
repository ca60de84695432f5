"""Which messages may have a twin, because they were begun twice; when each is looked at, and how many twins there were."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, case, func, select

from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.store.database import reading, writing
from slamon.store.schema import deliveries
from slamon.store.tallies import tally

FIRST_SWEEP = 15 * SECOND
AFTER_SENDING = (MINUTE, 5 * MINUTE, 15 * MINUTE)
"""After the first sweep: Slack may store a request long after its connection died."""


@dataclass(frozen=True, slots=True)
class ToSweep:
    """A message that may have a twin, or, of one that was dropped (without a reference), may arrive after all.

    Instants are microseconds UTC; ``sent_at`` is when it was sent or dropped.
    """

    id: str
    channel: str
    destination: str
    created_at: int
    sent_at: int
    reference: dict[str, Any]


def to_sweep(engine: Engine, now: int, limit: int = 100) -> list[ToSweep]:
    """Messages whose twins are to be looked for now, those that wait longest first."""
    each = deliveries.c
    over_at = func.coalesce(each.sent_at, each.release_at)
    columns = (each.id, each.channel, each.destination, each.created_at, over_at, each.reference)
    asked = select(*columns).where(each.sweep_at <= now, each.state.in_(("sent", "dropped"))).order_by(each.sweep_at)
    with reading(engine) as connection:
        rows = connection.execute(asked.limit(limit)).all()
    return [ToSweep(*row[:5], json.loads(row[5] or "{}")) for row in rows]


def swept_after_all(now: int) -> dict[str, Any]:
    """What a message that is dropped gets, if it was begun and not found: Slack may store it late, and nobody wants it any more."""
    begun = (deliveries.c.attempts > 0) & (deliveries.c.channel == "slack")
    return {"release_at": now, "sweep_at": case((begun, now + FIRST_SWEEP), else_=None)}


def swept(engine: Engine, each: ToSweep, now: int, *, seen: int, deleted: int) -> None:
    """Count what was found, and set the next sweep; after the last one there is none."""
    next_at = next((each.sent_at + wait for wait in AFTER_SENDING if each.sent_at + wait > now), None)
    with writing(engine) as connection:
        connection.execute(deliveries.update().where(deliveries.c.id == each.id).values(sweep_at=next_at))
        for outcome, count in (("seen", seen), ("deleted", deleted)):
            if count:
                tally(connection, "twins", each.channel, outcome, count)


def sweep_later(engine: Engine, each: ToSweep, at: int | None) -> None:
    """It could not be told: look at an instant, or never."""
    with writing(engine) as connection:
        connection.execute(deliveries.update().where(deliveries.c.id == each.id).values(sweep_at=at))
