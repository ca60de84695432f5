"""Who is sending what: leases on deliveries, taken before the network is called and settled after, each guarded by a fence.

A delivery goes pending -> dispatching (committed before the call) -> sent | pending again | unsure | dead. A process that
dies or sleeps while it sends leaves its lease behind: once that has run out the sending counts as unsure, and whoever
wakes up late is refused by the fence, which every claim raises.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, Row, Select, and_, bindparam, exists, or_, select

from slamon.core.working_time.instants import SECOND
from slamon.store.database import reading, writing
from slamon.store.outbox import marks_of
from slamon.store.outbox.rereading import Amend, still_to_be_sent, words_of_now
from slamon.store.outbox.restored import Restored, counted, last_restored
from slamon.store.outbox.sending_order import its_turn, rank
from slamon.store.outbox.sweeps import FIRST_SWEEP
from slamon.store.schema import deliveries
from slamon.store.tallies import tally

LEASE = 120 * SECOND
ONE_AT_A_TIME = 15 * SECOND
"""So long after a claim, which is longer than most calls take, no other process sends to the same destination."""
_LONGEST_CHAIN = 100
_NOW, _FRESH = bindparam("now", type_=BigInteger), bindparam("fresh", type_=BigInteger)
"""In statements that are made once: the present, and until when the lease of a claim that was begun just now goes on at least."""


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """One destination of one channel; what goes there goes one after the other."""

    channel: str
    destination: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process alone may send until ``lease_until``; instants are microseconds UTC.

    ``unsure``: an earlier sending may have arrived, so it is to be looked for first. ``previous`` is the reference of
    the message that it edits or answers; without one its ``payload["mode"]`` is ``post``.
    """

    id: str
    lane: Lane
    kind: str
    payload: dict[str, Any]
    created_at: int
    attempts: int
    """How many sendings were begun, this one included."""
    absences: int
    """How often it was looked for and not found, over all sendings."""
    unsure: bool
    fence: int
    lease_until: int
    previous: dict[str, Any] | None
    marks: tuple[str, ...] = ()
    """What it says, as `slamon.store.outbox.marks_of` has it."""
    number: int = 0
    """The how manyeth claim of this database it is."""
    wary_since: int | None = None
    """The database was restored: what it knows ends at that instant, so it may have been sent although it says not."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived: when, and what edits or finds it later."""

    at: int
    reference: dict[str, Any]
    found: bool = False
    """Its answer was lost, and it was found where it had arrived."""
    preview: bool = False
    """It was written as a file, since its channel is not configured: nobody was sent it."""


