"""The engine: how SQLite and PostgreSQL are opened, and the two ways to use them, `writing` and `reading`.

Both ways mean the same on both databases: a writing unit is one transaction and only one runs at a time; a reading
sees one snapshot. SQLite's driver is kept out of transactions (its own rules begin them late and lose updates under
concurrency): every transaction here begins with a BEGIN that we write.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

BUSY_TIMEOUT_MS = 30_000
WRITERS_LOCK = 7_234_506_118
"""The PostgreSQL advisory lock that a writing unit holds; locks are counted per database, so any constant serves."""

_READING = "slamon_reading"
_DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}


class StoreError(Exception):
    """The database cannot be used as it is; the text says what to do, and never holds a password."""


class UnreadableError(StoreError):
    """The database was opened but cannot be read; the text is the name of the driver's error."""


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn what the driver raises into :class:`UnreadableError`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise UnreadableError(type(error).__name__) from error


def open_database(url: str) -> Engine:
    """An engine for a database that has answered once; ``StoreError`` with the mend when it does not.

    ``url`` is ``sqlite:///PATH`` (made when it does not exist; its folder has to) or ``postgresql+psycopg://…``.
    """
    parsed = _parse(url)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    try:
        with engine.connect():
            return engine
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise StoreError(f"{masked(url)} does not open: {_reason(error)}; {_mend(parsed, _reason(error))}") from None


def is_there(url: str) -> bool:
    """Whether there may be anything in a database: False for a file that was not made yet; a server is not asked."""
    parsed = _parse(url)
    return parsed.get_backend_name() != "sqlite" or Path(str(parsed.database)).exists()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One writing unit: all of it is kept, or none; other writing units wait (SQLite: 30 s, then an error)."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot for as many queries as are asked inside; writing in it is an error."""
    options: dict[str, Any] = {_READING: True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        try:
            with connection.begin():
                yield connection
        finally:
            if engine.dialect.name == "sqlite":
                driver_connection(connection).execute("PRAGMA query_only = OFF")


def driver_connection(connection: Connection) -> Any:
    """The driver's own connection (``sqlite3`` or ``psycopg``), for bulk reading and writing."""
    return connection.connection.driver_connection


def masked(url: str) -> str:
    """The same URL with its passwords as ``***`` or ``xxx``; one that cannot be parsed is not shown at all."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return "the database's URL"
    query = {key: "xxx" if "pass" in key.lower() else value for key, value in parsed.query.items()}
    return parsed.set(query=query).render_as_string(hide_password=True)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("the database's URL cannot be read; write e.g. sqlite:///slamon.db") from None
    if parsed.drivername == "postgres":
        parsed = parsed.set(drivername="postgresql")
    backend = parsed.get_backend_name()
    driver = _DRIVERS.get(backend)
    if driver is None or parsed.drivername not in (backend, f"{backend}+{driver}"):
        wanted = "sqlite:///slamon.db or postgresql+psycopg://user@host/name"
        raise StoreError(f"{masked(url)}: facts are kept in SQLite or PostgreSQL; write {wanted}")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("a database in memory forgets what was said to whom; write e.g. sqlite:///slamon.db")
    return parsed.set(drivername=f"{backend}+{driver}")


def _sqlite(url: URL) -> Engine:
    # isolation_level=None: the driver begins no transaction of its own; ours begin in _begin_sqlite.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    for setting in ("synchronous = FULL", "foreign_keys = ON", "temp_store = FILE", "cache_size = -16384"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_READING):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        # A deferred transaction takes its snapshot at its first read: take it now.
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    connecting = {"connect_timeout": 10, "application_name": "slamon"}
    try:
        # A stricter default of the server would take the snapshot before the writers' lock is had, and fail to serialize.
        engine = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", connect_args=connecting)
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs its driver; install it with: pip install 'slamon[postgresql]'") from None
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # Read-committed statements after this lock see all that earlier writing units committed: the same as on SQLite.
    if not connection.get_execution_options().get(_READING):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(cause).split())


def _mend(url: URL, reason: str) -> str:
    if url.get_backend_name() == "postgresql":
        return "check that the server runs and that host, port, user and SLAMON_DATABASE_URL are right"
    path = Path(url.database or "")
    if not path.parent.is_dir():
        return f"make the folder {path.parent} first"
    if "readonly" in reason or "read-only" in reason:
        return f"make {path} and its folder writable for this user, also when it is only read"
    if path.is_file() and path.stat().st_size:
        return "restore it from a backup, or move it away to begin with an empty one"
    return f"check that {path.parent} can be written to"
