"""What the fault tests share: the warm process that forks children, and a company on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.rig import Rig, Zygote, rig
from tests.faults.rows import table


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest tests/faults --list-faults`` prints the table and runs nothing."""
    parser.addoption("--list-faults", action="store_true", help="print the table of faults and inputs with their status, and run nothing")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Nothing is run where only the table is asked for."""
    if config.getoption("--list-faults", default=False):
        items.clear()


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """The table."""
    return table() if config.getoption("--list-faults", default=False) else []


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One warm process for all tests."""
    warm = Zygote()
    yield warm
    warm.close()


@pytest.fixture
def made(tmp_path: Path, database_url: str, zygote: Zygote) -> Iterator[Rig]:
    """The company on a fresh database, once on SQLite and once on PostgreSQL."""
    with rig(tmp_path, database_url, zygote) as found:
        yield found
