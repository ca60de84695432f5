"""The outbox as people handle it: find a message, try it again, drop it; each with a line in the audit table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, select

from slamon.store.outbox import drop, revive
from slamon.store.schema import audit, deliveries, delivery_members


@dataclass(frozen=True, slots=True)
class Letter:
    """One row of the outbox with all that happened to it, without its text; instants are microseconds UTC."""

    id: str
    channel: str
    destination: str
    kind: str
    state: str
    created_at: int
    release_at: int
    attempts: int
    absences: int
    sent_at: int | None
    error: str | None
    holds: str | None
    follows: str | None
    lease_owner: str | None
    lease_until: int | None
    sweep_at: int | None
    reference: str | None
    cycles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who did it, why, and when (microseconds UTC)."""

    by: str
    reason: str
    at: int


_COLUMNS = [deliveries.c[name] for name in Letter.__slots__ if name != "cycles"]


def letters(connection: Connection, states: Sequence[str], destination: str | None, limit: int | None = 100) -> list[Letter]:
    """The newest messages in some states, of one destination or of all; without the cycles that they speak of."""
    asked = select(*_COLUMNS).where(deliveries.c.state.in_(list(states))).order_by(deliveries.c.created_at.desc(), deliveries.c.id)
    return _read(connection, (asked if destination is None else asked.where(deliveries.c.destination == destination)).limit(limit))


def called(connection: Connection, beginning: str) -> list[Letter]:
    """Messages whose ids begin so: at most two, each with the cycles that it speaks of."""
    asked = select(*_COLUMNS).where(deliveries.c.id.startswith(beginning, autoescape=True)).order_by(deliveries.c.id).limit(2)
    return [_with_cycles(connection, each) for each in _read(connection, asked)] if beginning else []


def held(connection: Connection) -> list[str]:
    """Ids of the messages that hold a channel back, because it refused everything when one of them was sent last."""
    closed = deliveries.c.holds == "channel", deliveries.c.state.in_(("pending", "unsure"))
    return list(connection.execute(select(deliveries.c.id).where(*closed)).scalars())


def retried(connection: Connection, delivery: str, ruling: Ruling) -> bool:
    """Put one back in line, as if never tried when it was given up; False when it neither waits nor was given up."""
    waiting = deliveries.c.state.in_(("pending", "unsure"))
    values = {"release_at": ruling.at, "holds": None}
    done = (
        revive(connection, [delivery], ruling.at)
        or connection.execute(deliveries.update().where(deliveries.c.id == delivery, waiting).values(**values)).rowcount
    )
    if done:
        _noted(connection, "retry a message", delivery, ruling)
    return bool(done)


def dropped(connection: Connection, delivery: str, ruling: Ruling) -> bool:
    """Take one out of the line for ever; False when it is sent or being sent."""
    done = drop(connection, delivery, f"dropped by {ruling.by}: {ruling.reason}")
    if done:
        _noted(connection, "drop a message", delivery, ruling)
    return done


def _noted(connection: Connection, action: str, subject: str, ruling: Ruling) -> None:
    values = {"at": ruling.at, "by": ruling.by, "action": action, "subject": subject, "reason": ruling.reason}
    connection.execute(audit.insert().values(**values))


def _read(connection: Connection, asked: Select[Any]) -> list[Letter]:
    found = [Letter(*row) for row in connection.execute(asked)]
    return [replace(each, reference=_in_words(each.reference)) for each in found]


def _in_words(reference: str | None) -> str | None:
    return " ".join(f"{name}={value}" for name, value in json.loads(reference).items()) if reference else None


def _with_cycles(connection: Connection, letter: Letter) -> Letter:
    members = delivery_members.c
    spoken = connection.execute(select(members.cycle_id).where(members.delivery_id == letter.id).distinct()).scalars()
    return replace(letter, cycles=tuple(sorted(spoken)))
