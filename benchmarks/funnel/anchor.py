"""The anchor: the least that any contestant has to do. Read the columns that the six promises need, and order them by lead once."""

from pathlib import Path

import numpy as np
import pandas as pd  # noqa: F401 - pyarrow would import it when it hands over its first array
import pyarrow as pa
import pyarrow.parquet as pq

NEEDED = (
    *("lead", "at", "recorded_at", "seen_at", "kind", "name", "value"),
    *("actor", "owner", "direction", "outcome", "attributes", "automated"),
)


def read_and_sort(folder: Path) -> pa.Table:
    """The needed columns, and one stable argsort of the lead codes beside them; nothing else."""
    table = pq.ParquetFile(folder / "events.parquet").read(columns=list(NEEDED))
    order = np.argsort(table["lead"].to_numpy(), kind="stable")
    return table.append_column("order", pa.array(order))
