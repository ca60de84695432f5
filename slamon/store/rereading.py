"""What waits to be sent is read again before it goes: a message whose cycles were all answered meanwhile is not sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, and_, exists, func, select

from slamon.core.instants import MINUTE
from slamon.core.telling import Withheld, still_news
from slamon.core.telling.rereading import PERISHABLE, REREAD, why_gone
from slamon.store.database import reading, writing
from slamon.store.recent import standings_of
from slamon.store.schema import deliveries, delivery_members, verdicts, withheld
from slamon.store.sweeps import swept_after_all
from slamon.store.withheld import keep_withheld

TAKES_ITS_PLACE = MINUTE // 2
"""So long after the news of an answer may be told, the miss itself waits for it to be queued in its place."""
_KINDS = (*PERISHABLE, "catch-up", "digest")
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message that was never sent, and what it speaks of: (cycle, kind, sequence, destination)."""

    id: str
    created_at: int
    members: tuple[tuple[str, str, int, str], ...]


def overtake(engine: Engine, now: int) -> int:
    """Drop what is due, never arrived and is already edited by a later message, which takes its place. Returns how many."""
    first, later = deliveries, deliveries.alias("later")
    both = and_(first.c.state == "pending", later.c.state == "pending", first.c.release_at <= now, later.c.release_at <= now)
    asked = select(first.c.id, later.c.id, later.c.payload).join(later, later.c.follows == first.c.id).where(both)
    with reading(engine) as connection:
        if connection.execute(asked.limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        pairs = [(row[0], row[1]) for row in connection.execute(asked) if json.loads(row[2]).get("mode") == "update"]
        for dropped, by in pairs:
            values = {"state": "dropped", "error": f"overtaken by {by} before it was sent", "holds": None, **swept_after_all(now)}
            connection.execute(deliveries.update().where(deliveries.c.id == dropped).values(**values))
            others = deliveries.update().where(deliveries.c.follows == dropped, deliveries.c.id != by)
            connection.execute(others.values(follows=by))  # what was to answer it answers what takes its place
    return len(pairs)


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


def _old_news(connection: Connection, now: int) -> list[_Waiting]:
    waiting = _waiting(connection, now)
    standings = standings_of(connection, sorted({member[0] for each in waiting for member in each.members}))
    return [each for each in waiting if not still_news((kind, standings.get(cycle)) for cycle, kind, _, _ in each.members)]


def _waiting(connection: Connection, now: int) -> list[_Waiting]:
    """Posts that may be sent now, that nobody has, and that nothing follows yet."""
    sent, later = deliveries.c, deliveries.alias("later")
    never = (sent.state == "pending") & (sent.release_at <= now) & sent.follows.is_(None) & sent.kind.in_(_KINDS)
    followed = exists().where(later.c.follows == sent.id, ~later.c.kind.endswith(": list"))
    rows = connection.execute(select(sent.id, sent.created_at).where(never, ~followed).order_by(sent.id)).all()
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
    asked = select(verdicts.c.cycle_id, verdicts.c.lead, verdicts.c.sla).where(verdicts.c.cycle_id.in_(cycles))
    whose = {row[0]: (row[1], row[2]) for row in connection.execute(asked)}
    standings = standings_of(connection, cycles)
    return [
        Withheld(*key, *whose.get(key[0], ("", "")), "suppressed", REREAD, why_gone(key[1], standings.get(key[0])), each.created_at, now)
        for key in each.members
    ]
