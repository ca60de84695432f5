"""How those whom messages go to are called before the operator: a person by id, never by address."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from slamon.core.masking import without_people
from slamon.store.schema import people

_CHUNK = 400


def recipients(connection: Connection, destinations: Collection[str]) -> dict[str, str]:
    """Each destination as it may be shown: ``id (***@example.com)`` for a person whom a source knows, a channel as it is.

    Where ids are addresses themselves, it is the name that says who is meant.
    """
    addresses = sorted({each for each in destinations if "@" in each})
    row = people.c
    called: dict[str, str] = {}
    for start in range(0, len(addresses), _CHUNK):
        asked = select(row.email, row.id, row.name).where(row.email.in_(addresses[start : start + _CHUNK])).order_by(row.source, row.id)
        for email, id_, name in connection.execute(asked):
            called.setdefault(email, id_ if "@" not in id_ else name or "")
    return {each: _shown(called.get(each), without_people(each)) for each in destinations}


def _shown(who: str | None, hidden: str) -> str:
    return f"{who} ({hidden})" if who else hidden
