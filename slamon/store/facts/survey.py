"""What only all facts together tell, asked of the database by questions that stop at the first row that answers them."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, literal_column, or_, select

from slamon.core.facts.survey import Survey
from slamon.core.working_time.instants import MINUTE
from slamon.store.schema import event_history, events

SKEW = 5 * MINUTE


def load_survey(connection: Connection, as_of: int, attributes: Collection[str], *, asks_ownership: bool) -> Survey:
    """Which of some attributes any known event tells, and whether any tells of owners, as of an instant (microseconds UTC).

    What is not asked is not told. The earliest event and the creations of all leads are left out: they concern periods and imports.
    """
    told = frozenset(name for name in attributes if _any(connection, as_of, name))
    return Survey(tells_ownership=asks_ownership and _any(connection, as_of, None), attributes=told)


def _any(connection: Connection, as_of: int, attribute: str | None) -> bool:
    """Whether an event that was known tells an attribute, or (for None) of an owner; the history is asked only if no present one does."""
    for table in (events, event_history):
        known = [table.c.seen_at <= as_of, table.c.at <= as_of + SKEW]
        if table is event_history:
            known.append(table.c.superseded_at > as_of)
        tells = _owns(table) if attribute is None else _tells(connection, table, attribute)
        if connection.execute(select(literal_column("1")).select_from(table).where(and_(*known, tells)).limit(1)).first():
            return True
    return False


def _owns(table: Table) -> ColumnElement[bool]:
    return or_(table.c.owner.is_not(None), table.c.kind == "owner")


def _tells(connection: Connection, table: Table, name: str) -> ColumnElement[bool]:
    """An attribute column's JSON key, which no value can look like (its quotes are escaped), or a change of the attribute."""
    place: Any = func.instr if connection.dialect.name == "sqlite" else func.strpos
    written = place(table.c.attributes, json.dumps(name, ensure_ascii=False) + ":") > 0
    return or_(written, and_(table.c.kind == "attribute", table.c.name == name))
