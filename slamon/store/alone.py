"""One service a SQLite file: a lock that ends with its process, whatever ends it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from slamon.store.database import StoreError


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """While inside, no other service works on the same SQLite file; ``StoreError`` with the mend when one does.

    On PostgreSQL several share the work, and nothing is locked. The lock is SQLite's own, on a file beside the database, so
    it is the system's on every platform, and gone with the process.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    database = Path(str(engine.url.database))
    connection = sqlite3.connect(database.with_name(f"{database.name}.service"), timeout=0, isolation_level=None)
    try:
        _lock(connection, database)
        yield
    finally:
        connection.close()


def _lock(connection: sqlite3.Connection, database: Path) -> None:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise StoreError(f"the lock beside {database} cannot be taken: {error}; make its folder writable for this user") from None
        raise StoreError(
            f"another slamon run works on {database} already; stop that one first, or let several share a PostgreSQL database"
        ) from None
