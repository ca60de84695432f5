"""How fast a year of a funnel is judged: six promises on a million leads and ten million events, beside Polars and DuckDB.

    python benchmarks/verdicts.py [--leads N ...] [--only NAME ...] [--repeats R] [--data FOLDER]

The data are made once, the same each time, and reused. Every contestant runs alone, in a process of its own: CPU seconds of
all its threads beyond its imports, the median of the repeats. The anchor is the least that anybody has to do: read the columns
that are needed and order them by lead once. See docs/benchmarks.md for what is compared and what is not.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from funnel.processes import Taken, median_of, run_plainly

CONTESTANTS = ("anchor", "slamon", "slamon-to-parquet", "polars", "duckdb")


def measured_on(folder: Path, leads: int, chosen: list[str], repeats: int) -> tuple[int, dict[str, Taken]]:
    """How many events there are, and what each contestant took."""
    events = int(run_plainly("data", str(folder), "--leads", str(leads)))
    return events, {name: median_of(repeats, name, str(folder)) for name in CONTESTANTS if name in chosen}


def table(leads: int, events: int, taken: dict[str, Taken]) -> str:
    """The figures of one size as lines of text."""
    lines = [f"{leads:,} leads, {events:,} events", f"{'':18} {'CPU s':>8} {'wall s':>8} {'/ anchor':>9} {'ns/event':>9} {'peak MiB':>9}"]
    anchor = taken.get("anchor")
    for name, each in taken.items():
        ratio = f"{each.cpu / anchor.cpu:.2f}" if anchor else ""
        lines.append(f"{name:18} {each.cpu:8.2f} {each.wall:8.2f} {ratio:>9} {each.cpu / events * 1e9:9.0f} {each.peak:9.0f}")
    return "\n".join(lines)


def say(text: str) -> None:
    """Some lines, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--leads", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "slamon-funnel", help="where the data are kept")
    arguments = parser.parse_args()
    for leads in arguments.leads:
        folder = arguments.data.resolve() / f"{leads}-leads"
        events, taken = measured_on(folder, leads, arguments.only, arguments.repeats)
        say(table(leads, events, taken))
        if "slamon-to-parquet" in taken and len(taken.keys() & {"polars", "duckdb"}):
            say(run_plainly("agreement", str(folder)))


if __name__ == "__main__":
    main()
