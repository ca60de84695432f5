"""Facts read back: events as they were known at an instant, people and absences, as frames for the core."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from slamon.core.facts.histories import SKEW
from slamon.core.working_time.instants import NEVER
from slamon.store.database import driver_connection, reading
from slamon.store.schema import absences, event_history, events, people, source_tables

EVENT_COLUMNS = tuple(column.name for column in events.columns if column.name != "source_table")

_OF_A_FIRST = ("id", "source", "lead", "at", "recorded_at", "seen_at", "kind", "value", "actor", "position")
_VERSIONS = (events, event_history)
_BATCH = 50_000
_LEADS_A_QUERY = 5_000  # both databases take more parameters than this in one statement
_NONE = {"recorded_at": NEVER, "seconds": -1}


def load_events(
    engine: Engine, as_of: int | None, leads: Sequence[str] | None = None, columns: Sequence[str] = EVENT_COLUMNS
) -> pd.DataFrame:
    """Events in the versions that were known at ``as_of`` (microseconds UTC; None: in their present versions).

    Columns: id, source, lead, at, recorded_at, seen_at (int64 microseconds UTC, NEVER for none), kind, name, value,
    actor, owner, direction, automated (bool), seconds (int64, -1 for none), outcome, attributes (JSON text) and position
    (int64). Texts are object, None for none. Rows come in no order. ``leads`` limits them to those leads, ``columns``
    to some of the columns.
    """
    with reading(engine) as connection:
        return events_of(connection, as_of, leads, columns)


def events_of(
    connection: Connection, as_of: int | None, leads: Sequence[str] | None = None, columns: Sequence[str] = EVENT_COLUMNS
) -> pd.DataFrame:
    """The same, on a connection that is open."""
    wanted = [events.c[name] for name in columns]
    groups: Iterable[Sequence[str] | None] = [None] if leads is None else _groups(leads)
    with _uncollected():
        return _frame(wanted, (batch for group in groups for batch in _fetch(connection, _known_at(as_of, group, columns))))


def first_events_of(connection: Connection, as_of: int, leads: Sequence[str]) -> pd.DataFrame:
    """Of some leads only what tells who made each when: the events of its first known instant, and its merges.

    The columns are those of :func:`load_events`; those that do not matter here say nothing.
    """
    wanted = [events.c[name] for name in _OF_A_FIRST]
    with _uncollected():
        found = _frame(wanted, (batch for group in _groups(leads) for batch in _fetch(connection, _firsts(as_of, group))))
    return found.assign(name=None, owner=None, direction=None, outcome=None, attributes=None, automated=False, seconds=-1)


def stream_lead_sizes(connection: Connection) -> Iterator[tuple[str, int]]:
    """Each lead's id and how many versions of events it has; some ids twice, in no order."""
    for table in (events, event_history):
        for batch in _fetch(connection, select(table.c.lead, func.count()).group_by(table.c.lead)):
            yield from batch