@dataclass(frozen=True, slots=True)
class Again:
    """Nobody has it: to be sent again, not before an instant; ``holds`` (destination, channel) makes others wait too."""

    not_before: int
    reason: str
    holds: str | None = None
    absences: int | None = None
    """The new count of absences; None keeps it."""
    payload: dict[str, Any] | None = None
    """The message to send instead, where it has to say something more."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody can tell whether it arrived: to be looked for, not before an instant."""

    look_at: int
    reason: str
    absences: int = 0
    holds: str | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up, with the reason; people see it in ``slamon outbox``."""

    reason: str


Outcome = Sent | Again | Unsure | Dead


def ending(outcome: Outcome) -> str:
    """An outcome in one word, as sendings are counted and told: sent, preview, again, unsure or dead."""
    return "preview" if isinstance(outcome, Sent) and outcome.preview else type(outcome).__name__.lower()


def expire(engine: Engine, now: int) -> int:
    """Leases that ran out while sending: nobody can tell whether those messages arrived. Returns how many."""
    gone = and_(deliveries.c.state == "dispatching", deliveries.c.lease_until < now)
    with reading(engine) as connection:
        if connection.execute(select(deliveries.c.id).where(gone).limit(1)).first() is None:
            return 0  # nearly always: no other writer is kept waiting for that
    with writing(engine) as connection:
        values = {"state": "unsure", "release_at": now, "error": "the process that was sending it ended or hung"}
        return connection.execute(deliveries.update().where(gone).values(**values)).rowcount


def due_lanes(engine: Engine, now: int, *, lease: int = LEASE) -> list[Lane]:
    """Destinations that something can be sent to now, in the order in which it was queued."""
    with reading(engine) as connection:
        return list(dict.fromkeys(Lane(*row) for row in connection.execute(_lanes(), _instants(now, lease))))


def is_due(engine: Engine, now: int, *, lease: int = LEASE) -> bool:
    """Whether something can be sent now, or a lease has run out."""
    gone = select(deliveries.c.id).where(deliveries.c.state == "dispatching", deliveries.c.lease_until < now)
    with reading(engine) as connection:
        free = connection.execute(_lanes().order_by(None).limit(1), _instants(now, lease)).first()
        return free is not None or connection.execute(gone.limit(1)).first() is not None


def claim(
    engine: Engine, now: int, owner: str, limit: int, *, lane: Lane | None = None, lease: int = LEASE, amend: Amend | None = None
) -> list[Claimed]:
    """Take up to ``limit`` deliveries that are due, oldest first; committed when it returns, so before any call.

    What a message edits, answers or comes after (an earlier one of the same group or about the same cycle, to the same
    destination) is settled before it can be claimed, and of a miss somebody was told before anybody is pressed about it.
    Each is read again first: what is no news any more is dropped instead, and ``amend`` says what became of some of its
    leads in a message about several. A lane that another process sends to is left to it.
    """
    place = {"to_channel": lane.channel, "to_destination": lane.destination} if lane else {}
    asked, values = _next(in_lane=lane is not None).limit(limit), _instants(now, lease) | place
    with writing(engine) as connection:
        rows = [row for row in connection.execute(asked, values).all() if still_to_be_sent(connection, row, now)]
        if not rows:
            return []
        first, restored = counted(connection, len(rows)) - len(rows) + 1, last_restored(connection)
        told = [words_of_now(connection, row, now, amend) for row in rows]
        return [
            _take(connection, row, words, (owner, now, lease, first + place), restored)
            for place, (row, words) in enumerate(zip(rows, told, strict=True))
        ]


def settle(engine: Engine, claimed: Claimed, outcome: Outcome) -> bool:
    """Write down what came of a sending; False, and nothing is written, when the lease was taken over meanwhile."""
    mine = and_(deliveries.c.id == claimed.id, deliveries.c.fence == claimed.fence, deliveries.c.state == "dispatching")
    values = {"lease_owner": None, "lease_until": None, "holds": None} | _values_of(claimed, outcome)
    with writing(engine) as connection:
        kept = connection.execute(deliveries.update().where(mine).values(**values)).rowcount == 1
        if kept:
            tally(connection, "sends", claimed.lane.channel, ending(outcome))
            if isinstance(outcome, Sent) and outcome.found:
                tally(connection, "reconciled", claimed.lane.channel, "found")
        return kept


def _values_of(claimed: Claimed, outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Sent(at=at, reference=reference, found=found):
            # Only what was begun twice, or whose answer was lost, can have a twin.
            doubtful = claimed.lane.channel == "slack" and (found or claimed.attempts > 1)
            sweep_at = at + FIRST_SWEEP if doubtful else None
            return {"state": "sent", "sent_at": at, "reference": json.dumps(reference), "error": None, "sweep_at": sweep_at}
        case Again(not_before, reason, holds, absences, payload):
            changed: dict[str, Any] = {} if payload is None else {"payload": json.dumps(payload, allow_nan=False)}
            changed |= {} if absences is None else {"absences": absences}
            return {"state": "pending", "release_at": not_before, "error": reason, "holds": holds} | changed
        case Unsure(look_at, reason, absences, holds):
            return {"state": "unsure", "release_at": look_at, "error": reason, "absences": absences, "holds": holds}
        case Dead(reason):
            return {"state": "dead", "error": reason}


def _instants(now: int, lease: int) -> dict[str, Any]:
    return {"now": now, "fresh": max(now + lease - ONE_AT_A_TIME + 1, now)}


@cache
def _lanes() -> Select[Any]:
    return select(deliveries.c.channel, deliveries.c.destination).where(_claimable(), ~_being_sent_to()).order_by(deliveries.c.created_at)


@cache
def _next(*, in_lane: bool) -> Select[Any]:
    asked = select(deliveries).where(_claimable()).order_by(deliveries.c.created_at, rank(deliveries), deliveries.c.id)
    here = (deliveries.c.channel == bindparam("to_channel"), deliveries.c.destination == bindparam("to_destination"))
    return asked.where(~_being_sent_to(), *here) if in_lane else asked


def _claimable() -> ColumnElement[bool]:
    return and_(
        deliveries.c.state.in_(("pending", "unsure")),
        deliveries.c.release_at <= _NOW,
        ~_held(),
        *its_turn(),
    )


def _being_sent_to() -> ColumnElement[bool]:
    """Another claim of the same destination was begun just now; an older one hangs, and delays nobody any longer."""
    other = deliveries.alias("other")
    just_now = and_(other.c.state == "dispatching", other.c.lease_until >= _FRESH)
    return exists().where(just_now, other.c.channel == deliveries.c.channel, other.c.destination == deliveries.c.destination)


def _held() -> ColumnElement[bool]:
    """A refusal (rate limit, closed account) makes everything to that destination or channel wait."""
    held = deliveries.alias("held")
    where = or_(held.c.holds == "channel", held.c.destination == deliveries.c.destination)
    waiting = and_(held.c.state.in_(("pending", "unsure")), held.c.release_at > _NOW, held.c.holds.is_not(None))
    return exists().where(waiting, held.c.channel == deliveries.c.channel, where)


def _take(
    connection: Connection, row: Row[Any], words: tuple[dict[str, Any], bool], by: tuple[str, int, int, int], restored: Restored | None
) -> Claimed:
    """``words`` and whether they are new; ``by``: who takes it, when, for how long, and the how manyeth claim it is."""
    (payload, changed), (owner, now, lease, number) = words, by
    unsure, until = row.state == "unsure", now + lease
    attempts, fence = row.attempts + (not unsure), row.fence + 1
    values = {"state": "dispatching", "lease_owner": owner, "lease_until": until, "fence": fence, "attempts": attempts}
    values |= {"payload": json.dumps(payload, allow_nan=False)} if changed else {}
    connection.execute(deliveries.update().where(deliveries.c.id == row.id).values(**values))
    mode, previous = _place(connection, payload.get("mode", "post"), row.follows)
    return Claimed(
        id=row.id,
        lane=Lane(row.channel, row.destination),
        kind=row.kind,
        payload=payload | {"mode": mode},
        created_at=row.created_at,
        attempts=attempts,
        absences=row.absences,
        unsure=unsure,
        fence=fence,
        lease_until=until,
        previous=previous,
        marks=marks_of(connection, row.id),
        number=number,
        wary_since=restored.since if restored and now < restored.until else None,
    )


def _place(connection: Connection, mode: str, follows: str | None) -> tuple[str, dict[str, Any] | None]:
    """Where a message belongs: the mode and the reference it edits or answers.

    An edit of something that never went out takes its place; an answer to it goes where it would have answered.
    """
    for _ in range(_LONGEST_CHAIN):
        followed = connection.execute(select(deliveries).where(deliveries.c.id == follows)).first() if follows else None
        if followed is None or mode == "post":
            return "post", None
        if followed.state == "sent":
            return mode, json.loads(followed.reference)
        if mode == "update":
            mode = json.loads(followed.payload).get("mode", "post")
        follows = followed.follows
    return "post", None
