"""How much memory it takes to judge six promises over ten million events, and over a hundred million that come block after block.

    python benchmarks/memory.py [--blocks N ...] [--leads N] [--data FOLDER]

A block is a million leads with ten million events, made like those of benchmarks/verdicts.py and, where there are several,
thrown away before the next. Each run is a process of its own; what counts is the most that it ever held, imports included.
Verdicts are counted and dropped, as somebody does who writes them to files; quotas are concluded over all blocks at the end.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

UNREAD = ("id", "source", "seconds")
"""Columns that no state, due instant or answer of the six promises depends on."""


def made(data: Path, blocks: int, leads: int) -> Iterator[Path]:
    """The blocks' folders; each is made by a process of its own, so that its memory is not counted here."""
    for block in range(blocks):
        folder = data / f"{leads}-leads" if blocks == 1 else data / f"block-{block:03d}"
        make = f"from pathlib import Path; from funnel.generate import prepared; prepared(Path({str(folder)!r}), {leads}, {block})"
        subprocess.run([sys.executable, "-c", make], cwd=Path(__file__).resolve().parent, check=True, timeout=1800)
        yield folder
        if blocks > 1:
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()


def judged(data: Path, blocks: int, leads: int) -> str:
    """Judge all blocks with one answer at the end; a line of figures."""
    import pandas as pd
    from funnel.generate import AS_OF
    from funnel.processes import measured
    from funnel.slamon_run import DEFINITIONS

    from slamon import load_definitions
    from slamon.core.facts.histories import History, history_of
    from slamon.core.verdicts.streaming import LEADS_AT_ONCE, Streaming
    from slamon.store.facts.fact_files import read_columns

    definitions = load_definitions(DEFINITIONS)
    streaming, count, cpu, peak = Streaming(definitions), [0, 0], 0.0, 0.0

    def history(folder: Path) -> History:
        people, absences = (pd.read_parquet(folder / f"{name}.parquet") for name in ("people", "absences"))
        return history_of(read_columns(folder, UNREAD), AS_OF, people=people, absences=absences, exit_stages=definitions.exit_stages())

    def judge(folder: Path) -> None:
        whole = history(folder)
        count[0] += len(whole.events)
        for judgement in streaming.judge(whole.chunks(LEADS_AT_ONCE)):
            count[1] += sum(len(each.state) for each in judgement.per_lead)

    began = time.perf_counter()
    for folder in made(data, blocks, leads):
        taken = measured(lambda folder=folder: judge(folder))
        cpu, peak = cpu + taken.cpu, max(peak, taken.peak)
    taken = measured(streaming.attained)
    wall = time.perf_counter() - began
    return f"{count[0]:>12,} {count[1]:>11,} {cpu + taken.cpu:>8.1f} {wall:>8.1f} {max(peak, taken.peak):>9.0f}"


def main() -> None:
    """Print a line for each number of blocks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--blocks", type=int, nargs="+", default=[1])
    parser.add_argument("--leads", type=int, default=1_000_000, help="of each block")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "slamon-funnel", help="where the data are kept")
    parser.add_argument("--once", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        print(judged(arguments.data.resolve(), arguments.once, arguments.leads), flush=True)
        return
    print(f"{'events':>12} {'cycles':>11} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9}", flush=True)
    for blocks in arguments.blocks:
        options = ["--once", str(blocks), "--leads", str(arguments.leads), "--data", str(arguments.data)]
        subprocess.run([sys.executable, __file__, *options], check=True, timeout=7200)


if __name__ == "__main__":
    main()
