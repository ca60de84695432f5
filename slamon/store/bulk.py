"""Many rows into a table at once, by the driver: statements that are put together row by row take three times as long."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from slamon.store.database import driver_connection


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of plain Python values, in the order of ``names``, inside the caller's transaction; other columns say nothing."""
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(quote(name) for name in names)})"
    driver = driver_connection(connection)
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608 - our own names
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
