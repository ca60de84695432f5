"""The oracle's findings as the columns of ``slamon verdicts`` and ``slamon attainment`` (without the forecast).

From the command line: ``python -m tests.oracle.rows FOLDER AS_OF PREFIX`` writes ``PREFIX_verdicts.csv`` and ``PREFIX_attainment.csv``.
"""

import csv
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.oracle.facts import Attainment, CycleVerdict
from tests.oracle.judge import attain, judge
from tests.oracle.reading import read_workspace

VERDICT_COLUMNS = [
    "sla",
    "version",
    "lead",
    "cycle",
    "state",
    "started_at",
    "due_at",
    "answered_at",
    "attempts",
    "charged_to",
    "team",
    "cause",
    "system_delay_s",
    "human_delay_s",
    "strict_state",
    "period",
]
ATTAINMENT_COLUMNS = ["sla", "version", "period", "group", "counted", "reversed", "net", "cohort", "share", "target", "state"]


def cell(value: Any) -> str:
    """Instants in UTC with microseconds and Z, whole numbers without a point, nothing for none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(round(value, 6))
    return str(value)


def rows(found: Iterable[CycleVerdict | Attainment], columns: Iterable[str]) -> list[dict[str, str]]:
    """One row of text for each finding."""
    columns = list(columns)
    return [{name: cell(getattr(one, name)) for name in columns} for one in found]


def write(path: Path, lines: list[dict[str, str]], columns: list[str]) -> None:
    """A CSV file."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def workspace_rows(folder: Path, as_of: datetime) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What a workspace's promises come to: the rows of verdicts and of attainment."""
    w = read_workspace(folder)
    verdicts = judge(w.definitions, w.calendars, w.events, w.people, w.absences, as_of, w.settings)
    attained = attain(w.definitions, w.calendars, w.events, as_of, w.settings)
    return rows(verdicts, VERDICT_COLUMNS), rows(attained, ATTAINMENT_COLUMNS)


def main(folder: str, as_of: str, prefix: str) -> None:
    """Write both files."""
    verdicts, attained = workspace_rows(Path(folder), datetime.fromisoformat(as_of))
    write(Path(f"{prefix}_verdicts.csv"), verdicts, VERDICT_COLUMNS)
    write(Path(f"{prefix}_attainment.csv"), attained, ATTAINMENT_COLUMNS)


if __name__ == "__main__":
    main(*sys.argv[1:])
