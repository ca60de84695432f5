"""What waits to be sent is read again before it goes: a message whose cycles were all answered meanwhile is not sent."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, exists, func, select, true

from slamon.core.telling import Standing, Withheld, still_news
from slamon.core.telling.rereading import LATER, PERISHABLE, REREAD, WAITED, is_news, why_gone
from slamon.core.working_time.instants import MINUTE
from slamon.store.database import reading, writing
from slamon.store.outbox.recent import standings_of
from slamon.store.outbox.sweeps import swept_after_all
from slamon.store.outbox.withheld import keep_withheld
from slamon.store.schema import deliveries, delivery_members, verdicts, withheld
from slamon.store.verdicts import last_check

TAKES_ITS_PLACE = MINUTE // 2
"""So long after the news of an answer may be told, the miss itself waits for it to be queued in its place."""
_KINDS = (*PERISHABLE, "catch-up", "digest")
_CHUNK = 400
_LONGEST_CHAIN = 100
ALSO = ": also"
"""How the kind of an edit ends that says again, of a further message about a lead, what another edit says in the same place."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message that was never sent, and what it speaks of: (cycle, kind, sequence, destination)."""

    id: str
    created_at: int
    members: tuple[tuple[str, str, int, str], ...]


@dataclass(frozen=True, slots=True)
class OldNews:
    """One cycle that a message presses people about though it holds no more: as what it is told, and how it stands now."""

    cycle_id: str
    kind: str
    standing: Standing
    lead: str


Amend = Callable[[dict[str, Any], Sequence[OldNews], int], dict[str, Any]]
"""Says in a payload what became of some cycles, by what was judged as of an instant."""


def drop_old_news(engine: Engine, now: int) -> int:
    """Drop what is due to be sent, never arrived and is no news any more, keeping why; returns how many.

    What was told is forgotten with it: should it come true again, it is told. An edit or a reply that waits to take its
    place (``overtake``) leaves it to that.
    """
    with reading(engine) as connection:
        if not _old_news(connection, now):
            return 0
    with writing(engine) as connection:
        return sum(_drop_or_wait(connection, each, now) for each in _old_news(connection, now))


def still_to_be_sent(connection: Connection, row: Row[Any], now: int) -> bool:
    """Whether a message that is about to be sent still is: it is overtaken, dropped or put off here where it is no news any more.

    Of one that may have arrived already nothing is decided: it is looked for first.
    """
    if row.state != "pending":
        return True
    if _overtake(connection, deliveries.c.id == row.id, now):
        return False
    old = _old_news(connection, now, deliveries.c.id == row.id)
    for each in old:
        _drop_or_wait(connection, each, now)
    return not old


def words_of_now(connection: Connection, row: Row[Any], now: int, amend: Amend | None = None) -> tuple[dict[str, Any], bool]:
    """The message as it is to be sent now, and whether that is other than it was queued.

    One that waited long has words that hold at any time, and ``amend`` says in one about several leads what became of
    some of them meanwhile. What may have arrived stays as it was.
    """
    payload = json.loads(row.payload)
    own = dict(payload)
    later = payload.pop(LATER, None)
    may_change = row.state == "pending" and (row.channel != "email" or not row.absences)
    waited = later is not None and may_change and now - row.created_at > WAITED
    settled = _settled_in(connection, row) if amend and may_change and not row.absences else []
    if amend and settled:
        last = last_check(connection)
        return amend(own, settled, last.as_of if last else now), True
    return payload | later if waited else payload, waited


def _settled_in(connection: Connection, row: Row[Any]) -> list[OldNews]:
    """Of which of its cycles a message to Slack, a list in its thread, or an edit of either would say what holds no more."""
    members = _told_in(connection, row.id) if row.channel == "slack" else ()
    whose = _whose(connection, [member[0] for member in members]) if len(members) > 1 else {}
    standings = standings_of(connection, sorted(whose))
    old = {cycle: kind for cycle, kind, _, _ in members if cycle in standings and not is_news(kind, standings[cycle])}
    return [OldNews(cycle, kind, standings[cycle], whose[cycle][0]) for cycle, kind in old.items()]


def _told_in(connection: Connection, delivery: str | None) -> Sequence[tuple[str, str, int, str]]:
    """What a message told people of, or the one did whose thread it is in, or which it edits."""
    for _ in range(_LONGEST_CHAIN):
        if delivery is None:
            break
        told = [each for each in _members(connection, [delivery]).get(delivery, ()) if each[1] in PERISHABLE]
        if told:
            return told
        delivery = connection.execute(select(deliveries.c.follows).where(deliveries.c.id == delivery)).scalar()
    return ()


