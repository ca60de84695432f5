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
KEYS = {"": ("sla", "lead", "started_at"), "-months": ("sla", "period", "group")}
"""What a row of each table is about; the columns beside these are compared cell by cell."""
WORDS = {"": "cycles", "-months": "months and groups"}
MONTH = (*KEYS["-months"], "counted", "reversed", "net")


def _agreement(folder: Path) -> dict[str, str]:
    """What each peer found beside what slamon found: how many cells of which columns differ, in a sentence."""
    peers = [peer for peer in ("polars", "duckdb") if (folder / f"{peer}.parquet").exists()]
    return {peer: ", ".join(_differing(folder, peer, suffix) for suffix in KEYS) for peer in peers}


def _differing(folder: Path, peer: str, suffix: str) -> str:
    import pyarrow.parquet as pq

    ours, theirs = (folder / f"{name}{suffix}.parquet" for name in ("slamon", peer))
    columns = MONTH if suffix else tuple(pq.read_schema(ours).names)
    mine, other = (_comparable(path, columns, KEYS[suffix]) for path in (ours, theirs))
    if len(mine) != len(other):
        return f"{len(mine):,} {WORDS[suffix]} against {len(other):,}"
    cells = {name: _cells(mine[name], other[name]) for name in columns}
    which = ", ".join(f"{name} {count:,}" for name, count in cells.items() if count)
    return f"{sum(cells.values()):,} cells differ in {len(columns)} columns of {len(mine):,} {WORDS[suffix]}" + (
        f" ({which})" if which else ""
    )


def _cells(mine: Any, other: Any) -> int:
    """In how many places two columns differ; nothing is the same as nothing only."""
    import pyarrow.compute as pc

    unequal = pc.fill_null(pc.not_equal(mine, other), fill_value=False)
    return int(pc.sum(pc.or_(unequal, pc.xor(mine.is_null(), other.is_null()))).as_py() or 0)


def _comparable(path: Path, columns: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    """The rows as a table in the order of their keys: whole numbers and instants as int64, texts as texts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(columns))
    for place, field in enumerate(table.schema):
        whole = pa.types.is_timestamp(field.type) or pa.types.is_integer(field.type)
        plain = pa.int64() if whole else field.type if pa.types.is_floating(field.type) else pa.string()
        table = table.set_column(place, field.name, table.column(place).cast(plain))
    return table.sort_by([(key, "ascending") for key in keys])


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
