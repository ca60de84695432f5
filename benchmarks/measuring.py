"""How much processor time works take: medians of interleaved repeats, so that what else the machine does meets all of them alike."""

import sys
import time
from collections.abc import Callable, Mapping
from statistics import median


def cpu_seconds(works: Mapping[str, Callable[[], object]], repeats: int = 5) -> dict[str, float]:
    """Median CPU seconds of each work, all of them run in turn ``repeats`` times."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            began = time.process_time()
            work()
            taken[name].append(time.process_time() - began)
    return {name: median(each) for name, each in taken.items()}


def say(line: str = "") -> None:
    """One line of figures, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
