"""Verdicts kept: the present one of every cycle, every change that ever was, attainment, and what people ruled."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, Row, Table, func, select

from slamon.core.kinds.attainment import COLUMNS as ATTAINMENT_COLUMNS
from slamon.core.verdicts import VERDICT_COLUMNS, Rulings
from slamon.core.verdicts.activation import Activation
from slamon.core.working_time.instants import NEVER, iso
from slamon.store.bulk import insert_rows
from slamon.store.schema import attainment, audit, checks, rulings, source_tables, transitions, verdicts

INSTANTS = ("started_at", "due_at", "answered_at", "decided_at", "system_delay_s", "human_delay_s")
TRANSITION_COLUMNS = ("check_id", "cycle_id", "from_state", "to_state", "instant", "known_at", "baselined")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One recorded check: the instant that was judged, when it was committed, and how much it found."""

    id: int
    as_of: int
    finished_at: int
    definitions_hash: str
    newest_at: int | None
    cycles: int
    transitions: int


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one cycle's verdict; ``from_state`` is None when the cycle was first seen."""

    cycle_id: str
    from_state: str | None
    to_state: str
    instant: int | None
    baselined: bool


def last_check(connection: Connection) -> CheckRun | None:
    """The check recorded last, or None."""
    row = connection.execute(select(checks).order_by(checks.c.id.desc()).limit(1)).first()
    return CheckRun(*row) if row else None


def first_check(connection: Connection) -> int | None:
    """When the first check was recorded: nothing was due to anybody before."""
    found = connection.execute(select(func.min(checks.c.finished_at))).scalar()
    return None if found is None else int(found)


def all_synced(connection: Connection) -> int | None:
    """The instant up to which every table of every source was read."""
    found = connection.execute(select(func.min(source_tables.c.synced_at))).scalar()
    return None if found is None else int(found)


def first_synced(connection: Connection) -> int | None:
    """When the history of every source was first complete: where going live begins unless the settings say otherwise."""
    found = connection.execute(select(func.max(source_tables.c.first_synced_at))).scalar()
    return None if found is None else int(found)


def load_verdicts(connection: Connection) -> pd.DataFrame:
    """Every present verdict, with the columns and dtypes of ``Judgement.verdicts``, sorted by sla, lead, started_at."""
    return _verdict_frame(connection.execute(select(*(verdicts.c[name] for name in VERDICT_COLUMNS))).all())


def _verdict_frame(rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(VERDICT_COLUMNS), dtype=object)
    for name in VERDICT_COLUMNS:
        if name in INSTANTS:
            frame[name] = frame[name].map(lambda value: NEVER if value is None else value).astype(np.int64)
        elif name in ("cycle", "attempts"):
            frame[name] = frame[name].map(lambda value: -1 if value is None else value).astype(np.int64)
        else:
            frame[name] = frame[name].map(lambda value: "" if value is None else value).astype(object)
    return frame.sort_values(["sla", "lead", "started_at"], kind="stable", ignore_index=True)


def load_verdicts_of(connection: Connection, leads: Iterable[str] = (), cycle_ids: Iterable[str] = ()) -> pd.DataFrame:
    """The present verdicts of some leads, or of some cycles; as :func:`load_verdicts`."""
    columns = [verdicts.c[name] for name in VERDICT_COLUMNS]
    asked = [verdicts.c.lead.in_(group) for group in _chunks(sorted(set(leads)))]
    asked += [verdicts.c.cycle_id.in_(group) for group in _chunks(sorted(set(cycle_ids)))]
    return _verdict_frame([row for which in asked for row in connection.execute(select(*columns).where(which))])


def load_attainment(connection: Connection) -> pd.DataFrame:
    """Quotas and ratios as of the last check, sorted by sla, period and group; NaN and NaT-like NEVER for none."""
    rows = connection.execute(select(*(attainment.c[name] for name in ATTAINMENT_COLUMNS))).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(ATTAINMENT_COLUMNS))
    return frame.sort_values(["sla", "period", "group"], kind="stable", ignore_index=True)


@dataclass(frozen=True, slots=True)
class Difference:
    """Between the present verdicts and new ones: positions of new rows to write, ids that are gone, old state by position."""

    written: npt.NDArray[np.int64]
    gone: tuple[str, ...]
    before: dict[str, str]


def compared(old: pd.DataFrame, new: pd.DataFrame) -> Difference:
    """What a check has to write: cycles that are new or have changed in any column, and cycles that are no more."""
    ids = new["cycle_id"].to_numpy(object)
    place = {cycle: row for row, cycle in enumerate(old["cycle_id"].tolist())}
    match = np.array([place.get(cycle, -1) for cycle in ids.tolist()], np.int64)
    changed = match < 0
    if len(old):
        for name in VERDICT_COLUMNS:
            changed |= old[name].to_numpy()[match] != new[name].to_numpy()
    states = old["state"].to_numpy(object)
    kept = set(ids.tolist())
    return Difference(
        written=np.flatnonzero(changed),
        gone=tuple(cycle for cycle in place if cycle not in kept),
        before={str(ids[row]): str(states[match[row]]) for row in np.flatnonzero(match >= 0)},
    )


def next_check_id(connection: Connection) -> int:
    """The id that the next check is recorded under."""
    return int(connection.execute(select(func.coalesce(func.max(checks.c.id), 0))).scalar_one()) + 1


def record_check(connection: Connection, run: CheckRun) -> None:
    """Write that a check was made, inside the caller's transaction."""
    connection.execute(checks.insert().values(**asdict(run)))


