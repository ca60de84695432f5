"""What quotas and ratios are concluded from, as columns: the same as ``period_shares`` says lead by lead, a month's worth in one value.

A million rows take seconds to read and the same columns a moment; what changes rewrites the months that it falls in.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, and_, select

from slamon.core.kinds.counting import Groups, united
from slamon.core.working_time.instants import DAY, NEVER
from slamon.store.schema import period_columns, period_shares

SPAN = 30 * DAY
_ROW = np.dtype([("at", "<i8"), ("until", "<i8"), ("worth", "<f8"), ("group", "<i4"), ("why", "<i4"), ("counts", "?"), ("open", "?")])
"""How a row is kept; ``group`` and ``why`` are places in the list of names beside it."""
_PLAIN: Mapping[str, type] = {"at": np.int64, "until": np.int64, "worth": np.float64, "counts": np.bool_, "open": np.bool_}


class Share(NamedTuple):
    """One entry or member of one lead; ``until`` None for none. The order of the fields is that of the table ``period_shares``."""

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


Place = tuple[str, str, int]
"""An SLA, its version, and a span of time by its number."""


def note_shares(connection: Connection, gone: Iterable[Share], come: Iterable[Share]) -> None:
    """Take some shares out of the columns and put others in, inside the caller's transaction."""
    difference: dict[Place, Counter[Share]] = {}
    for shares, sign in ((come, 1), (gone, -1)):
        for share in shares:
            known = share._replace(lead="", number=0)  # whose it is, nobody asks here
            difference.setdefault((share.sla, share.version, share.at // SPAN), Counter())[known] += sign
    for place, counts in difference.items():
        _note(connection, place, counts)


def load_columns(connection: Connection, sla: str) -> dict[str, dict[str, Any]]:
    """All that one quota or ratio is concluded from, by version.

    A column for each of at, until (int64, NEVER for none), worth (float64), counts, open (bool), group and why (:class:`Groups`).
    """
    columns = period_columns.c
    asked = select(columns.version, columns.names, columns.data).where(columns.sla == sla).order_by(columns.version, columns.span)
    found: dict[str, list[tuple[list[str], npt.NDArray[Any]]]] = {}
    for version, names, data in connection.execute(asked):
        found.setdefault(version, []).append((json.loads(names), np.frombuffer(data, _ROW)))
    return {version: columns_from(parts) for version, parts in found.items()}


def columns_from(parts: Iterable[tuple[list[str], npt.NDArray[Any]]]) -> dict[str, Any]:
    """Texts and the rows that refer to them by their place, some of each, as the columns of :func:`load_columns`."""
    parts = list(parts)
    rows = np.concatenate([np.zeros(0, _ROW), *(part for _, part in parts)])
    texts = {name: united([_groups(names, part[name]) for names, part in parts]) for name in ("group", "why")}
    return {name: np.ascontiguousarray(rows[name], dtype) for name, dtype in _PLAIN.items()} | texts


def _groups(names: list[str], places: npt.NDArray[np.int32]) -> Groups:
    """The names that are used, and no other: groups and reasons share one list."""
    used = np.unique(places)
    return Groups(np.searchsorted(used, places).astype(np.int32), tuple(names[place] for place in used.tolist()))


def _note(connection: Connection, place: Place, difference: Counter[Share]) -> None:
    columns = period_columns.c
    mine = _at(place)
    known = connection.execute(select(columns.names, columns.data).where(mine)).first()
    rows = np.frombuffer(known.data, _ROW) if known else np.zeros(0, _ROW)
    code = {name: index for index, name in enumerate(json.loads(known.names))} if known else {}
    added = [_row(share, code) for share, many in difference.items() for _ in range(many)]
    gone = Counter({_row(share, code): -many for share, many in difference.items() if many < 0})
    remaining = _remaining(rows, gone)
    if gone.total():  # somebody else wrote here: the rows that the leads have are what holds
        code = {}
        kept = np.array([_row(share, code) for share in _shares_at(connection, place)], _ROW)
    else:
        kept = np.concatenate([rows[remaining], np.array(added, _ROW)])
    connection.execute(period_columns.delete().where(mine))
    if len(kept):
        values = dict(zip(("sla", "version", "span"), place, strict=True))
        connection.execute(period_columns.insert().values(**values, names=json.dumps(list(code)), data=kept.tobytes()))


def _row(share: Share, code: dict[str, int]) -> tuple[Any, ...]:
    group, why = (code.setdefault(text, len(code)) for text in (share.group, share.why))
    until = NEVER if share.until is None else share.until
    return share.at, until, share.worth, group, why, share.counts, share.open


def _remaining(rows: npt.NDArray[Any], gone: Counter[tuple[Any, ...]]) -> npt.NDArray[np.bool_]:
    """Which rows stay when so many that are equal to each of some go; those that are not there stay in ``gone``."""
    remaining = np.ones(len(rows), bool)
    for index in np.flatnonzero(np.isin(rows["at"], [row[0] for row in gone])).tolist():
        row = rows[index].item()
        if gone[row] > 0:
            gone[row] -= 1
            remaining[index] = False
    return remaining


def _shares_at(connection: Connection, place: Place) -> Iterator[Share]:
    """The same lead by lead, from the table of shares."""
    (sla, version, span), shares = place, period_shares.c
    within = and_(shares.sla == sla, shares.version == version, shares.at >= span * SPAN, shares.at < (span + 1) * SPAN)
    yield from (Share(*row) for row in connection.execute(select(*(shares[name] for name in Share._fields)).where(within)))


def _at(place: Place) -> ColumnElement[bool]:
    sla, version, span = place
    return and_(period_columns.c.sla == sla, period_columns.c.version == version, period_columns.c.span == span)
