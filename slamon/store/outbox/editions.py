"""Messages about many leads as they stand: the post and the lists in its thread, each with all edits that were queued for it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from slamon.store.schema import deliveries

ZONE = "zone"
"""What a payload says beside what Slack shows: on which clock its times are."""
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Edition:
    """A message as its newest edit says it: ``of`` is the delivery that was posted, ``id`` its newest edit, or the same.

    ``waits_until`` is when that edit may go out, if it has not yet; ``made_at`` when it was queued, None for the post itself
    (microseconds UTC).
    """

    of: str
    id: str
    payload: dict[str, Any]
    made_at: int | None
    waits_until: int | None


def edits_of(delivery: str) -> str:
    """The group of all edits of one message: they go out one after the other."""
    return f"{delivery}/edits"


def lists_of(group_key: str) -> str:
    """The group of the lists in the thread of a message."""
    return f"{group_key}/list"


def editions_of(connection: Connection, posts: Iterable[str]) -> dict[str, tuple[Edition, ...]]:
    """The newest edition of some messages and of the lists in their threads, by the id of the post; in order."""
    asked = sorted(set(posts))
    found: dict[str, tuple[Edition, ...]] = {}
    for start in range(0, len(asked), _CHUNK):
        rows = _rows(connection, deliveries.c.id.in_(asked[start : start + _CHUNK]))
        groups = {lists_of(row.group_key) for row in rows}
        lists = _rows(connection, deliveries.c.group_key.in_(sorted(groups)))
        for row in rows:
            parts = [row, *(each for each in lists if each.follows == row.id)]
            found[row.id] = tuple(_newest(connection, part) for part in parts)
    return found


@dataclass(frozen=True, slots=True)
class Posted:
    """Of some messages, by the id of the post: on which clock their times are, which nobody can have seen yet, and what they say."""

    zones: dict[str, str]
    unsent: frozenset[str]
    payloads: dict[str, dict[str, Any]]


def posted(connection: Connection, posts: Iterable[str]) -> Posted:
    """How some messages were posted."""
    asked, rows = sorted(set(posts)), list[Any]()
    for start in range(0, len(asked), _CHUNK):
        rows += _rows(connection, deliveries.c.id.in_(asked[start : start + _CHUNK]))
    payloads = {row.id: json.loads(row.payload) for row in rows}
    zones = {delivery: zone for delivery, payload in payloads.items() if (zone := payload.get(ZONE))}
    return Posted(zones, frozenset(row.id for row in rows if row.state == "pending"), payloads)


def _newest(connection: Connection, post: Any) -> Edition:
    of_it = (deliveries.c.group_key == edits_of(post.id)) & (deliveries.c.state != "dropped")
    edits = _rows(connection, of_it)
    if not edits:
        return Edition(post.id, post.id, json.loads(post.payload), None, None)
    last = edits[-1]
    waits = last.release_at if last.state == "pending" and last.attempts == 0 else None
    return Edition(post.id, last.id, json.loads(last.payload), last.created_at, waits)


def _rows(connection: Connection, where: Any) -> list[Any]:
    return list(connection.execute(select(deliveries).where(where).order_by(deliveries.c.created_at, deliveries.c.id)))
