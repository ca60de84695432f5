"""Real exports of a bank and a marketplace are read whole, without a row refused."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

REAL = os.environ.get("SLAMON_REAL_DATA")


@pytest.mark.realdata
@pytest.mark.skipif(REAL is None, reason="SLAMON_REAL_DATA is not set: no real data to read")
@pytest.mark.parametrize(
    ("example", "rows", "kinds"),
    [("bank", [262_200], {"activity": 31_757, "stage": 50_056}), ("marketplace", [8_000, 842], {"stage": 8_842})],
)
def test_real_exports_are_read_whole(crm: Any, example: str, rows: list[int], kinds: dict[str, int]) -> None:
    real = Path(str(REAL))
    shutil.copytree(real / "data", crm.folder / "data")
    shutil.copytree(real / "examples" / example, crm.folder / "examples" / example)
    crm.folder = crm.folder / "examples" / example
    crm.sources = YAML(typ="safe").load(crm.folder / "slamon.yaml")["sources"]
    (summary,) = crm.sync_all()
    assert summary.error is None
    assert [table.rows_read for table in summary.tables] == rows
    assert [(table.refused, table.duplicates, table.unreadable) for table in summary.tables] == [(0, 0, 0)] * len(rows)
    assert crm.events().kind.value_counts().to_dict() == kinds
    assert all(table.unchanged for table in crm.sync_all()[0].tables)
