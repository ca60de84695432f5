"""A sync that is killed, at whatever step, leaves the facts as they were; the next one ends where an undisturbed one would."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CHILD = Path(__file__).with_name("syncing_child.py")
OLD = [(str(number), "2025-12-01T09:00:00Z", "created", "", str(number)) for number in range(50)]
NEW = [
    *[(*row[:4], "changed") for row in OLD[:10]],
    *OLD[20:],
    *[(str(number), "2025-12-02T09:00:00Z", "created", "", "") for number in range(50, 70)],
]


def _kill_at(crm: Any, step: str) -> None:
    """Run a child until it says that it is at the step, and kill it there."""
    url = crm.engine.url.render_as_string(hide_password=False)
    YAML().dump({"sources": crm.sources}, crm.folder / "slamon.yaml")
    child = subprocess.Popen([sys.executable, CHILD, crm.folder, url, step], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = child.stdout.readline().strip()
    child.kill()
    _, errors = child.communicate(timeout=30)
    assert said == "here", errors


@pytest.mark.faults
@pytest.mark.parametrize("step", ["reading", "1", "6", "committing"])
def test_killed_at_any_step_leaves_what_was_before(crm: Any, step: str) -> None:
    crm.table(id="lead")
    crm.write(*OLD)
    crm.sync()
    before = crm.dump()
    crm.write(*NEW)
    _kill_at(crm, step)
    assert crm.dump() == before
    summary = crm.sync()
    assert (summary.added, summary.changed, summary.withdrawn, summary.kept) == (20, 10, 10, 60)
    assert len(crm.dump()["event_history"]) == 20


@pytest.mark.faults
def test_killed_at_its_first_reading_leaves_an_empty_store_that_the_next_one_fills(crm: Any) -> None:
    crm.write(*OLD)
    _kill_at(crm, "committing")
    assert crm.dump()["events"] == []
    assert crm.sync().added == 50
    assert set(crm.events().seen_at) == {1_764_579_600_000_000}
