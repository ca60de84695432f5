"""The two workspaces over real data: they run unchanged, their figures are these, and both databases say the same."""

import csv
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from slamon.cli import run

REAL = os.environ.get("SLAMON_REAL_DATA", "")
pytestmark = [pytest.mark.realdata, pytest.mark.skipif(not REAL, reason="SLAMON_REAL_DATA is not set")]

Workspace = Callable[[str, str], Path]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of an example, with the shell in it and its database where the test says."""

    def copied(name: str, url: str) -> Path:
        for part in ("examples", "data"):
            if not (tmp_path / part).exists():
                shutil.copytree(Path(REAL) / part, tmp_path / part)
        for path in tmp_path.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        folder = tmp_path / "examples" / name
        monkeypatch.chdir(folder)
        monkeypatch.setenv("SLAMON_DATABASE_URL", url)
        return folder

    return copied


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


def by_month(verdicts: str) -> Counter[tuple[str, str, str]]:
    """(sla, period, state) -> how many."""
    rows = list(csv.reader(verdicts.splitlines()))
    columns = {name: rows[0].index(name) for name in ("sla", "period", "state")}
    return Counter((row[columns["sla"]], row[columns["period"]], row[columns["state"]]) for row in rows[1:])


BANK = {
    "lead-follow-up": {
        "2011-10": (684, 143, 0),
        "2011-11": (898, 210, 0),
        "2011-12": (635, 141, 0),
        "2012-01": (840, 246, 0),
        "2012-02": (733, 215, 0),
        "2012-03": (10, 4, 0),
    },
    "offer-call-back": {
        "2011-10": (444, 13, 5),
        "2011-11": (1042, 81, 31),
        "2011-12": (921, 75, 20),
        "2012-01": (847, 159, 28),
        "2012-02": (1090, 88, 44),
        "2012-03": (628, 173, 29),
    },
}
"""met, breached, cancelled as of 2012-04-01; nothing is pending by then."""


def test_the_banks_lead_desk_is_judged_month_by_month(workspace: Workspace, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    workspace("bank", sqlite_url)
    assert run(["sync"]) == 0
    assert run(["check", "--as-of", "2012-04-01T00:00:00Z"]) == 0
    found = by_month(printed(capsys, "verdicts", "--format", "csv"))
    expected = Counter(
        {
            (sla, month, state): count
            for sla, months in BANK.items()
            for month, counts in months.items()
            for state, count in zip(("met", "breached", "cancelled"), counts, strict=True)
            if count
        }
    )
    assert found == expected
    assert "0 messages queued" in printed(capsys, "check", "--as-of", "2012-04-01T00:00:00Z")


def test_the_marketplaces_quotas_and_ratios(workspace: Workspace, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    workspace("marketplace", sqlite_url)
    assert run(["sync"]) == 0
    assert run(["check", "--as-of", "2018-12-01T00:00:00Z"]) == 0
    rows = list(csv.reader(printed(capsys, "attainment", "--format", "csv").splitlines()))
    place = {name: index for index, name in enumerate(rows[0])}
    totals = {row[place["period"]]: row for row in rows[1:] if row[place["sla"]] == "monthly-mql" and not row[place["group"]]}
    assert [(totals[month][place["net"]], totals[month][place["state"]]) for month in ("2018-01", "2018-05", "2017-12")] == [
        ("1141", "met"),
        ("1303", "met"),
        ("200", "breached"),
    ]
    ratios = {row[place["period"]]: row for row in rows[1:] if row[place["sla"]] == "close-rate"}
    assert sum(int(row[place["cohort"]]) for row in ratios.values()) == 8000
    assert ratios["2018-06"][place["state"]] == "too few"


@pytest.mark.parametrize(("name", "as_of"), [("bank", "2012-04-01T00:00:00Z"), ("marketplace", "2018-12-01T00:00:00Z")])
def test_sqlite_and_postgresql_print_the_same_bytes(
    workspace: Workspace, sqlite_url: str, postgresql_url: str, capsys: pytest.CaptureFixture[str], name: str, as_of: str
) -> None:
    texts = []
    for url in (sqlite_url, postgresql_url):
        workspace(name, url)
        assert run(["sync"]) == 0
        assert run(["check", "--as-of", as_of]) == 0
        texts.append((printed(capsys, "verdicts", "--format", "csv"), printed(capsys, "attainment", "--format", "csv")))
    assert texts[0] == texts[1]
