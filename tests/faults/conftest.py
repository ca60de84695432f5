"""What the fault tests share: the warm process that forks children, and a company on each database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.rig import Rig, Zygote, rig


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What each campaign of kills came to."""
    reports = [report for found in terminalreporter.stats.values() for report in found if isinstance(report, pytest.TestReport)]
    lines = [str(value) for report in reports if report.when == "call" for name, value in report.user_properties if name == "faults"]
    for line in sorted(lines):
        terminalreporter.write_line(line)


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
