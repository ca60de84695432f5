"""What is read from the facts cache is what the database says: as of every instant, after every sync, whatever became of the files."""

import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from slamon.core.working_time.instants import HOUR
from slamon.jobs.check import judge, known_facts
from slamon.store.database import open_database, writing
from slamon.store.facts import fact_cache
from slamon.store.facts.fact_cache import keep_cache_in
from tests.core.stories import FOLLOW_UP, promises
from tests.jobs.conftest import Crm

SPLIT = FOLLOW_UP | {"targets": [{"when": {"amount": {"at_least": 500}}, "within": "1wh"}]}
FIRST = (
    ("L2", "2026-01-05T10:00:00Z", "created", "ben", "100"),
    ("L1", "2026-01-05T09:00:00Z", "created", "ana", "900"),
    ("L1", "2026-01-05T09:30:00Z", "call", "ana", ""),
    ("L2", "2026-01-06T09:00:00Z", "call", "ben", ""),
    ("Ä3", "2026-01-07T09:00:00Z", "created", "", ""),
)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_cache, "MANY", 0)
    monkeypatch.setattr(fact_cache, "BATCHES_IN_GROUP", 1)
    monkeypatch.setattr("slamon.store.facts._BATCH", 2)


@pytest.fixture
def folder(crm: Crm) -> Path:
    folder = crm.folder / ".slamon" / "facts"
    keep_cache_in(crm.engine, folder)
    return folder


def _without_files(crm: Crm, as_of: int) -> pd.DataFrame:
    engine = open_database(crm.engine.url.render_as_string(hide_password=False))
    frame = judge(engine, promises(SPLIT), as_of).verdicts()
    engine.dispose()
    return frame


def _same(crm: Crm, as_of: int) -> int:
    """Judged from the files is judged from the database; how many verdicts there are."""
    found = judge(crm.engine, promises(SPLIT), as_of).verdicts()
    assert found.equals(_without_files(crm, as_of))
    return len(found)


def _editions(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if each.is_dir()}


def test_verdicts_are_the_same_as_of_every_instant_also_when_facts_were_changed_and_withdrawn(crm: Crm, folder: Path) -> None:
    crm.write(*FIRST)
    crm.sync()
    before = crm.now
    assert _same(crm, before) == 3
    first = _editions(folder)
    crm.write(*FIRST[1:3], ("L2", "2026-01-05T10:00:00Z", "created", "ben", "700"), ("L4", "2026-01-08T09:00:00Z", "created", "", "5"))
    crm.now += HOUR
    crm.sync()
    assert _same(crm, crm.now) == 3
    second = _editions(folder)
    assert len(first) == len(second) == 1
    assert first != second
    for as_of in (before - 40 * 24 * HOUR, before - 27 * 24 * HOUR, before, before + HOUR // 2, crm.now, crm.now + 400 * 24 * HOUR):
        _same(crm, as_of)
    assert _editions(folder) == second  # one edition serves every instant


def test_a_sync_that_finds_nothing_new_leaves_the_files_as_they_are(crm: Crm, folder: Path) -> None:
    crm.write(*FIRST)
    crm.sync()
    _same(crm, crm.now)
    (edition,) = _editions(folder)
    written = (folder / edition / "events.parquet").stat().st_mtime_ns
    crm.sync()
    _same(crm, crm.now)
    assert _editions(folder) == {edition}
    assert (folder / edition / "events.parquet").stat().st_mtime_ns == written


def test_rows_that_only_change_places_are_read_in_their_new_order(crm: Crm, folder: Path) -> None:
    moment = "2026-01-05T09:00:00Z"
    rows = [("L1", moment, "created", "ana", "900"), ("L1", moment, "call", "ana", "100")]
    crm.write(*rows)
    crm.sync()
    assert known_facts(crm.engine, promises(SPLIT), crm.now)[0].name.texts().tolist() == ["mql", "call"]
    crm.write(*reversed(rows))
    crm.sync()
    assert known_facts(crm.engine, promises(SPLIT), crm.now)[0].name.texts().tolist() == ["call", "mql"]


@pytest.mark.faults
@pytest.mark.parametrize("file", ["events.parquet", "leads.parquet"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"PAR1"), lambda path: path.unlink()])
def test_damaged_files_cost_time_not_truth(crm: Crm, folder: Path, file: str, damage: Callable[[Path], Any]) -> None:
    crm.write(*FIRST)
    crm.sync()
    _same(crm, crm.now)
    (edition,) = _editions(folder)
    damage(folder / edition / file)
    assert _same(crm, crm.now) == 3
    assert _editions(folder) == set()
    assert _same(crm, crm.now) == 3
    assert _editions(folder) == {edition}  # written anew


@pytest.mark.faults
def test_what_somebody_who_was_killed_left_unfinished_is_never_read(crm: Crm, folder: Path) -> None:
    crm.write(*FIRST)
    crm.sync()
    (folder / "unfinished").mkdir(parents=True)
    (folder / "unfinished" / "events.parquet").write_bytes(b"half")
    assert _same(crm, crm.now) == 3
    assert "unfinished" not in _editions(folder)


@pytest.mark.faults
def test_a_folder_that_cannot_be_written_means_no_files(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    crm.write(*FIRST)
    crm.sync()
    (crm.folder / "taken").write_text("a file where the folder should be")
    keep_cache_in(crm.engine, crm.folder / "taken" / "facts")
    with caplog.at_level("DEBUG"):
        assert _same(crm, crm.now) == 3
    assert "facts are read from the database" in caplog.text


def test_a_small_store_is_read_from_the_database(crm: Crm, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_cache, "MANY", 6)
    crm.write(*FIRST)
    crm.sync()
    assert _same(crm, crm.now) == 3
    assert not folder.exists()


def _read(url: str, folder: Path, as_of: int) -> None:
    fact_cache.MANY = 0
    engine = open_database(url)
    keep_cache_in(engine, folder)
    assert len(fact_cache.known_events(engine, as_of)) == 5


def test_two_who_write_at_once_do_no_harm(crm: Crm, folder: Path) -> None:
    crm.write(*FIRST)
    crm.sync()
    url = crm.engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    readers = [spawn.Process(target=_read, args=(url, folder, crm.now)) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert [reader.exitcode for reader in readers] == [0, 0, 0]
    assert len(_editions(folder)) == 1
    assert _same(crm, crm.now) == 3
    shutil.rmtree(folder)


def test_facts_of_another_database_are_never_taken_for_these(crm: Crm, folder: Path, make_engine: Callable[[], Engine]) -> None:
    crm.write(*FIRST)
    crm.sync()
    _same(crm, crm.now)
    other = make_engine()
    keep_cache_in(other, folder)
    assert len(fact_cache.known_events(other, crm.now)) == 0


@pytest.fixture
def make_engine(tmp_path: Path) -> Callable[[], Engine]:
    from slamon.store.migrate import prepare

    def made() -> Engine:
        engine = open_database(f"sqlite:///{tmp_path / 'other.db'}")
        prepare(engine)
        return engine

    return made


def test_a_row_written_without_a_sync_shows_once_the_facts_are_read_anew(crm: Crm, folder: Path) -> None:
    crm.write(*FIRST)
    crm.sync()
    _same(crm, crm.now)
    with writing(crm.engine) as connection:
        connection.execute(text("UPDATE source_tables SET fingerprint = 'other'"))
        connection.execute(text("UPDATE events SET actor = 'eva' WHERE actor = 'ana'"))
    assert _same(crm, crm.now) == 3
