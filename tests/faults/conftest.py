"""What the fault tests share: the warm process that forks children, and a company on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.rig import Rig, Zygote, rig


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
