"""Leads and SLAs whose judging failed: what with, since when, and when they are tried again."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select

from slamon.core.working_time.instants import DAY, MINUTE
from slamon.store.schema import set_aside

FIRST_WAIT, LONGEST_WAIT = 15 * MINUTE, DAY


@dataclass(frozen=True, slots=True)
class SetAside:
    """``lead`` is empty for all leads of the SLA, ``sla`` for all SLAs of the lead; instants are microseconds UTC."""

    lead: str
    sla: str
    reason: str
    since: int
    tries: int
    again_at: int


def load_set_aside(connection: Connection) -> list[SetAside]:
    """All that is set aside, the oldest first."""
    columns = [set_aside.c[name] for name in SetAside.__slots__]
    return [SetAside(*row) for row in connection.execute(select(*columns).order_by(set_aside.c.since, set_aside.c.lead, set_aside.c.sla))]


def next_try(connection: Connection) -> int | None:
    """When something that was set aside is tried again."""
    found = connection.execute(select(func.min(set_aside.c.again_at))).scalar()
    return None if found is None else int(found)


def replace_set_aside(connection: Connection, tried: Iterable[SetAside], failed: Iterable[tuple[str, str, str]], now: int) -> None:
    """Of what was ``tried``, only what failed (lead, SLA, reason) again is set aside further, for longer each time."""
    before = {(each.lead, each.sla): each for each in tried}
    for lead, sla in before:
        connection.execute(set_aside.delete().where(set_aside.c.lead == lead, set_aside.c.sla == sla))
    for lead, sla, reason in failed:
        known = before.get((lead, sla))
        tries = known.tries + 1 if known else 1
        wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
        row = SetAside(lead, sla, reason, known.since if known else now, tries, now + wait)
        connection.execute(set_aside.delete().where(set_aside.c.lead == lead, set_aside.c.sla == sla))
        connection.execute(set_aside.insert().values(**asdict(row)))