def write_verdicts(
    connection: Connection, check_id: int, known_at: int, new: pd.DataFrame, difference: Difference, changes: Sequence[Transition]
) -> None:
    """Write verdicts that are new or have changed, and the changes, inside the caller's transaction; those that are gone go."""
    written = new.iloc[difference.written]
    replaced = [cycle for cycle in written["cycle_id"].tolist() if cycle in difference.before]
    _delete(connection, verdicts, [*replaced, *difference.gone])
    insert_rows(connection, verdicts, VERDICT_COLUMNS, _rows(written))
    insert_rows(connection, transitions, TRANSITION_COLUMNS, (_transition_row(change, check_id, known_at) for change in changes))


def _transition_row(change: Transition, check_id: int, known_at: int) -> tuple[Any, ...]:
    return (check_id, change.cycle_id, change.from_state, change.to_state, change.instant, known_at, change.baselined)


def replace_attainment(connection: Connection, frame: pd.DataFrame, slas: Iterable[str] | None = None) -> None:
    """Write attainment anew, that of some SLAs or (None) all of it: it is small, and wholly derived."""
    connection.execute(attainment.delete() if slas is None else attainment.delete().where(attainment.c.sla.in_(list(slas))))
    written = frame.astype(object).where(frame.notna(), None).to_dict("records")
    rows = [{str(name): value for name, value in row.items()} for row in written]
    for row in rows:
        row["at_risk_since"] = None if row["at_risk_since"] == NEVER else row["at_risk_since"]
    if rows:
        connection.execute(attainment.insert(), rows)


def keep_attainment_of(connection: Connection, slas: Iterable[str]) -> None:
    """What was written of other quotas and ratios goes: they are not promised any more."""
    connection.execute(attainment.delete().where(attainment.c.sla.not_in(list(slas))))


def load_rulings(connection: Connection, as_of: int) -> Rulings:
    """What people had decided by an instant about cycles, activities and versions."""
    rows = connection.execute(select(rulings).where(rulings.c.at <= as_of).order_by(rulings.c.id)).all()
    return Rulings(
        excused={row.subject: f"{row.reason} ({row.by})" for row in rows if row.kind == "excuse"},
        accepted=frozenset(row.subject for row in rows if row.kind == "accept"),
        activated=tuple(_activation(row) for row in rows if row.kind == "activate"),
    )


def _activation(row: Row[Any]) -> Activation:
    sla, version = row.subject.split(" ")
    return Activation(sla, version, row.at, row.by, row.reason)


class StandingActivationError(ValueError):
    """The version was put on open cycles before; the text says by whom and when."""


def activate(connection: Connection, activation: Activation, *, open_cycles: bool) -> None:
    """Record that a version was activated, and whether on open cycles too; ``StandingActivationError`` when it is already."""
    subject = f"{activation.sla} {activation.version}"
    there = connection.execute(select(rulings).where(rulings.c.kind == "activate", rulings.c.subject == subject)).first()
    if there is not None:
        said = f"by {there.by} on {iso(there.at)}"
        raise StandingActivationError(f"version {activation.version} of {activation.sla} was put on open cycles {said}; that stands")
    if open_cycles:
        rule(connection, "activate", subject, activation.by, activation.reason, activation.at)
        return
    values = {"at": activation.at, "by": activation.by, "action": "activate for new cycles only", "subject": subject}
    connection.execute(audit.insert().values(**values, reason=activation.reason))


def rule(connection: Connection, kind: str, subject: str, by: str, reason: str, at: int) -> None:
    """Record what a named person decided, and who, when and why in the audit table."""
    connection.execute(rulings.delete().where(rulings.c.kind == kind, rulings.c.subject == subject))
    connection.execute(rulings.insert().values(kind=kind, subject=subject, by=by, reason=reason, at=at))
    connection.execute(audit.insert().values(at=at, by=by, action=kind, subject=subject, reason=reason))


def history_of(connection: Connection, cycle_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Every recorded change of some cycles, in the order in which it was known."""
    found: list[dict[str, Any]] = []
    for chunk in _chunks(list(cycle_ids)):
        rows = connection.execute(select(transitions).where(transitions.c.cycle_id.in_(chunk))).all()
        found += [dict(row._mapping) for row in rows]  # noqa: SLF001 - the documented way to a row's columns
    return sorted(found, key=lambda row: (row["known_at"], row["id"]))


def changed_since(connection: Connection, since: int, until: int) -> list[dict[str, Any]]:
    """Changes known in ``[since, until)`` of verdicts that had been final before: corrections, for the reports."""
    decided = ("met", "breached", "cancelled", "excused")
    where = (transitions.c.known_at >= since) & (transitions.c.known_at < until) & transitions.c.from_state.in_(decided)
    return [dict(row) for row in connection.execute(select(transitions).where(where).order_by(transitions.c.id)).mappings()]


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Rows of VERDICT_COLUMNS in order of their key, so that its index grows at as few places as it can."""
    columns: list[list[Any]] = []
    for name, values in frame.sort_values("cycle_id", kind="stable")[list(VERDICT_COLUMNS)].items():
        none: Any = NEVER if name in INSTANTS else -1 if name == "attempts" else ""
        columns.append([None if value == none else value for value in values.tolist()])
    return zip(*columns, strict=True)


def _delete(connection: Connection, table: Table, ids: Sequence[str]) -> None:
    for chunk in _chunks(ids):
        connection.execute(table.delete().where(table.c.cycle_id.in_(chunk)))


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
