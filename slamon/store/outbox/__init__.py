"""The outbox: what is to be said, queued in the transaction that found it, and the log of what was said, so that it is said once."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, select

from slamon.core.working_time.instants import SECOND
from slamon.store.schema import deliveries, delivery_members

NAMESPACE = uuid.UUID("6f1d5f0a-6c1c-5f0e-9b6e-2f3b6f0c4a51")
_MOST_MARKS = 40
_MANY = 50
_CHUNK = 400  # values in one IN list: SQLite and PostgreSQL take far more, and plan them worse


@dataclass(frozen=True, slots=True)
class Member:
    """One thing that a message says: a cycle (or ``sla/period/group``, ``report/kind/period``), what of it, and which time."""

    cycle_id: str
    kind: str
    sequence: int


Said = tuple[str, str, int, str]
"""(cycle_id, kind, sequence, destination): the key under which something is said once."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to one destination that is to be queued; instants are microseconds UTC.

    ``payload`` is what the channel takes, rendered. ``follows`` is the id of the delivery that this one edits or answers
    (``payload["mode"]``: ``post``, ``update`` or ``reply``).
    """

    channel: str
    destination: str
    kind: str
    sequence: int
    group_key: str
    payload: Mapping[str, Any]
    created_at: int
    release_at: int
    members: tuple[Member, ...]
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery that was queued, with the members that it says for the first time."""

    id: str
    draft: Draft
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox, for people to look at; it holds no text of the message."""

    id: str
    channel: str
    destination: str
    kind: str
    group_key: str
    state: str
    created_at: int
    release_at: int
    attempts: int
    sent_at: int | None
    error: str | None


def delivery_id(destination: str, kind: str, sequence: int, group_key: str) -> str:
    """The identity of a message: the same for the same news to the same destination, in every run."""
    return str(uuid.uuid5(NAMESPACE, json.dumps([destination, kind, sequence, group_key])))


def queue(connection: Connection, drafts: Sequence[Draft]) -> list[Queued]:
    """Queue what was not said yet, inside the caller's transaction; returns what was queued.

    A member that was said to that destination, here or before, is left out; a draft with no member left is not queued.
    Members never change afterwards: news of other members under the same name becomes a message of its own.
    """
    queued: list[Queued] = []
    taken: set[str] = set()
    for draft, fresh in unsaid(connection, drafts):
        queued.append(Queued(_free_id(connection, draft, taken), draft, fresh))
        taken.add(queued[-1].id)
    if queued:
        connection.execute(deliveries.insert(), [_row_of(each) for each in queued])
        connection.execute(delivery_members.insert(), [row for each in queued for row in _member_rows(each)])
    if len(queued) >= _MANY and connection.dialect.name == "postgresql":
        # A server that knows nothing of a queue that was empty a moment ago takes minutes to find what may be sent first.
        connection.exec_driver_sql("ANALYZE deliveries, delivery_members")
    return queued


def unsaid(connection: Connection, drafts: Sequence[Draft]) -> list[tuple[Draft, tuple[Member, ...]]]:
    """The drafts that say something for the first time, each with the members of which it does."""
    known = set(_said_among(connection, drafts))
    found: list[tuple[Draft, tuple[Member, ...]]] = []
    for draft in drafts:
        keys = {(member.cycle_id, member.kind, member.sequence, draft.destination): member for member in draft.members}
        fresh = {key: member for key, member in keys.items() if key not in known}
        known.update(fresh)
        if fresh:
            found.append((draft, tuple(fresh.values())))
    return found


def marks_of(connection: Connection, delivery: str) -> tuple[str, ...]:
    """What a message says, each as a short digest without personal data, in order; the same in every run, and 40 at most."""
    members = delivery_members.c
    columns = (members.cycle_id, members.kind, members.sequence, members.destination)
    rows = connection.execute(select(*columns).where(members.delivery_id == delivery))
    return tuple(sorted(sha256(json.dumps(list(row)).encode()).hexdigest()[:12] for row in rows)[:_MOST_MARKS])


def said_about(connection: Connection, cycle_ids: Iterable[str]) -> dict[Said, str]:
    """What was said of some cycles (or ``sla/period/group``, or imports) or is queued to be, each with the delivery that says it.

    And the same of all others that those deliveries speak of.
    """
    members = delivery_members.c
    columns = (members.cycle_id, members.kind, members.sequence, members.destination, members.delivery_id)
    found: dict[Said, str] = {}
    for group in _groups(sorted(set(cycle_ids))):
        found |= {tuple(row[:4]): row[4] for row in connection.execute(select(*columns).where(members.cycle_id.in_(group)))}
    for group in _groups(sorted(set(found.values()))):
        found |= {tuple(row[:4]): row[4] for row in connection.execute(select(*columns).where(members.delivery_id.in_(group)))}
    return found


def mailed_among(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Those of some deliveries that go by mail, which nothing can edit later."""
    chosen = (deliveries.c.id.in_(group) & (deliveries.c.channel == "email") for group in _groups(sorted(set(ids))))
    return frozenset(found for each in chosen for found in connection.execute(select(deliveries.c.id).where(each)).scalars())


