"""Whose turn it is among what waits to be sent: nothing before what it follows, or what has to be said before it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_

from slamon.core.telling.order import PRESSING
from slamon.store.schema import deliveries, delivery_members

OPEN = ("pending", "dispatching", "unsure")
_ORDER = {"warning": 0, "breach": 1, "escalation": 2, "answered late": 3, "corrected": 4}


def its_turn() -> tuple[ColumnElement[bool], ...]:
    """The conditions under which nothing has to go before a delivery."""
    return ~_followed_is_open(), ~_earlier_of_group(), ~_earlier_of_cycle(), ~_breach_is_unsaid()


def _followed_is_open() -> ColumnElement[bool]:
    followed = deliveries.alias("followed")
    return exists().where(followed.c.id == deliveries.c.follows, followed.c.state.in_(OPEN))


def _earlier_of_group() -> ColumnElement[bool]:
    earlier = deliveries.alias("earlier_of_group")
    return exists().where(earlier.c.group_key == deliveries.c.group_key, _is_before(earlier))


def _earlier_of_cycle() -> ColumnElement[bool]:
    mine, theirs, earlier = delivery_members.alias("mine"), delivery_members.alias("theirs"), deliveries.alias("earlier")
    same = and_(mine.c.delivery_id == deliveries.c.id, theirs.c.cycle_id == mine.c.cycle_id, earlier.c.id == theirs.c.delivery_id)
    return exists().where(same, _is_before(earlier))


def _breach_is_unsaid() -> ColumnElement[bool]:
    """It presses somebody about a miss that is queued for others on the same channel, none of whom has it yet."""
    mine, theirs, breach = delivery_members.alias("pressed"), delivery_members.alias("missed"), deliveries.alias("breach")
    same = and_(mine.c.delivery_id == deliveries.c.id, theirs.c.cycle_id == mine.c.cycle_id, theirs.c.kind == "breach")
    told = and_(same, breach.c.id == theirs.c.delivery_id, breach.c.channel == deliveries.c.channel)
    earlier = and_(breach.c.created_at <= deliveries.c.created_at, breach.c.destination != deliveries.c.destination)
    unsaid, said = exists().where(told, earlier, breach.c.state.in_(OPEN)), exists().where(told, breach.c.state == "sent")
    return and_(deliveries.c.kind.in_(PRESSING), unsaid, ~said)


def _is_before(earlier: Any) -> ColumnElement[bool]:
    """Of two that go to one destination: queued at an earlier instant, or at the same one with the milder news.

    Ties are only broken between messages that follow nothing; for the others ``follows`` says the order, and so the
    two rules can never wait for each other.
    """
    free = and_(earlier.c.follows.is_(None), deliveries.c.follows.is_(None), earlier.c.created_at == deliveries.c.created_at)
    milder = or_(
        rank(earlier) < rank(deliveries),
        and_(rank(earlier) == rank(deliveries), earlier.c.sequence < deliveries.c.sequence),
    )
    place = and_(earlier.c.channel == deliveries.c.channel, earlier.c.destination == deliveries.c.destination)
    return and_(place, earlier.c.state.in_(OPEN), or_(earlier.c.created_at < deliveries.c.created_at, and_(free, milder)))


def rank(table: Any) -> ColumnElement[int]:
    """The order of what was queued at one instant: the milder first."""
    return case(_ORDER, value=table.c.kind, else_=len(_ORDER))