def stream_merges(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every lead that any version of an event merged into another, and that other, in no order."""
    for table in (events, event_history):
        merged = table.c.kind == literal_column("'merged'")  # written out, so that the index on merges is used
        for batch in _fetch(connection, select(table.c.lead, table.c.value).where(merged, table.c.value.is_not(None))):
            yield from batch


def stream_versions(connection: Connection) -> Iterator[list[tuple[Any, ...]]]:
    """Every version of every event, batch by batch: the values of EVENT_COLUMNS, and from when on it was superseded (NEVER: is not).

    In order of ``at``, of when it was recorded, and of the source's own order: the database sorts, on its disk if need be.
    """
    present = _select(events, None, EVENT_COLUMNS).add_columns(literal(NEVER, BigInteger).label("superseded_at"))
    past = _select(event_history, None, EVENT_COLUMNS).add_columns(event_history.c.superseded_at)
    known = union_all(present, past).subquery()
    recorded = case((known.c.recorded_at == NEVER, known.c.at), else_=known.c.recorded_at)
    yield from _fetch(connection, select(known).order_by(known.c.at, recorded, known.c.position))


def stream_lead_ids(connection: Connection) -> Iterator[str]:
    """The id of every lead that any version of an event names, each once, in no order."""
    known = union(select(events.c.lead), select(event_history.c.lead))
    for batch in _fetch(connection, known):
        yield from (lead for (lead,) in batch)


def load_family(engine: Engine, lead: str) -> list[str]:
    """The leads whose events may be one history with this one's: those that any event merged with it, along chains; sorted."""
    return load_families(engine, [lead])


def load_families(engine: Engine, leads: Iterable[str]) -> list[str]:
    """The same for some leads: all that belong to any of their families; sorted."""
    family = set(leads)
    frontier = set(family)
    with reading(engine) as connection:
        while frontier:
            met = {each for group in _groups(sorted(frontier)) for each in _merged_with(connection, group)}
            frontier = met - family
            family |= frontier
    return sorted(family)


def load_leads_begun_by(engine: Engine, as_of: int, actor: str) -> pd.DataFrame:
    """The first event of each lead by one actor, as known at an instant: lead (object), at (int64 microseconds UTC)."""
    columns = [events.c.lead, events.c.at]
    present, past = (
        select(table.c.lead, table.c.at).where(table.c.actor == actor, table.c.seen_at <= as_of) for table in (events, event_history)
    )
    known = union_all(present, past.where(event_history.c.superseded_at > as_of)).subquery()
    with reading(engine) as connection:
        return _frame(columns, _fetch(connection, select(known.c.lead, func.min(known.c.at)).group_by(known.c.lead)))


def load_people(engine: Engine) -> pd.DataFrame:
    """Everybody the sources know: source, id, name, email, team, manager, calendar (object, None for none), active, automated (bool)."""
    return _whole(engine, people)


def load_absences(engine: Engine) -> pd.DataFrame:
    """Who is away: source, person (object), since and until (int64 microseconds UTC, half-open)."""
    return _whole(engine, absences)


def newest_event(engine: Engine) -> int | None:
    """The instant of the newest event that had happened when its table was last read; None without any."""
    with reading(engine) as connection:
        return newest_of(connection)


def newest_of(connection: Connection) -> int | None:
    """The same, on a connection that is open."""
    found = connection.execute(select(func.max(source_tables.c.newest_at))).scalar()
    return None if found is None else int(found)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows of plain values form no cycles: looking for some among millions of them takes a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _merged_with(connection: Connection, leads: Sequence[str]) -> Iterator[str]:
    """Who some leads were merged into, and who was merged into them, in any version of the events."""
    for table in (events, event_history):
        merged = table.c.kind == literal_column("'merged'")  # written out, so that the index on merges is used
        into = select(table.c.value).where(table.c.lead.in_(leads), merged, table.c.value.is_not(None))
        losers = select(table.c.lead).where(table.c.value.in_(leads), merged)
        yield from connection.execute(union_all(into, losers)).scalars()


def _groups(leads: Sequence[str]) -> Iterator[Sequence[str]]:
    return (leads[start : start + _LEADS_A_QUERY] for start in range(0, len(leads), _LEADS_A_QUERY))


def _whole(engine: Engine, table: Table) -> pd.DataFrame:
    with reading(engine) as connection:
        return _frame(list(table.columns), _fetch(connection, select(*table.columns)))


def _known_at(as_of: int | None, leads: Sequence[str] | None, columns: Sequence[str]) -> Select[Any] | Any:
    """Present versions, or those seen by ``as_of`` and not yet superseded then."""
    present, past = (_select(table, leads, columns) for table in (events, event_history))
    if as_of is None:
        return present
    return union_all(
        present.where(events.c.seen_at <= as_of),
        past.where(event_history.c.seen_at <= as_of, event_history.c.superseded_at > as_of),
    )


def _firsts(as_of: int, leads: Sequence[str]) -> Select[Any]:
    """The events of each lead's first known instant, and merges, in the versions known at ``as_of``."""
    present, past = (_select(table, leads, _OF_A_FIRST).where(table.c.seen_at <= as_of, table.c.at <= as_of + SKEW) for table in _VERSIONS)
    known = union_all(present, past.where(event_history.c.superseded_at > as_of)).cte("known")
    first = select(known.c.lead, func.min(known.c.at).label("at")).group_by(known.c.lead).subquery()
    told = or_(known.c.at == first.c.at, known.c.kind == literal_column("'merged'"))
    return select(known).join(first, and_(known.c.lead == first.c.lead, told))


def _select(table: Table, leads: Sequence[str] | None, columns: Sequence[str]) -> Select[Any]:
    chosen = [func.coalesce(table.c[name], _NONE[name]).label(name) if name in _NONE else table.c[name] for name in columns]
    statement = select(*chosen)
    return statement if leads is None else statement.where(table.c.lead.in_(leads))


def _fetch(connection: Connection, statement: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Batches of plain rows straight from the driver: result objects of a higher level would double the time."""
    compiled = statement.compile(connection, compile_kwargs={"render_postcompile": True})
    named = compiled.construct_params()
    parameters = named if compiled.positiontup is None else [named[name] for name in compiled.positiontup]
    with closing(_cursor(connection)) as cursor:
        cursor.execute(str(compiled), parameters)
        while batch := cursor.fetchmany(_BATCH):
            yield batch


def _cursor(connection: Connection) -> Any:
    driver = driver_connection(connection)
    # A cursor without a name would hold all of PostgreSQL's rows in memory before the first is read.
    return driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor(name="facts")


def _frame(columns: Sequence[Column[Any]], batches: Iterable[list[tuple[Any, ...]]]) -> pd.DataFrame:
    parts: list[list[npt.NDArray[Any]]] = [[np.zeros(0, _dtype(column))] for column in columns]
    same: list[dict[Any, Any]] = [{} for _ in columns]
    for batch in batches:
        for part, column, memory, values in zip(parts, columns, same, zip(*batch, strict=True), strict=True):
            part.append(_array(values, _dtype(column), memory, distinct=column.primary_key))
    return pd.DataFrame(
        {column.name: pd.Series(np.concatenate(part), dtype=_dtype(column)) for column, part in zip(columns, parts, strict=True)}
    )


def _dtype(column: Column[Any]) -> type:
    if isinstance(column.type, Boolean):
        return np.bool_
    return np.int64 if isinstance(column.type, Integer | BigInteger) else object


def _array(values: Sequence[Any], dtype: type, memory: dict[Any, Any], *, distinct: bool) -> npt.NDArray[Any]:
    """One column of a batch; equal texts become one object, so that ten million rows fit where their ids do."""
    if dtype is not object:
        return np.array(values, dtype)
    array = np.empty(len(values), object)
    array[:] = values if distinct else list(map(memory.setdefault, values, values))
    return array
