"""What each lead contributes to quotas and ratios, kept lead by lead: a check writes the difference here and in ``period_columns``."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from slamon.store.bulk import insert_rows
from slamon.store.schema import period_shares
from slamon.store.verdicts.judged_leads import chunks
from slamon.store.verdicts.period_columns import Share, note_shares

Shares = dict[str, list[Share]]
"""By lead."""

_COLUMNS = tuple(period_shares.c[name] for name in Share._fields)


def load_shares(connection: Connection, leads: Iterable[str]) -> Shares:
    """What some leads contribute, in the order of the key."""
    found: Shares = {}
    for group in chunks(sorted(set(leads))):
        asked = select(*_COLUMNS).where(period_shares.c.lead.in_(group))
        for row in connection.execute(asked.order_by(*period_shares.primary_key.columns)):
            found.setdefault(row.lead, []).append(Share(*row))
    return found


def replace_shares(connection: Connection, before: Shares, after: Shares) -> set[str]:
    """Write what differs; the SLAs that it concerns."""
    differs = [lead for lead in {**before, **after} if before.get(lead) != after.get(lead)]
    gone = [lead for lead in differs if lead in before]
    for group in chunks(gone):
        connection.execute(period_shares.delete().where(period_shares.c.lead.in_(group)))
    insert_rows(connection, period_shares, Share._fields, (share for lead in differs for share in after.get(lead, ())))
    was, now = ({share for lead in differs for share in shares.get(lead, ())} for shares in (before, after))
    note_shares(connection, was - now, now - was)
    return {share.sla for share in was ^ now}
