"""One contestant, run once, as a process: ``python -m funnel.contestants NAME FOLDER``, from the folder ``benchmarks``.

It imports what it needs, is measured, writes what it found beside the data (not measured), and says what it took.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from funnel.processes import Taken, measured, say

Work = Callable[[Path], object]


def _anchor(folder: Path) -> Taken:
    from funnel import anchor

    return measured(lambda: anchor.read_and_sort(folder))


def _slamon(folder: Path) -> Taken:
    from funnel import generate, slamon_run

    slamon_run.import_all()
    found: list[slamon_run.Answer] = []
    return measured(lambda: found.append(slamon_run.judge(folder, generate.AS_OF)))


def _slamon_to_parquet(folder: Path) -> Taken:
    from funnel import generate, slamon_run

    slamon_run.import_all()
    return measured(lambda: slamon_run.judge_into(folder, generate.AS_OF, folder))


def _polars(folder: Path) -> Taken:
    from funnel import generate
    from peers import polars_queries

    found: list[Any] = []
    taken = measured(lambda: found.extend(polars_queries.judge(folder, generate.AS_OF)))
    found[0].write_parquet(folder / "polars.parquet")
    found[1].write_parquet(folder / "polars-months.parquet")
    return taken


def _duckdb(folder: Path) -> Taken:
    import pyarrow.parquet as pq
    from funnel import generate
    from peers import duckdb_queries

    found: list[Any] = []
    taken = measured(lambda: found.extend(duckdb_queries.judge(folder, generate.AS_OF)))
    pq.write_table(found[0], folder / "duckdb.parquet")
    pq.write_table(found[1], folder / "duckdb-months.parquet")
    return taken


CONTESTANTS = {"anchor": _anchor, "slamon": _slamon, "slamon-to-parquet": _slamon_to_parquet, "polars": _polars, "duckdb": _duckdb}
VERDICT = ("sla", "lead", "started_at", "state", "due_at", "answered_at")
MONTH = ("sla", "period", "group", "counted", "reversed", "net")


def _agreement(folder: Path) -> dict[str, str]:
    """What each peer found beside what slamon found: how many rows differ, in a sentence."""
    return {peer: _differing(folder, peer) for peer in ("polars", "duckdb") if (folder / f"{peer}.parquet").exists()}


def _differing(folder: Path, peer: str) -> str:
    parts = []
    for suffix, columns, word in (("", VERDICT, "cycles"), ("-months", MONTH, "months and groups")):
        ours, theirs = (_comparable(folder / f"{name}{suffix}.parquet", columns) for name in ("slamon", peer))
        if len(ours) != len(theirs):
            parts.append(f"{len(ours):,} {word} against {len(theirs):,}")
        else:
            parts.append(f"{(ours != theirs).any(axis=1).sum():,} of {len(ours):,} {word} differ")
    return ", ".join(parts)


def _comparable(path: Path, columns: tuple[str, ...]) -> Any:
    """The rows as a frame in the order of their first three columns; no instant is the smallest number, as in slamon."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(columns))
    for place, field in enumerate(table.schema):
        column = table.column(place)
        texts = pa.types.is_dictionary(field.type) or pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type)
        if pa.types.is_timestamp(field.type):
            column = column.cast(pa.int64())
        filled = column.cast(pa.string()) if texts else column.fill_null(np.iinfo(np.int64).min) if field.name.endswith("_at") else column
        table = table.set_column(place, field.name, filled)
    return table.to_pandas().sort_values(list(columns[:3]), ignore_index=True)


def _data(folder: Path, leads: int) -> int:
    """Write the data unless they are there; how many events they hold."""
    import pyarrow.parquet as pq
    from funnel.generate import prepared

    return int(pq.read_metadata(prepared(folder, leads) / "events.parquet").num_rows)


def main() -> None:
    """Run one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("name", choices=[*CONTESTANTS, "data", "agreement"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.name == "data":
        print(_data(arguments.folder, arguments.leads))
    elif arguments.name == "agreement":
        print("\n".join(f"{peer}: {sentence}" for peer, sentence in _agreement(arguments.folder).items()))
    else:
        say(CONTESTANTS[arguments.name](arguments.folder))


if __name__ == "__main__":
    main()
