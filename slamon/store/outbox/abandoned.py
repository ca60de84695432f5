"""Leases of processes that certainly ended: what they were sending is looked for without waiting for the lease's end."""

from collections.abc import Callable

from sqlalchemy import Engine, case, select

from slamon.core.working_time.instants import SECOND
from slamon.store.database import reading, writing
from slamon.store.outbox.claims import LEASE, expire
from slamon.store.schema import deliveries

SETTLES = 40 * SECOND
"""After its claim a request may still be on its way for so long: a call's timeout and half a minute."""
AT_LEAST = 30 * SECOND


def end_leases(engine: Engine, now: int, is_gone: Callable[[str], bool], lease: int = LEASE) -> int:
    """Make unsure what nobody is sending any more: leases of processes that are gone, and those that ran out. Returns how many."""
    return abandon(engine, now, is_gone, lease) + expire(engine, now)


def abandon(engine: Engine, now: int, is_gone: Callable[[str], bool], lease: int = LEASE) -> int:
    """Make unsure what processes that are gone (by their names in leases) were sending to Slack; returns how many.

    Mail cannot be looked for, and waits for its lease.
    """
    held = (deliveries.c.state == "dispatching") & (deliveries.c.channel == "slack") & (deliveries.c.lease_until >= now)
    with reading(engine) as connection:
        owners = connection.execute(select(deliveries.c.lease_owner).where(held).distinct()).scalars().all()
    gone = [owner for owner in owners if owner and is_gone(owner)]
    if not gone:
        return 0
    settled = deliveries.c.lease_until - lease + SETTLES
    look_at = case((settled > now + AT_LEAST, settled), else_=now + AT_LEAST)
    nobody = {"lease_owner": None, "lease_until": None}
    values = {"state": "unsure", "release_at": look_at, "error": "the process that was sending it ended"} | nobody
    with writing(engine) as connection:
        return connection.execute(deliveries.update().where(held, deliveries.c.lease_owner.in_(gone)).values(**values)).rowcount
