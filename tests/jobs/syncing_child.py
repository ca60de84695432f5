"""Syncs a workspace and stops dead at one of its steps, so that whoever started it can kill it there."""

import sys
import time
from pathlib import Path

from ruamel.yaml import YAML
from sqlalchemy import event

from slamon.jobs.sync import Silent, sync
from slamon.settings import Settings, Workspace
from slamon.store.database import open_database

folder, url, stop_at = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def stop() -> None:
    sys.stdout.write("here\n")
    sys.stdout.flush()
    time.sleep(60)


class Stopping(Silent):
    """Stops while a table is read, or counts statements from when the facts are compared."""

    def advance(self, rows: int, share: float | None) -> None:
        if stop_at == "reading":
            stop()

    def apply(self, source: str, rows: int) -> None:
        self.statements = 0
        event.listen(engine, "before_cursor_execute", self.count)
        if stop_at == "committing":
            event.listen(engine, "commit", lambda _connection: stop())

    def count(self, *_arguments: object) -> None:
        self.statements += 1
        if stop_at == str(self.statements):
            stop()


engine = open_database(url)
settings = Settings.model_validate(YAML(typ="safe").load(folder / "slamon.yaml"))
workspace = Workspace(settings=settings, folder=folder)
sync(engine, workspace, source=None, full=False, clock=lambda: 1_800_000_000_000_000, progress=Stopping())
sys.stdout.write("done\n")
