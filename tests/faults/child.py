"""The program under test: a real workspace's service in a process of its own, on the parent's clock, killed by its parent.

``python -m tests.faults.child`` is a process that has imported everything, and forks a child for each life: ``fork PORT
FOLDER SLACK_PORT`` answers with the child's pid, ``reap PID`` waits for its end. It ends when its input does.
"""

import json
import os
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

import slamon.channels.slack
import slamon.channels.smtp
from slamon.bootstrap import open_shop
from slamon.commands.operations import Service
from slamon.jobs.deliver import Rules
from slamon.jobs.sync.source_lanes import SourceLanes
from slamon.store.database import reading
from slamon.store.schema import deliveries
from tests.faults.clock import Line, WaitingEvent
from tests.faults.failpoints import hang_on_database, hang_on_network

TIMEOUT_S = 1.0
"""How long a child waits for an answer on loopback; the virtual clock is told that it was longer."""
TURN_S = 3600.0
"""So long a turn of the sync waits for its sources: the line to the parent is for one at a time."""
sync_job = import_module("slamon.jobs.sync")
OPEN = ("pending", "dispatching", "unsure")


def live(port: int, folder: Path, slack_port: int) -> None:
    """One life: do what the parent asks until it says stop, or kills."""
    line = Line(port)

    def reached(point: int) -> None:
        line.ask(ask="at", point=point)

    slamon.channels.slack.TIMEOUT_S = TIMEOUT_S  # type: ignore[assignment]  # in a child
    slamon.channels.smtp.TIMEOUT_S = TIMEOUT_S  # type: ignore[assignment]  # in a child
    plain_read = vars(sync_job)["read_table"]

    def read_table(*arguments: Any, **more: Any) -> Any:
        found = plain_read(*arguments, **more)
        reached(1)
        return found

    vars(sync_job)["read_table"] = read_table
    hang_on_network(reached, slack_port)
    shop = open_shop(folder, json.loads((folder / "environment.json").read_text(encoding="utf-8")))
    hang_on_database(reached, shop.engine)
    lanes = SourceLanes(wait_s=TURN_S)
    service = Service(shop.engine, lambda: shop, line.clock, WaitingEvent(line), Rules(high_water=shop.high_water), lanes)
    told: dict[str, Any] = {}
    while True:
        order = line.ask(ask="work", pid=os.getpid(), **told)
        if order.get("stop"):
            return
        began = time.monotonic()
        told = {"did": {job: _done(service, job, reached) for job in order["do"]}, **_waiting(shop.engine)}
        told["took_s"] = time.monotonic() - began


def _done(service: Service, job: str, reached: Any) -> str:
    try:
        if job == "checkpoint":
            return _checkpoint(service.engine, reached)
        return str(getattr(service, job)())
    except EOFError:
        raise
    except Exception as error:  # noqa: BLE001 - the service itself survives a job's failure; the parent decides what it means
        with suppress(OSError):  # the disk may be full
            sys.stderr.write(traceback.format_exc())
        return f"failed: {type(error).__name__}: {error}"


def _checkpoint(engine: Engine, reached: Any) -> str:
    """The log is written into the database's file; the parent kills while that happens."""
    with engine.connect() as connection:
        reached(15)
        if engine.dialect.name == "sqlite":
            return repr(connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())  # type: ignore[union-attr]  # it is open
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
    return "written"


def _waiting(engine: Engine) -> dict[str, Any]:
    """When something is due next, and what waits: deliveries by channel and state. While nobody can tell, it is to be asked again."""
    try:
        return _told_by(engine)
    except DBAPIError:
        return {"waiting": {"the database is away": 1}, "due": 0, "dead": []}


def _told_by(engine: Engine) -> dict[str, Any]:
    at = func.min(func.coalesce(deliveries.c.lease_until, deliveries.c.release_at))
    columns = (deliveries.c.channel, deliveries.c.state)
    with reading(engine) as connection:
        rows = connection.execute(select(*columns, func.count(), at).where(deliveries.c.state.in_(OPEN)).group_by(*columns)).all()
        dead = connection.execute(select(deliveries.c.destination, deliveries.c.error).where(deliveries.c.state == "dead")).all()
    return {
        "waiting": {f"{row[0]} {row[1]}": row[2] for row in rows},
        "due": min((row[3] for row in rows), default=None),
        "dead": [tuple(row) for row in dead],
    }


def main() -> None:
    """Fork lives as asked; the answers go to the pipe that was our output."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for order in sys.stdin:
        name, *words = order.split()
        if name == "reap":
            answers.write(f"{os.waitpid(int(words[0]), 0)[1]}\n")
        else:
            pid = os.fork()
            if not pid:
                _born(int(words[0]), Path(words[1]), int(words[2]))
            answers.write(f"{pid}\n")
        answers.flush()


def _born(port: int, folder: Path, slack_port: int) -> None:
    """A child's whole life; it never returns into the parent's loop."""
    code = 1
    try:
        devnull, log = os.open(os.devnull, os.O_RDONLY), os.open(folder / "child.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(devnull, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        live(port, folder, slack_port)
        code = 0
    except EOFError:
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is written down, and this process ends here
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
