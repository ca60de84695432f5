"""Verdicts written to a Parquet file as they are judged, some thousand leads at a time."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from slamon.core.columns import Texts
from slamon.core.verdicts import Judgement
from slamon.core.verdicts.verdict_columns import Numbers, verdict_columns
from slamon.core.working_time.instants import NEVER

TEXT = pa.dictionary(pa.int32(), pa.string())
INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    dict.fromkeys(("sla", "version", "lead"), TEXT)
    | {"cycle": pa.int64(), "state": TEXT}
    | dict.fromkeys(("started_at", "due_at", "answered_at"), INSTANT)
    | {"attempts": pa.int64()}
    | dict.fromkeys(("charged_to", "team", "cause"), TEXT)
    | {"system_delay_s": pa.int64(), "human_delay_s": pa.int64(), "strict_state": TEXT, "period": TEXT}
)
"""The columns of ``slamon verdicts``; null for nothing."""


class VerdictFile:
    """A Parquet file that judgements are written to, one after the other; rows by SLA, lead and start within each judgement."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="lz4", write_statistics=False, use_dictionary=_texts())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.close()

    def write(self, judgement: Judgement) -> None:
        """Add the verdicts of one judgement."""
        leads = pa.array(judgement.facts.leads, pa.string())  # the same for every SLA
        for judged in judgement.per_lead:
            if len(judged.obligations):
                columns = verdict_columns(judgement.facts, judged)
                self._writer.write_table(pa.table([_array(name, columns[name], leads) for name in SCHEMA.names], schema=SCHEMA))


def write_verdicts(path: Path, judgements: Iterable[Judgement]) -> None:
    """Write all judgements to one file, in their order."""
    with VerdictFile(path) as file:
        for judgement in judgements:
            file.write(judgement)


def _texts() -> list[str]:
    """The columns that few texts occur in; the leads of one judgement are all different."""
    return [field.name for field in SCHEMA if field.type == TEXT]


def _array(name: str, column: Texts | Numbers, leads: pa.Array) -> pa.Array:
    if isinstance(column, Texts):
        indices = pa.array(column.codes, mask=column.codes < 0)
        return pa.DictionaryArray.from_arrays(indices, leads if name == "lead" else pa.array(column.values, pa.string()))
    nothing = -1 if name == "attempts" else NEVER
    numbers = pa.array(column, mask=np.asarray(column == nothing))
    return numbers.cast(INSTANT) if SCHEMA.field(name).type == INSTANT else numbers
