"""A process that delivers to a wire that is a file, until it is killed: python delivering_child.py URL WIRE SEED."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from slamon.channels import Outgoing
from slamon.jobs.deliver import Rules, deliver
from slamon.jobs.deliver.sending import Patience
from slamon.schedule import wall_clock
from slamon.store.database import open_database

FAST = Rules(lease=1_000_000, patience={"slack": Patience(settle=20_000, look_again=20_000)})


class FileWire:
    """What was appended to the file has arrived; it dawdles before and after, so that a kill may hit anywhere."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.random = random.Random(seed)

    def send(self, outgoing: Outgoing) -> dict[str, Any]:
        time.sleep(self.random.random() * 0.02)
        line = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(line, f"{outgoing.payload['text']} {outgoing.delivery_id}\n".encode())
        os.close(line)
        time.sleep(self.random.random() * 0.02)
        return {"ts": outgoing.delivery_id}

    def find(self, outgoing: Outgoing) -> dict[str, Any] | None:
        arrived = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return {"ts": outgoing.delivery_id} if outgoing.delivery_id in arrived else None


def main(url: str, wire: str, seed: str) -> None:
    engine = open_database(url)
    channel = FileWire(Path(wire), int(seed))
    while True:
        deliver(engine, {"slack": channel}, wall_clock, owner=f"child {os.getpid()}", rules=FAST)
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
