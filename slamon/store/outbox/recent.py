"""What was said lately, and how cycles stand now: what the rules of telling look back on."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from slamon.core.telling import Post, Standing
from slamon.core.working_time.instants import DAY, HOUR, NEVER
from slamon.store.schema import deliveries, delivery_members, transitions, verdicts

LOOKED_BACK = DAY + 4 * HOUR
"""A local day has 25 hours at most, and a zone may lie some hours off."""
TRIED_AGAIN_AFTER = 7 * DAY
NOBODY = ("user_not_found", "user_disabled")
_CHUNK = 400


def posts_since(connection: Connection, as_of: int) -> dict[str, tuple[Post, ...]]:
    """The messages of the last day by destination, oldest first; no edits, replies or reports, and none that was dropped."""
    sent = deliveries.c
    asked = select(sent.destination, sent.kind, sent.created_at).where(
        sent.created_at > as_of - LOOKED_BACK, sent.follows.is_(None), sent.state != "dropped", sent.kind != "report"
    )
    found: dict[str, list[Post]] = {}
    for destination, kind, at in connection.execute(asked.order_by(sent.created_at, sent.id)):
        found.setdefault(destination, []).append(Post(kind, at))
    return {destination: tuple(posts) for destination, posts in found.items()}


def mentions_since(connection: Connection, as_of: int, people: Collection[str]) -> dict[str, list[int]]:
    """When some Slack members were notified by name in posts of the last day, by their ids."""
    found: dict[str, list[int]] = {person: [] for person in people}
    sent = deliveries.c
    lately = (sent.created_at > as_of - LOOKED_BACK) & sent.follows.is_(None) & (sent.channel == "slack") & (sent.state != "dropped")
    for person in people:
        named = sent.payload.contains(f'"user_id": "{person}"', autoescape=True)
        found[person] = list(connection.execute(select(sent.created_at).where(lately, named)).scalars())
    return found


def last_told(connection: Connection, cycle_ids: Collection[str]) -> dict[str, int]:
    """When each of some cycles was spoken of last."""
    joined = delivery_members.join(deliveries, deliveries.c.id == delivery_members.c.delivery_id)
    asked = select(delivery_members.c.cycle_id, func.max(deliveries.c.created_at)).select_from(joined)
    listed, found = sorted(cycle_ids), dict[str, int]()
    for start in range(0, len(listed), _CHUNK):
        named = delivery_members.c.cycle_id.in_(listed[start : start + _CHUNK])
        found |= {row[0]: row[1] for row in connection.execute(asked.where(named).group_by(delivery_members.c.cycle_id))}
    return found


def burning_since(connection: Connection, since: int) -> dict[tuple[str, str], tuple[str, int]]:
    """The news since an instant that a budget burns fast: its name and when it was queued, by promise and destination."""
    members = delivery_members
    joined = members.join(deliveries, deliveries.c.id == members.c.delivery_id)
    asked = select(members.c.cycle_id, members.c.destination, deliveries.c.created_at).select_from(joined)
    rows = connection.execute(asked.where(deliveries.c.created_at >= since, members.c.cycle_id.endswith("/fast burn")))
    return {(row[0].split("/")[0], row[1]): (row[0], row[2]) for row in rows}


def changes_of(connection: Connection, cycle_ids: Sequence[str], since: int) -> dict[str, tuple[int, ...]]:
    """When the verdicts of some cycles changed since an instant; that one was first seen is no change."""
    kept = transitions.c
    found: dict[str, list[int]] = {}
    for start in range(0, len(cycle_ids), _CHUNK):
        named = kept.cycle_id.in_(cycle_ids[start : start + _CHUNK])
        asked = select(kept.cycle_id, kept.known_at).where(named, kept.known_at > since, kept.from_state.is_not(None))
        for cycle, at in connection.execute(asked.order_by(kept.known_at)):
            found.setdefault(cycle, []).append(at)
    return {cycle: tuple(instants) for cycle, instants in found.items()}


def standings_of(connection: Connection, cycle_ids: Sequence[str]) -> dict[str, Standing]:
    """How some cycles stand by the last check; none of those that are no more."""
    kept = verdicts.c
    found: dict[str, Standing] = {}
    for start in range(0, len(cycle_ids), _CHUNK):
        asked = select(kept.cycle_id, kept.state, kept.answered_at).where(kept.cycle_id.in_(cycle_ids[start : start + _CHUNK]))
        found |= {row[0]: Standing(row[1], NEVER if row[2] is None else row[2]) for row in connection.execute(asked)}
    return found


def not_in_slack(connection: Connection) -> frozenset[str]:
    """Addresses that Slack did not know within the last week of sending, in small letters: after that they are tried again."""
    sent = deliveries.c
    newest: int | None = connection.execute(select(func.max(sent.sent_at)).where(sent.channel == "slack")).scalar()
    if newest is None:
        return frozenset()
    lately = (sent.sent_at > newest - TRIED_AGAIN_AFTER) & (sent.channel == "slack") & sent.destination.contains("@")
    rows = connection.execute(select(sent.destination, sent.reference).where(lately).order_by(sent.sent_at))
    known = {destination.casefold(): json.loads(reference or "{}") for destination, reference in rows}
    return frozenset(address for address, reference in known.items() if reference.get("reason") in NOBODY and "instead_of" in reference)
