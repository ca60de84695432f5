"""The memory that a check of all leads takes is that of one block of leads, however many there are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slamon.cli import run
from tests.jobs.test_check import DEFINITIONS, SETTINGS

FEW, MANY = 10_000, 40_000
MORE_MB = 60.0
"""What a lead more may cost: 2 kB. Facts, verdicts and notices of all leads at once would take four times as much."""


def workspace(folder: Path, leads: int) -> Path:
    """A company whose leads all wait for a call that is due in weeks."""
    (folder / "sla_definitions").mkdir(parents=True)
    (folder / "sla_definitions/all.yaml").write_text(DEFINITIONS.replace("2wh", "900wh"))
    (folder / "slamon.yaml").write_text(SETTINGS)
    (folder / "people.csv").write_text("id,name,email,team\nrita,Rita,rita@example.com,emea\n")
    rows = (f"e{number},lead-{number:06},2026-02-{1 + number % 20:02}T09:00:00Z,mql,rita,Lead {number}\n" for number in range(leads))
    with (folder / "events.csv").open("w") as file:
        file.write("id,lead,at,what,owner,name\n")
        file.writelines(rows)
    return folder


CHILD = """
import sys
from slamon.cli import run
code = run(sys.argv[1:])
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("peak", code, peak)
"""


def peak_mb(*command: str) -> float:
    """The most resident memory that a command ever had in a process of its own."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *command], check=False, env=os.environ | {"MALLOC_ARENA_MAX": "2"}, capture_output=True, text=True
    )
    code, peak = child.stdout.splitlines()[-1].split()[1:]
    assert code == "0", child.stderr
    return int(peak) / 1e3


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its own peak")
def test_f51_a_check_of_four_times_as_many_open_leads_takes_hardly_more_memory(tmp_path: Path) -> None:
    peaks = []
    for leads in (FEW, MANY):
        folder = workspace(tmp_path / str(leads), leads)
        assert run(["sync", "--config", str(folder)]) == 0
        peaks.append(peak_mb("check", "--config", str(folder), "--as-of", "2026-03-01T12:00:00Z"))
    few, many = peaks
    assert many - few < MORE_MB, peaks
