"""The service in a process of its own, with jobs that dawdle, crash and hang: python service_child.py URL WIRE."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from slamon.channels import Outgoing
from slamon.jobs.deliver import deliver
from slamon.journal import Journal
from slamon.schedule import Job, run_service, stopped_by_signals, wall_clock
from slamon.store.database import open_database, writing
from slamon.store.heartbeats import beat
from slamon.store.schema import events

SECRET = "xoxb-planted-secret"


class FileWire:
    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        time.sleep(0.2)
        with self.path.open("a", encoding="utf-8") as wire:
            wire.write(f"{outgoing.payload['text']}\n")
        return {"ts": outgoing.delivery_id}


def crash() -> None:
    raise ValueError(f"ana@example.com said {SECRET}")


def main(url: str, wire: str) -> None:
    engine = open_database(url)

    def impatient(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 200")

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", impatient)
        engine.dispose()
    stop = threading.Event()

    def heartbeat(job: str, at: int, ok: bool, detail: str, took: int | None) -> None:
        with writing(engine) as connection:
            beat(connection, job, at, ok=ok, detail=detail, took=took)

    def check() -> str:
        with writing(engine) as connection:
            connection.execute(select(events.c.id).limit(1))
        return "checked"

    jobs = {
        "sync": Job(crash, 0.3),
        "check": Job(check, 0.3),
        "report": Job(lambda: time.sleep(600), 0.3),
        "deliver": Job(lambda: deliver(engine, {"preview": FileWire(Path(wire))}, wall_clock, owner=str(os.getpid()), stop=stop), 0.3),
    }
    with stopped_by_signals(stop):
        run_service(jobs, stop, heartbeat, Journal(wall_clock, secrets=[SECRET]), grace_s=3)


if __name__ == "__main__":
    main(*sys.argv[1:])
