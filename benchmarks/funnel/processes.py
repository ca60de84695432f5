"""Every contestant in a process of its own: what it takes beyond its imports, in CPU seconds of all its threads, and its peak memory."""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
LONGEST = 1800
"""No contestant may take longer, in seconds."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took: CPU of the user and the system, the time on the wall, both in seconds; peak memory of the process in MiB."""

    cpu: float
    wall: float
    peak: float


def measured(work: Callable[[], object]) -> Taken:
    """What a function takes, in this process; its answer is thrown away."""
    began, cpu = time.perf_counter(), _cpu()
    work()
    taken, wall = _cpu() - cpu, time.perf_counter() - began
    return Taken(taken, wall, _peak())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    """The most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


def say(taken: Taken) -> None:
    """What a child writes as its last line."""
    sys.stdout.write(json.dumps(asdict(taken)) + "\n")


def median_of(repeats: int, contestant: str, *arguments: str) -> Taken:
    """The median of each figure over several runs of ``python -m funnel.contestants``, one after the other."""
    runs = [_run(contestant, *arguments) for _ in range(repeats)]
    return Taken(*(statistics.median(getattr(run, name) for run in runs) for name in Taken.__dataclass_fields__))


def _run(contestant: str, *arguments: str) -> Taken:
    """One run; ``RuntimeError`` with what the child said if it fails."""
    command = [sys.executable, "-m", "funnel.contestants", contestant, *arguments]
    child = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, timeout=LONGEST, check=False)
    if child.returncode:
        raise RuntimeError(f"{contestant} failed:\n{child.stderr[-2000:]}")
    return Taken(**json.loads(child.stdout.splitlines()[-1]))


def run_plainly(contestant: str, *arguments: str) -> str:
    """A child whose output matters, not what it takes; its standard output comes back."""
    command = [sys.executable, "-m", "funnel.contestants", contestant, *arguments]
    child = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, timeout=LONGEST, check=False)
    if child.returncode:
        raise RuntimeError(f"{contestant} failed:\n{child.stderr[-2000:]}")
    return child.stdout
