"""slamon's part of the benchmark, in one place: a folder of Parquet files in, verdicts and attainment out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset  # noqa: F401 - read_table would import it
import pyarrow.parquet as pq

from slamon import FactFrames, evaluate, load_definitions
from slamon.core.facts import Kind
from slamon.core.instants import to_datetime

DEFINITIONS = Path(__file__).parent / "definitions"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contestant found: the frames of ``Judgement.verdicts()`` and ``Judgement.attainment()``."""

    verdicts: pd.DataFrame
    attainment: pd.DataFrame


def import_all() -> None:
    """Everything that is only imported when it is first needed: the holidays of countries."""
    load_definitions(DEFINITIONS)


def judge(folder: Path, as_of: int) -> Answer:
    """All six promises on a folder's facts, as of an instant in microseconds UTC."""
    facts = FactFrames(_events(folder), _frame(folder / "people.parquet"), _frame(folder / "absences.parquet"))
    judgement = evaluate(load_definitions(DEFINITIONS), facts, to_datetime(as_of))
    return Answer(judgement.verdicts(), judgement.attainment())


def write(answer: Answer, folder: Path) -> None:
    """The answer as Parquet files."""
    answer.verdicts.to_parquet(folder / "verdicts.parquet", compression="lz4", index=False)
    answer.attainment.to_parquet(folder / "attainment.parquet", index=False)


def _frame(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas()


def _events(folder: Path) -> pd.DataFrame:
    """The event frame that ``evaluate`` takes: leads and kinds as texts."""
    events = _frame(folder / "events.parquet")
    leads = _frame(folder / "leads.parquet")["lead"].to_numpy(object)
    kinds = np.array([kind.name.lower() for kind in Kind], object)
    return events.assign(lead=leads[events["lead"]], kind=kinds[events["kind"]])
