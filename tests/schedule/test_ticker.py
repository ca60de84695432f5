"""The ticker and what surrounds it: jobs overlap with nothing, clocks may be set, and a broken change of files is not used."""

import io
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from slamon.core.working_time.instants import HOUR, SECOND
from slamon.journal import Journal, describe
from slamon.reloading import Reloading
from slamon.schedule import Beat, Job, run_service, wall_clock
from slamon.store.database import StoreError

SECRET = "xoxb-planted"


class Scene:
    """A service in a thread, with everything it said."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.beats: list[tuple[str, bool, str]] = []
        self.stop = threading.Event()
        self.shift = 0

    def clock(self) -> int:
        return wall_clock() + self.shift

    def beat(self, job: str, at: int, ok: bool, detail: str, took: int | None) -> None:
        self.beats.append((job, ok, detail))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def run(self, jobs: dict[str, Job], until: Callable[[], bool], seconds: float = 20, beat: Beat | None = None) -> None:
        journal = Journal(self.clock, self.out, [SECRET])
        service = threading.Thread(
            target=run_service, args=(jobs, self.stop, beat or self.beat, journal), kwargs={"clock": self.clock, "grace_s": 2}
        )
        service.start()
        give_up = time.monotonic() + seconds
        while not until() and time.monotonic() < give_up:
            time.sleep(0.02)
        self.stop.set()
        service.join(timeout=15)
        assert not service.is_alive()
        assert until(), self.out.getvalue()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_job_that_takes_longer_than_its_interval_is_never_run_twice_at_a_time(scene: Scene) -> None:
    at_once, most, ended = 0, 0, 0

    def slow() -> None:
        nonlocal at_once, most, ended
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.35)
        at_once -= 1
        ended += 1

    scene.run({"slow": Job(slow, 0.1)}, lambda: ended >= 3)
    assert most == 1


def test_what_a_job_says_is_in_its_heartbeat_and_in_the_journal(scene: Scene) -> None:
    scene.run({"check": Job(lambda: f"3 transitions {SECRET}", 0.1)}, lambda: len(scene.beats) >= 2)
    assert ("check", True, "3 transitions ***") in scene.beats
    assert scene.lines()[0]["event"] == "started"
    done = next(line for line in scene.lines() if line["event"] == "job done")
    assert (done["job"], done["detail"]) == ("check", "3 transitions ***")


def test_our_own_errors_say_what_to_mend_and_others_only_what_they_are(scene: Scene) -> None:
    def ours() -> None:
        raise StoreError(f"the database does not open with {SECRET}; check the path")

    def foreign() -> None:
        raise RuntimeError("ana@example.com")

    scene.run({"sync": Job(ours, 0.1), "check": Job(foreign, 0.1)}, lambda: len({job for job, _, _ in scene.beats}) >= 2)
    assert ("sync", False, "the database does not open with ***; check the path") in scene.beats
    assert ("check", False, "RuntimeError") in scene.beats
    assert "ana@" not in scene.out.getvalue()
    assert describe(RuntimeError("x")) == {"error": "RuntimeError"}


def test_a_heartbeat_that_cannot_be_written_is_in_the_journal_and_the_jobs_go_on(scene: Scene) -> None:
    runs = 0

    def work() -> None:
        nonlocal runs
        runs += 1

    def locked(job: str, at: int, ok: bool, detail: str, took: int | None) -> None:
        raise OSError("database is locked")

    scene.run({"check": Job(work, 0.1)}, lambda: runs >= 3, beat=locked)
    assert any(line["event"] == "heartbeat failed" and line["error"] == "OSError" for line in scene.lines())


@pytest.mark.parametrize("step", [-24 * HOUR, -HOUR, HOUR, 400 * 24 * HOUR, 40 * 365 * 24 * HOUR])
def test_after_the_clock_was_set_the_jobs_run_at_once_and_not_in_a_storm(scene: Scene, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class SetClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "SetClock":
            return cls.fromtimestamp(scene.clock() / SECOND, tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", SetClock)
    monkeypatch.setattr("slamon.schedule.datetime", SetClock)
    runs: list[float] = []

    def work() -> None:
        runs.append(time.monotonic())
        if len(runs) == 3:
            scene.shift = step

    scene.run({"check": Job(work, 0.7)}, lambda: any(line["event"] == "clock was set" for line in scene.lines()) and len(runs) >= 6)
    assert len(runs) <= 10
    assert max(later - earlier for earlier, later in pairwise(runs)) < 5


def test_a_job_that_hangs_is_told_once_while_the_others_go_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slamon.schedule.STUCK_AFTER", 500_000)
    free = threading.Event()
    runs = 0

    def work() -> None:
        nonlocal runs
        runs += 1

    scene.run({"sync": Job(lambda: free.wait(60), 0.1), "check": Job(work, 0.2)}, lambda: runs >= 15)
    free.set()
    assert [line["job"] for line in scene.lines() if line["event"] == "job hangs"] == ["sync"]
    assert ("sync", False, "has been running for more than half an hour") in scene.beats


def test_a_ticker_that_died_is_replaced(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slamon.schedule.PULSELESS_S", 0.5)  # the pulse comes every five seconds: it looks dead
    runs = 0

    def work() -> None:
        nonlocal runs
        runs += 1

    scene.run({"check": Job(work, 3600)}, lambda: runs >= 2)
    assert any(line["event"] == "ticker died" for line in scene.lines())


def test_an_event_is_one_line_whatever_it_says() -> None:
    out = io.StringIO()
    Journal(wall_clock, out, ['se"cret\n']).write("job done", detail='a\n{"event": "forged"} \x1b[31m se"cret\n')
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["detail"] == 'a\n{"event": "forged"} \x1b[31m ***'
    assert "\x1b" not in line


class Files:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "slamon.yaml"
        self.path.write_text("1", encoding="utf-8")
        self.out = io.StringIO()
        self.beats: list[tuple[str, bool, str]] = []
        self.loads = 0

    def load(self) -> int:
        self.loads += 1
        try:
            return int(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise StoreError("slamon.yaml:1: not a number") from error

    def reloading(self) -> Reloading[int]:
        return Reloading(
            self.load,
            lambda: [self.path],
            lambda job, _at, ok, detail, _took: self.beats.append((job, ok, detail)),
            Journal(wall_clock, self.out),
        )


def test_a_change_of_the_files_is_used_at_the_next_tick_and_nothing_is_read_without_one(tmp_path: Path) -> None:
    files = Files(tmp_path)
    reloading = files.reloading()
    assert [reloading.current(), reloading.current()] == [1, 1]
    assert files.loads == 1
    files.path.write_text("22", encoding="utf-8")
    assert reloading.current() == 22
    assert files.beats == [("reload", True, "")]


def test_a_broken_change_keeps_what_was_and_is_told_once(tmp_path: Path) -> None:
    files = Files(tmp_path)
    reloading = files.reloading()
    files.path.write_text("broken", encoding="utf-8")
    assert [reloading.current(), reloading.current()] == [1, 1]
    assert files.beats == [("reload", False, "slamon.yaml:1: not a number")]
    files.path.unlink()
    assert reloading.current() == 1
    files.path.write_text("333", encoding="utf-8")
    assert reloading.current() == 333
    assert files.beats[-1] == ("reload", True, "")


@pytest.mark.faults
def test_a60_a_file_that_changes_while_it_is_read_is_read_once_more(tmp_path: Path) -> None:
    files = Files(tmp_path)
    reloading = files.reloading()
    files.path.write_text("22", encoding="utf-8")
    read = Path.read_text
    interrupted: list[str] = []

    def read_text(path: Path, *arguments: str, **more: str) -> str:
        content = read(path, *arguments, **more)
        if path == files.path and not interrupted:
            interrupted.append(content)
            files.path.write_text("4444", encoding="utf-8")
        return content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", read_text)
        assert reloading.current() == 22, "what was read is of one moment"
        assert reloading.current() == 4444
    assert interrupted == ["22"]


def test_files_that_are_broken_at_the_start_are_refused(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.path.write_text("broken", encoding="utf-8")
    with pytest.raises(StoreError, match="not a number"):
        files.reloading()


def test_a_job_is_woken_when_there_is_work_for_it_long_before_its_interval(scene: Scene) -> None:
    began: list[float] = []
    due_at = time.monotonic() + 1.5

    def run() -> None:
        began.append(time.monotonic())

    scene.run({"check": Job(run, 600, lambda: len(began) == 1 and time.monotonic() >= due_at)}, lambda: len(began) >= 2)
    assert 0 <= began[1] - due_at < 1.5


def test_a_job_that_fails_is_not_woken_again_and_again(scene: Scene) -> None:
    tries = 0

    def fail() -> None:
        nonlocal tries
        tries += 1
        raise StoreError("the database is away")

    until = time.monotonic() + 3
    scene.run({"check": Job(fail, 600, lambda: True)}, lambda: time.monotonic() > until)
    assert tries == 1


def test_a_question_that_fails_is_told_and_the_interval_goes_on(scene: Scene) -> None:
    runs = 0

    def run() -> None:
        nonlocal runs
        runs += 1

    def away() -> bool:
        raise StoreError("the database is away")

    scene.run({"check": Job(run, 0.5, away)}, lambda: runs >= 3)
    assert [line["reason"] for line in scene.lines() if line["event"] == "not woken"] == ["the database is away"]
