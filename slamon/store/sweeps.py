"""Which messages may have a twin, because they were begun twice; when each is looked at, and how many twins there were."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from slamon.core.instants import MINUTE
from slamon.store.database import reading, writing
from slamon.store.schema import deliveries
from slamon.store.tallies import tally

AFTER_SENDING = (MINUTE, 5 * MINUTE, 15 * MINUTE)
"""After the first sweep: Slack may store a request long after its connection died."""


@dataclass(frozen=True, slots=True)
class ToSweep:
    """A sent message that may have a twin; instants are microseconds UTC."""

    id: str
    channel: str
    created_at: int
    sent_at: int
    reference: dict[str, Any]


def to_sweep(engine: Engine, now: int, limit: int = 100) -> list[ToSweep]:
    """Messages whose twins are to be looked for now, those that wait longest first."""
    columns = [deliveries.c[name] for name in ToSweep.__slots__]
    asked = select(*columns).where(deliveries.c.sweep_at <= now, deliveries.c.state == "sent").order_by(deliveries.c.sweep_at)
    with reading(engine) as connection:
        rows = connection.execute(asked.limit(limit)).all()
    return [ToSweep(row.id, row.channel, row.created_at, row.sent_at, json.loads(row.reference)) for row in rows]


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
