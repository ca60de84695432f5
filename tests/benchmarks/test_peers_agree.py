"""The promises of the benchmark, written by hand in two query languages, come to the verdicts that slamon comes to."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEADS = 3000
AGREES = re.compile(
    r"^(polars|duckdb): 0 cells differ in 16 columns of ([0-9,]+) cycles, 0 cells differ in 6 columns of [0-9,]+ months and groups$",
    re.MULTILINE,
)


def test_no_cycle_and_no_month_of_slamons_differs_from_what_the_peers_find(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    pytest.importorskip("duckdb")
    command = [sys.executable, "benchmarks/verdicts.py", "--leads", str(LEADS), "--repeats", "1", "--data", str(tmp_path)]
    child = subprocess.run(
        [*command, "--only", "slamon-to-parquet", "polars", "duckdb"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert child.returncode == 0, child.stderr
    agreed = {peer: int(cycles.replace(",", "")) for peer, cycles in AGREES.findall(child.stdout)}
    assert agreed.keys() == {"polars", "duckdb"}, child.stdout
    assert min(agreed.values()) > 3 * LEADS
