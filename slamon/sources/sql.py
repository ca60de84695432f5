"""A CRM's database or a warehouse: any SQLAlchemy URL and a query; rows stream through a cursor on the server."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from slamon.core.working_time.instants import SECOND
from slamon.settings import SourceSettings, TableMapping
from slamon.sources.exports import cell_text
from slamon.sources.patience import Patience
from slamon.sources.rows import BLOCK_ROWS, CHUNK_ROWS, Chunk, Reading, Rows, SourceError, SourceTable, distinct_names


def tables(settings: SourceSettings, folder: Path) -> list[SourceTable]:
    """One table a query; a relative SQLite path starts from the workspace's folder."""
    url, budget_s = _placed(settings.url or "", folder), settings.budget.micros / SECOND
    return [QueryTable(table.name or f"table-{number}", table, url, budget_s) for number, table in enumerate(settings.tables, 1)]


def _placed(url: str, folder: Path) -> str:
    path = url.removeprefix("sqlite:///")
    return f"sqlite:///{folder / path}" if path != url and not path.startswith(("/", "file:")) else url


_WAITS = {"postgresql": {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}}
"""How long a line is waited for that says nothing any more, in seconds: without it a server that vanished is waited for by the hour."""


@dataclass(frozen=True, slots=True)
class QueryTable:
    """A query whose rows are events, people or absences."""

    name: str
    mapping: TableMapping
    url: str
    budget_s: float = 600.0
    """A database that gives no row for so long is asked no longer."""

    @property
    def where(self) -> str:
        """The table's name and its database, without a password."""
        try:
            return f"{self.name} ({make_url(self.url).set(query={}).render_as_string(hide_password=True)})"
        except (ArgumentError, ValueError):
            return self.name

    def fingerprint(self) -> None:
        """Nobody knows without asking."""
        return

    @contextmanager
    def open(self) -> Iterator[Reading]:
        """The query's rows; ``SourceError`` with the database's own words when it refuses."""
        patience = Patience(self.budget_s)
        engine = self._engine(patience)
        try:
            with self._explained(), ExitStack() as stack:
                connection = stack.enter_context(engine.connect()).execution_options(stream_results=True, max_row_buffer=CHUNK_ROWS)
                result = connection.execute(text((self.mapping.query or "").replace(":", r"\:")))  # a query takes no parameters
                columns = tuple(result.keys())
                opened = stack.pop_all()
            with opened:
                yield Reading(columns, self._guarded(_chunks(result, distinct_names(columns), patience)))
        finally:
            engine.dispose()

    def _engine(self, patience: Patience) -> Engine:
        try:
            engine = create_engine(self.url, connect_args=_WAITS.get(make_url(self.url).get_backend_name(), {}))
        except (ArgumentError, NoSuchModuleError, ValueError):
            example = "postgresql+psycopg://reader@db.example.com/crm"
            raise SourceError(f"{self.where}: the source's url cannot be read; write e.g. {example}") from None
        except ModuleNotFoundError as error:
            raise SourceError(f"{self.where}: the driver {error.name} is not installed; install it beside slamon") from None
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
            raise SourceError(f"{self.where}: there is no such file")  # SQLite would make an empty one
        event.listen(engine, "connect", lambda driver, _: patience.prepare(engine.dialect.name, driver))
        return engine

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise SourceError(f"{self.where}: {_reason(error)}") from None

    def _guarded(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        with self._explained():
            yield from chunks


def _chunks(result: Any, names: tuple[str, ...], patience: Patience) -> Iterator[Chunk]:
    rows, number = Rows(names), 1
    while block := result.fetchmany(BLOCK_ROWS):
        patience.renew()
        numbers = range(number, number := number + len(block))
        rows.add([[cell_text(cell) for cell in row] for row in block], numbers, numbers)
        if rows.full:
            yield rows.take(None)
    yield rows.take(1.0)


def _reason(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())
