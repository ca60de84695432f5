"""slamon's part of the benchmark, in one place: a folder of Parquet files in, verdicts and attainment out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.dataset  # noqa: F401 - read_table would import it
import pyarrow.parquet as pq

from slamon import load_definitions
from slamon.core.columns import Texts
from slamon.core.facts.histories import history_of
from slamon.core.kinds.attainment import attained_frame
from slamon.core.verdicts import Judgement
from slamon.core.verdicts.streaming import Streaming, judge_in_chunks
from slamon.core.verdicts.verdict_columns import Numbers, verdict_columns
from slamon.store.facts.fact_files import read_columns
from slamon.store.verdicts.verdict_files import write_verdicts

DEFINITIONS = Path(__file__).parent / "definitions"
UNREAD = ("id", "source", "position", "seconds")
"""What none of the six promises asks for; the anchor and the peers do not read it either."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: the columns of ``slamon verdicts`` for each promise and some leads, and the frame of ``slamon attainment``."""

    verdicts: list[dict[str, Texts | Numbers]]
    attainment: pd.DataFrame


def import_all() -> None:
    """Everything that is only imported when it is first needed: the holidays of countries, and the statistics."""
    import scipy.stats  # noqa: F401 - measured is the work, not what is imported

    load_definitions(DEFINITIONS)


def judge(folder: Path, as_of: int) -> Answer:
    """All six promises on a folder's facts, as of an instant in microseconds UTC."""
    streaming, judgements = _judgements(folder, as_of)
    found = [dict(verdict_columns(each.facts, judged)) for each in judgements for judged in each.per_lead]
    return Answer(found, attained_frame(list(streaming.attained())))


def judge_into(folder: Path, as_of: int, written: Path) -> None:
    """The same, written to Parquet files as it is judged."""
    streaming, judgements = _judgements(folder, as_of)
    write_verdicts(written / "slamon.parquet", judgements)
    attained_frame(list(streaming.attained())).to_parquet(written / "slamon-months.parquet", index=False)


def _judgements(folder: Path, as_of: int) -> tuple[Streaming, Iterator[Judgement]]:
    people, absences = (pq.read_table(folder / f"{name}.parquet").to_pandas() for name in ("people", "absences"))
    history = history_of(read_columns(folder, UNREAD, as_of), as_of, people=people, absences=absences)
    return judge_in_chunks(load_definitions(DEFINITIONS), history)
