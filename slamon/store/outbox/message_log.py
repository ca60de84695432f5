"""What was said to whom and what came of it, for the reports that measure it."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select

from slamon.core.alerts import is_person
from slamon.core.definitions.alert_terms import REMINDERS
from slamon.core.scorecards.heard import LOOKED_BACK, MessageLog
from slamon.core.working_time.instants import DAY, NEVER
from slamon.store.schema import deliveries, delivery_members, verdicts, withheld

ALERTS = ("warning", "breach", "escalation", "reminder", "digest", "catch-up")
TOLD = ("warning", "breach", "escalation", "reminder")
LONGEST_RECALL = 30 * DAY


def load_message_log(connection: Connection, since: int, until: int) -> MessageLog:
    """What was said in a period, and in the weeks before its end that show whether notices are ignored."""
    back = min(since, until - LOOKED_BACK - DAY)
    return MessageLog(
        posts=tuple(_posts(connection, since, until)),
        notices=tuple(_notices(connection, back, until)),
        unsaid=_unsaid(connection, since, until),
        recalled=frozenset(_recalled(connection, since, until)),
    )


def _posts(connection: Connection, since: int, until: int) -> Iterator[tuple[str, int]]:
    sent = deliveries.c
    named = or_(sent.kind.in_(ALERTS), sent.kind == "silence")
    asked = select(sent.destination, sent.sent_at).where(sent.sent_at >= since, sent.sent_at < until, named, sent.state == "sent")
    return ((row[0], row[1]) for row in connection.execute(asked.order_by(sent.sent_at, sent.id)) if is_person(row[0]))


def _notices(connection: Connection, since: int, until: int) -> Iterator[tuple[str, int, int]]:
    member, sent = delivery_members.c, deliveries.c
    joined = delivery_members.join(deliveries, sent.id == member.delivery_id).join(verdicts, verdicts.c.cycle_id == member.cycle_id)
    asked = select(verdicts.c.sla, sent.sent_at, verdicts.c.answered_at).select_from(joined)
    rows = connection.execute(asked.where(sent.sent_at >= since, sent.sent_at < until, sent.state == "sent", member.kind.in_(TOLD)))
    return ((row[0], row[1], NEVER if row[2] is None else row[2]) for row in rows)


def _unsaid(connection: Connection, since: int, until: int) -> dict[str, int]:
    """By rule: those that were settled first or silenced, when that was decided in the period."""
    kept = withheld.c
    decided = (kept.state == "suppressed") & (kept.until >= since) & (kept.until < until)
    silenced = (kept.rule == "silence") & (kept.since >= since) & (kept.since < until)
    rows = connection.execute(select(kept.rule, func.count()).where(or_(decided, silenced)).group_by(kept.rule))
    return {row[0]: row[1] for row in rows}


def _recalled(connection: Connection, since: int, until: int) -> Iterator[str]:
    """Cycles whose last recall was in the period."""
    member, at = delivery_members.c, deliveries.c.created_at
    joined = delivery_members.join(deliveries, deliveries.c.id == member.delivery_id)
    told = (member.kind == "reminder") & (at >= since - LONGEST_RECALL) & (at < until)
    asked = select(member.cycle_id).select_from(joined).where(told).group_by(member.cycle_id)
    often = func.count(member.sequence.distinct()) >= REMINDERS
    return iter(connection.execute(asked.having(often, func.max(at) >= since)).scalars())
