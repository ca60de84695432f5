"""What a file of verdicts says is what the frame of the same verdicts says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from slamon.core.working_time.instants import NEVER
from slamon.store.verdicts.verdict_files import SCHEMA, write_verdicts
from tests.core.stories import FOLLOW_UP, PROMISE, Story, judged

CALLS = PROMISE | {
    "sla": "calls",
    "kind": "cadence",
    "start": {"stage": "mql"},
    "attempt": {"activity": "call"},
    "attempts": 2,
    "within": "3wd",
}


def test_a_file_of_verdicts_says_what_the_frame_says(tmp_path: Path) -> None:
    story = (
        Story().tell("2026-01-05 09:00", "owner", "assigned", lead="ada", owner="rita").tell("2026-01-05 09:00", "stage", "mql", lead="ada")
    )
    story.tell("2026-01-05 09:00", "stage", "mql", lead="ben").tell(
        "2026-01-05 10:00", "activity", "call", lead="ben", direction="outbound"
    )
    story.tell("2026-01-09 09:00", "stage", "mql", lead="cleo")
    judgement = judged(story, FOLLOW_UP, CALLS, as_of="2026-01-09 10:00")
    write_verdicts(tmp_path / "verdicts.parquet", [judgement])
    table = pq.read_table(tmp_path / "verdicts.parquet")
    assert table.schema.names == SCHEMA.names
    wanted = judgement.verdicts()
    for name in SCHEMA.names:
        assert table[name].to_pylist() == [_shown(name, value) for value in wanted[name].tolist()], name


@pytest.mark.parametrize(("of_ben", "said"), [("us", ["emea", "us", None]), ("", ["emea", None, None])])
def test_a_file_of_verdicts_names_the_team_of_whoever_held_a_breached_lead(tmp_path: Path, of_ben: str, said: list[str | None]) -> None:
    story, people = Story(), [{"id": "rita", "team": "emea"}, {"id": "ben", "team": of_ben}]
    for lead, holder in (("ada", "rita"), ("bea", "ben"), ("cid", "ben")):
        story.owner("2026-01-05 08:00", holder, lead).stage("2026-01-05 09:00", "mql", lead)
    judgement = judged(story.call("2026-01-05 10:00", "cid"), FOLLOW_UP, people=people)
    write_verdicts(tmp_path / "verdicts.parquet", [judgement])
    table = pq.read_table(tmp_path / "verdicts.parquet", columns=["state", "charged_to", "team"])
    assert table["state"].to_pylist() == ["breached", "breached", "met"]
    assert (table["charged_to"].to_pylist(), table["team"].to_pylist()) == (["rita", "ben", None], said)


def _shown(name: str, value: object) -> object:
    if name.endswith("_at"):
        return None if value == NEVER else pd.Timestamp(int(str(value)), unit="us", tz="UTC").to_pydatetime()
    if isinstance(value, int | np.integer):
        return None if value in (NEVER, -1) else int(value)
    return value or None


def test_without_any_cycle_a_file_has_the_columns_and_no_rows(tmp_path: Path) -> None:
    write_verdicts(
        tmp_path / "verdicts.parquet", [judged(Story().tell("2026-01-05 09:00", "touch", "visit"), FOLLOW_UP, as_of="2026-01-09 10:00")]
    )
    assert pq.read_table(tmp_path / "verdicts.parquet").num_rows == 0
