"""How long a backtest of one promise takes on a year of a funnel, with the facts cache warm: by step, in CPU and wall seconds.

    python benchmarks/backtest.py [--leads N ...] [--data FOLDER] [--profile]

The data are those of benchmarks/verdicts.py. Each size runs in a process of its own, and says what it took beyond its imports.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from funnel.processes import measured

SLA, PROPOSED, OBJECTIVE = "first-contact", "3wh", 0.9


def steps(folder: Path) -> list[tuple[str, Any]]:
    """What each step took, in order; the answer is thrown away."""
    import pandas as pd
    from funnel import generate
    from funnel.slamon_run import DEFINITIONS

    from slamon import load_definitions
    from slamon.core.alerts.routing import Routing
    from slamon.core.backtest import Question, Telling, backtest, window_of
    from slamon.core.facts.histories import history_of
    from slamon.core.verdicts.streaming import LEADS_AT_ONCE
    from slamon.core.working_time.durations import parse_duration
    from slamon.store.facts.fact_files import read_columns

    definitions = load_definitions(DEFINITIONS)
    (asked,) = (each for each in definitions.definitions if each.sla == SLA)
    proposed = replace(definitions, definitions=(asked.model_copy(update={"within": parse_duration(PROPOSED)}),))
    question = Question(window_of(generate.AS_OF, definitions.timezone), None, OBJECTIVE, telling=Telling(Routing("#sales")))
    people, absences = (pd.read_parquet(folder / f"{name}.parquet") for name in ("people", "absences"))
    done: dict[str, Any] = {}

    def step(name: str, work: Callable[[], Any]) -> tuple[str, Any]:
        def keep() -> None:
            done[name] = work()

        return name, measured(keep)

    return [
        step("reading", lambda: read_columns(folder)),
        step(
            "putting in order",
            lambda: history_of(
                done.pop("reading"), generate.AS_OF, people=people, absences=absences, exit_stages=definitions.exit_stages()
            ),
        ),
        step("facts of leads", lambda: list(done.pop("putting in order").chunks(LEADS_AT_ONCE))),
        step("backtest", lambda: backtest(definitions, proposed, done["facts of leads"], question)),
    ]


def profiled(folder: Path) -> None:
    """Where the backtest itself spends its CPU seconds."""
    import cProfile
    import pstats

    profile = cProfile.Profile(time.process_time)
    profile.runcall(steps, folder)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


def table(leads: int, taken: list[tuple[str, Any]]) -> str:
    """The figures of one size as lines of text."""
    lines = [f"{leads:,} leads", f"{'':18} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9}"]
    lines += [f"{name:18} {each.cpu:8.2f} {each.wall:8.2f} {each.peak:9.0f}" for name, each in taken]
    cpu, wall = (sum(getattr(each, name) for _, each in taken) for name in ("cpu", "wall"))
    return "\n".join([*lines, f"{'altogether':18} {cpu:8.2f} {wall:8.2f}"])


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--leads", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "slamon-funnel", help="where the data are kept")
    parser.add_argument("--profile", action="store_true", help="say where the time goes instead")
    parser.add_argument("--once", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once is None:
        for leads in arguments.leads:
            options = ["--data", str(arguments.data), *(["--profile"] if arguments.profile else [])]
            subprocess.run([sys.executable, __file__, "--once", str(leads), *options], check=True, timeout=1800)
        return
    from funnel.generate import prepared

    folder = prepared(arguments.data.resolve() / f"{arguments.once}-leads", arguments.once)
    if arguments.profile:
        profiled(folder)
    else:
        sys.stdout.write(f"{table(arguments.once, steps(folder))}\n")


if __name__ == "__main__":
    main()
