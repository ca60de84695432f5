"""What each lead contributes to quotas and ratios, kept, so that a period is concluded without judging all leads again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from slamon.core.instants import NEVER
from slamon.store.judged_leads import chunks
from slamon.store.schema import period_shares


class Share(NamedTuple):
    """One entry or member of one lead; ``until`` NEVER for none. The order of the fields is that of the table."""

    lead: str
    sla: str
    version: str
    number: int
    at: int
    until: int | None
    worth: float
    group: str
    counts: bool
    open: bool
    why: str


Shares = dict[str, list[Share]]
"""By lead."""

_COLUMNS = tuple(period_shares.c[name] for name in Share._fields)
_DTYPES: dict[str, type] = {
    "at": np.int64,
    "until": np.int64,
    "worth": np.float64,
    "group": object,
    "counts": bool,
    "open": bool,
    "why": object,
}


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
    rows = [share._asdict() for lead in differs for share in after.get(lead, ())]
    if rows:
        connection.execute(period_shares.insert(), rows)
    changed = (set(before.get(lead, ())) ^ set(after.get(lead, ())) for lead in differs)
    return {share.sla for shares in changed for share in shares}


def load_columns(connection: Connection, sla: str) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """All that one quota or ratio is concluded from, by version: a column for each of at, until, worth, group, counts, open, why."""
    columns = [period_shares.c[name] for name in _DTYPES]
    rows = connection.execute(select(period_shares.c.version, *columns).where(period_shares.c.sla == sla)).all()
    by_version: dict[str, list[Sequence[Any]]] = {}
    for version, *values in rows:
        by_version.setdefault(version, []).append(values)
    return {version: columns_from(values) for version, values in by_version.items()}


def columns_from(rows: Sequence[Sequence[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Rows in the order of the columns of :func:`load_columns` as columns."""
    values: Mapping[str, Sequence[Any]] = dict(zip(_DTYPES, zip(*rows, strict=True) if rows else [()] * len(_DTYPES), strict=True))
    found: dict[str, npt.NDArray[Any]] = {}
    for name, dtype in _DTYPES.items():
        plain = [NEVER if value is None else value for value in values[name]] if name == "until" else values[name]
        found[name] = np.empty(len(plain), dtype)
        found[name][:] = plain
    return found
