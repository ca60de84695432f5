"""The figures of each report as it was sent: kept with a hash, never rewritten once locked, and the periods that were missed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from slamon.store.database import StoreError
from slamon.store.schema import delivery_members, reports

_MISSED = "missed"


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report's figures as of an instant (microseconds UTC); ``missed`` says why none was sent, for a missed period."""

    kind: str
    period: str
    as_of: int
    figures: dict[str, Any]
    hash: str
    locked: bool

    @property
    def missed(self) -> str | None:
        """Why the period has no report; None when it has one."""
        return self.figures.get(_MISSED)


def keep_report(
    connection: Connection, kind: str, period: str, as_of: int, figures: Mapping[str, Any], *, locked: bool = False
) -> KeptReport:
    """Keep a report's figures (plain JSON values), in place of an earlier version.

    A locked one is never rewritten: the same figures again change nothing, other figures are a ``StoreError``.
    """
    text = _canonical(figures)
    kept = KeptReport(kind, period, as_of, json.loads(text), hashlib.sha256(text.encode()).hexdigest(), locked)
    before = load_report(connection, kind, period)
    if before is not None and before.locked:
        if before.hash != kept.hash:
            raise StoreError(f"the {kind} report of {period} is locked; what became known later is a restatement in the next one")
        return before
    connection.execute(reports.delete().where(reports.c.kind == kind, reports.c.period == period))
    values = {"kind": kind, "period": period, "as_of": as_of, "figures": text, "hash": kept.hash, "locked": locked}
    connection.execute(reports.insert().values(**values))
    return kept


def miss_report(connection: Connection, kind: str, period: str, as_of: int, reason: str) -> None:
    """Note that a period's report was not sent, and why; one that exists stays as it is."""
    if load_report(connection, kind, period) is None:
        keep_report(connection, kind, period, as_of, {_MISSED: reason})


def load_report(connection: Connection, kind: str, period: str) -> KeptReport | None:
    """The kept figures of one report, or None."""
    row = connection.execute(select(reports).where(reports.c.kind == kind, reports.c.period == period)).first()
    return None if row is None else _kept(row)


def load_reports(connection: Connection, kind: str) -> list[KeptReport]:
    """Every kept report of a kind, missed ones too, by period."""
    return [_kept(row) for row in connection.execute(select(reports).where(reports.c.kind == kind).order_by(reports.c.period))]


def done_periods(connection: Connection, kind: str) -> frozenset[str]:
    """The periods of a kind that are done with: queued for somebody, or noted as missed. A month may be locked and not yet sent."""
    prefix = f"report/{kind}/"
    members = delivery_members.c.cycle_id
    queued = connection.execute(select(members).where(members.startswith(prefix)).distinct()).scalars()
    missed = [report.period for report in load_reports(connection, kind) if report.missed is not None]
    return frozenset(cycle.removeprefix(prefix) for cycle in queued) | frozenset(missed)


def verify_reports(connection: Connection) -> list[str]:
    """One sentence for each report whose stored figures are not those that its hash was made of; empty when all are."""
    rows = connection.execute(select(reports).order_by(reports.c.kind, reports.c.period))
    return [
        f"the {row.kind} report of {row.period} was changed after it was kept; restore it from a backup"
        for row in rows
        if hashlib.sha256(row.figures.encode()).hexdigest() != row.hash
    ]


def _canonical(figures: Mapping[str, Any]) -> str:
    """The one text of some figures, so that the same figures have the same hash."""
    return json.dumps(dict(figures), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _kept(row: Row[Any]) -> KeptReport:
    return KeptReport(row.kind, row.period, row.as_of, json.loads(row.figures), row.hash, row.locked)