def _groups(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def depth(connection: Connection) -> dict[str, int]:
    """How many deliveries are in each state."""
    rows = connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
    return {row[0]: row[1] for row in rows}


def oldest_waiting(connection: Connection) -> int | None:
    """The earliest instant at which something that is not sent yet was to be sent first; None when nothing waits."""
    waiting = deliveries.c.state.in_(("pending", "dispatching", "unsure"))
    found: int | None = connection.execute(select(func.min(deliveries.c.created_at)).where(waiting)).scalar()
    return found


def errors_of(connection: Connection, states: Iterable[str]) -> list[tuple[str, str, int]]:
    """The last errors of the deliveries in some states: (channel, error, how many), most first."""
    columns, many = (deliveries.c.channel, deliveries.c.error), func.count()
    chosen = deliveries.c.state.in_(list(states)) & deliveries.c.error.is_not(None)
    rows = connection.execute(select(*columns, many).where(chosen).group_by(*columns).order_by(many.desc(), *columns))
    return [(row[0], row[1], row[2]) for row in rows]


def load_deliveries(connection: Connection, states: Iterable[str], limit: int = 100) -> list[Delivery]:
    """The newest deliveries in some states, newest first."""
    columns = [deliveries.c[name] for name in Delivery.__slots__]
    asked = select(*columns).where(deliveries.c.state.in_(list(states))).order_by(deliveries.c.created_at.desc(), deliveries.c.id)
    return [Delivery(*row) for row in connection.execute(asked.limit(limit))]


def revive(connection: Connection, ids: Iterable[str] | None, now: int) -> int:
    """Put dead deliveries (all, or those named) back in line as if never tried; returns how many. They keep their id."""
    dead = deliveries.c.state == "dead"
    chosen = dead if ids is None else dead & deliveries.c.id.in_(list(ids))
    values = {"state": "pending", "attempts": 0, "absences": 0, "release_at": now, "holds": None}
    return connection.execute(deliveries.update().where(chosen).values(**values)).rowcount


def drop(connection: Connection, delivery: str, reason: str) -> bool:
    """Take a waiting or dead delivery out of the line for ever, with the reason; False when it is sent or being sent."""
    waiting = deliveries.c.state.in_(("pending", "unsure", "dead"))
    chosen = deliveries.update().where(waiting & (deliveries.c.id == delivery))
    return connection.execute(chosen.values(state="dropped", error=reason, holds=None)).rowcount == 1


def _said_among(connection: Connection, drafts: Sequence[Draft]) -> Iterable[Said]:
    members = delivery_members.c
    cycles = sorted({member.cycle_id for draft in drafts for member in draft.members})
    for start in range(0, len(cycles), _CHUNK):
        named = members.cycle_id.in_(cycles[start : start + _CHUNK])
        asked = select(members.cycle_id, members.kind, members.sequence, members.destination).where(named)
        yield from ((row[0], row[1], row[2], row[3]) for row in connection.execute(asked))


def _free_id(connection: Connection, draft: Draft, taken: set[str]) -> str:
    """The draft's id, or the next one after it when a message of that name exists with other members."""
    group = draft.group_key
    for again in range(1, 1000):
        found = delivery_id(draft.destination, draft.kind, draft.sequence, group)
        exists = connection.execute(select(deliveries.c.id).where(deliveries.c.id == found)).first()
        if found not in taken and exists is None:
            return found
        group = f"{draft.group_key} (again {again})"
    raise ValueError(f"a thousand messages of kind {draft.kind} have the same group; name the cycles in its group_key")


def _row_of(queued: Queued) -> dict[str, Any]:
    draft = queued.draft
    return {
        "id": queued.id,
        "channel": draft.channel,
        "destination": draft.destination,
        "kind": draft.kind,
        "sequence": draft.sequence,
        "group_key": draft.group_key,
        "payload": json.dumps(dict(draft.payload), allow_nan=False),
        "state": "pending",
        "created_at": draft.created_at,
        "release_at": draft.release_at,
        "attempts": 0,
        "fence": 0,
        "absences": 0,
        "follows": draft.follows,
    }


def _member_rows(queued: Queued) -> list[dict[str, Any]]:
    return [
        {
            "delivery_id": queued.id,
            "cycle_id": member.cycle_id,
            "kind": member.kind,
            "sequence": member.sequence,
            "destination": queued.draft.destination,
        }
        for member in queued.members
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """One message about a cycle: of which kind, to whom, since when it waits or when it was sent (microseconds UTC), its state."""

    cycle_id: str
    kind: str
    destination: str
    at: int
    state: str
    sequence: int = 0


def told_of(connection: Connection, cycle_ids: Sequence[str]) -> list[Told]:
    """Every message that speaks of some cycles, in order."""
    member = delivery_members.c
    columns = (member.cycle_id, member.kind, member.destination, deliveries.c.state, member.sequence)
    instants = (deliveries.c.created_at, deliveries.c.sent_at, deliveries.c.reference)
    joined = delivery_members.join(deliveries, deliveries.c.id == member.delivery_id)
    rows = connection.execute(select(*columns, *instants).select_from(joined).where(member.cycle_id.in_(cycle_ids)))
    found = [Told(row[0], row[1], row[2], _told_at(*row[5:]), row[3], row[4]) for row in rows]
    return sorted(found, key=lambda each: (each.at, each.kind, each.destination))


def _told_at(created_at: int, sent_at: int | None, reference: str | None) -> int:
    """When it was there: Slack says when it had a post, which may be long before its answer came, or it was looked for."""
    if sent_at is None:
        return created_at
    stamp = str(json.loads(reference or "{}").get("ts", ""))
    posted = round(float(stamp) * SECOND) if stamp.replace(".", "", 1).isdecimal() else sent_at
    return posted if created_at <= posted < sent_at else sent_at  # of an edit it is when the first message was posted
