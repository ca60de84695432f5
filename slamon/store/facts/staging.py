"""A temporary table that a source's rows stream into, before one short transaction compares them with the facts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from operator import is_
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text
from sqlalchemy.schema import CreateTable

from slamon.store.database import driver_connection
from slamon.store.schema import events

STAGED_FIELDS = (
    "id", "source_table", "lead", "at", "recorded_at", "kind", "name", "value", "actor", "owner", "direction",
    "automated", "seconds", "outcome", "attributes", "position",
)  # fmt: skip
"""The order of the values in a staged row."""

staged = Table("staged", MetaData(), *(Column(name, events.c[name].type) for name in STAGED_FIELDS), prefixes=["TEMPORARY"])

news = Table(
    "news",
    MetaData(),
    Column("id", Text, nullable=False),
    Column("source_table", Text, nullable=False),
    Column("what", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The ids of rows that are not as the facts have them: new, changed, gone, or only moved in the source's order."""

_IS_NONE = partial(is_, None)
_DELETE_DOUBLES = """
DELETE FROM staged WHERE EXISTS (SELECT 1 FROM staged AS other WHERE other.id = staged.id AND other.position < staged.position)
"""


class Staging:
    """The temporary table, on a connection of its own: nobody else sees it, and no lock is held while it fills."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows = 0
        self._sqlite = connection.dialect.name == "sqlite"
        self._driver = driver_connection(connection)

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """Stream rows in, given as equally long columns in the order of STAGED_FIELDS."""
        with self._unit():
            if self._sqlite:
                self._insert(columns)
            else:
                self._copy(columns)
        self.rows += len(columns[0])

    def _insert(self, columns: Sequence[Sequence[Any]]) -> None:
        """Most fields are empty in most chunks: what is not bound costs nothing."""
        used = [(name, column) for name, column in zip(STAGED_FIELDS, columns, strict=True) if not all(map(_IS_NONE, column))]
        if used:
            names, values = zip(*used, strict=True)
            statement = f"INSERT INTO staged ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
            self._driver.executemany(statement, zip(*values, strict=True))

    def _copy(self, columns: Sequence[Sequence[Any]]) -> None:
        with self._driver.cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)

    def keep_first_of_each(self) -> None:
        """Put the rows in order of their ids, and keep the first of those that share one."""
        with self._unit():
            self._driver.execute("CREATE INDEX staged_in_order ON staged (id, position)")
            self._driver.execute(_DELETE_DOUBLES)
            self._driver.execute("ANALYZE staged")

    def create(self) -> None:
        """Make the tables, empty."""
        with self._unit():
            for table in (staged, news):
                self._driver.execute(str(CreateTable(table).compile(self.connection)))

    def drop(self) -> None:
        """Leave nothing behind for whoever uses the connection next."""
        if not self.connection.closed and not self.connection.invalidated:
            with self._unit():
                for table in (staged, news):
                    self._driver.execute(f"DROP TABLE IF EXISTS {table.name}")

    @contextmanager
    def _unit(self) -> Iterator[None]:
        """A transaction of the driver's that touches only the temporary table: on SQLite it leaves the database unlocked."""
        if self._sqlite:
            self._driver.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._driver.rollback()
            raise
        self._driver.commit()


@contextmanager
def staging(engine: Engine) -> Iterator[Staging]:
    """An empty staging table, gone at the end."""
    with engine.connect() as connection:
        area = Staging(connection)
        area.drop()
        area.create()
        try:
            yield area
        finally:
            area.drop()