def overtake(engine: Engine, now: int) -> int:
    """Drop what is due, never arrived and is already edited by a later message, which takes its place. Returns how many."""
    with reading(engine) as connection:
        if connection.execute(_followed(true(), now).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        return _overtake(connection, true(), now)


def _followed(which: ColumnElement[bool], now: int) -> Select[Any]:
    """Those of some messages that were never sent and are followed by another one, both due."""
    first, later = deliveries, deliveries.alias("later")
    both = and_(first.c.state == "pending", later.c.state == "pending", first.c.release_at <= now, later.c.release_at <= now)
    return select(first.c.id, later.c.id, later.c.payload, later.c.kind).join(later, later.c.follows == first.c.id).where(both, which)


def _overtake(connection: Connection, which: ColumnElement[bool], now: int) -> int:
    rows = connection.execute(_followed(which, now))
    pairs = [(row[0], row[1], row[3]) for row in rows if json.loads(row[2]).get("mode") == "update"]
    for dropped, by, kind in pairs:
        values = {"state": "dropped", "error": f"overtaken by {by} before it was sent", "holds": None, **swept_after_all(now)}
        connection.execute(deliveries.update().where(deliveries.c.id == dropped).values(**values))
        others = deliveries.update().where(deliveries.c.follows == dropped, deliveries.c.id != by)
        connection.execute(others.values(follows=by))  # what was to answer it answers what takes its place
        if kind.endswith(ALSO):
            here = {"state": "dropped", "error": "another message says it here, and what it edits never arrived", "holds": None}
            connection.execute(deliveries.update().where(deliveries.c.id == by).values(**here))
    return len(pairs)


def _drop_or_wait(connection: Connection, each: _Waiting, now: int) -> bool:
    """Drop a message, or let it wait for the news that is to take its place."""
    mine = deliveries.update().where(deliveries.c.id == each.id)
    news_at = _news_at(connection, [member[0] for member in each.members])
    if news_at is not None:
        connection.execute(mine.values(release_at=max(news_at, now) + TAKES_ITS_PLACE))
        return False
    connection.execute(mine.values(state="dropped", error="no news any more when its turn came", holds=None, **swept_after_all(now)))
    connection.execute(delivery_members.delete().where(delivery_members.c.delivery_id == each.id))
    keep_withheld(connection, _reasons(connection, each, now))
    return True


def _news_at(connection: Connection, cycles: Sequence[str]) -> int | None:
    """When what became of some cycles may be told at the latest; None when nothing of it waits."""
    kept = withheld.c
    waits = (kept.state == "waiting") & (kept.destination == "") & (kept.kind != "cleared") & kept.cycle_id.in_(list(cycles))
    found: int | None = connection.execute(select(func.max(kept.until)).where(waits)).scalar()
    return found


def _old_news(connection: Connection, now: int, which: ColumnElement[bool] | None = None) -> list[_Waiting]:
    waiting = _waiting(connection, now, true() if which is None else which)
    standings = standings_of(connection, sorted({member[0] for each in waiting for member in each.members}))
    return [each for each in waiting if not still_news((kind, standings.get(cycle)) for cycle, kind, _, _ in each.members)]


def _waiting(connection: Connection, now: int, which: ColumnElement[bool]) -> list[_Waiting]:
    """Posts that may be sent now, that nobody has, and that nothing follows yet."""
    sent, later = deliveries.c, deliveries.alias("later")
    pressing = sent.follows.is_(None) | (sent.kind == "reminder")  # which may stand in the thread of its miss
    never = (sent.state == "pending") & (sent.release_at <= now) & pressing & sent.kind.in_(_KINDS)
    followed = exists().where(later.c.follows == sent.id, ~later.c.kind.endswith(": list"))
    rows = connection.execute(select(sent.id, sent.created_at).where(never, ~followed, which).order_by(sent.id)).all()
    members = _members(connection, [row.id for row in rows])
    return [_Waiting(row.id, row.created_at, tuple(members.get(row.id, ()))) for row in rows if row.id in members]


def _members(connection: Connection, ids: Sequence[str]) -> dict[str, list[tuple[str, str, int, str]]]:
    member = delivery_members.c
    found: dict[str, list[tuple[str, str, int, str]]] = {}
    for start in range(0, len(ids), _CHUNK):
        asked = select(member.delivery_id, member.cycle_id, member.kind, member.sequence, member.destination)
        for row in connection.execute(asked.where(member.delivery_id.in_(ids[start : start + _CHUNK]))):
            found.setdefault(row[0], []).append((row[1], row[2], row[3], row[4]))
    return found


def _reasons(connection: Connection, each: _Waiting, now: int) -> list[Withheld]:
    cycles = [member[0] for member in each.members]
    whose = _whose(connection, cycles)
    standings = standings_of(connection, cycles)
    return [
        Withheld(*key, *whose.get(key[0], ("", "")), "suppressed", REREAD, why_gone(key[1], standings.get(key[0])), each.created_at, now)
        for key in each.members
    ]


def _whose(connection: Connection, cycles: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The lead and the promise of some cycles; none of those that are no more."""
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(cycles), _CHUNK):
        named = verdicts.c.cycle_id.in_(cycles[start : start + _CHUNK])
        asked = select(verdicts.c.cycle_id, verdicts.c.lead, verdicts.c.sla).where(named)
        found |= {row[0]: (row[1], row[2]) for row in connection.execute(asked)}
    return found
