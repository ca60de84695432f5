"""`slamon run`: every job runs, a broken change is not used, and SIGTERM ends it cleanly."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from slamon.cli import run
from slamon.store.database import open_database
from slamon.store.heartbeats import load_heartbeats

PATIENCE_S = 90.0
JOBS = ("sync", "reread", "check", "deliver", "reports")


class Service:
    """The program as a child, and what it wrote to its journal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal.txt"
        with self.journal.open("w") as file:
            self.child = subprocess.Popen([sys.executable, "-m", "slamon", "run", "--config", str(folder)], stderr=file)

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines() if line.startswith("{")]

    def wait_for(self, event: str, **details: object) -> dict[str, object]:
        """The first event of that name with those details."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.child.poll() is None:
            for each in self.events():
                if each["event"] == event and details.items() <= each.items():
                    return each
            time.sleep(0.2)
        raise AssertionError(f"no {event} {details} in {self.journal.read_text()}")

    def measured(self, port: int, family: str) -> str:
        """What /metrics says, as soon as it has a family's figures: a job's heartbeat is written after its line in the journal."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.child.poll() is None:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                said: str = answer.read().decode()
            if f"\n{family}{{" in said:
                return said
            time.sleep(0.2)
        raise AssertionError(f"no {family} in {said}")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "workspace"
    assert run(["init", str(folder)]) == 0
    started = Service(folder)
    yield started
    started.child.kill()
    started.child.wait(10)


def test_every_job_runs_and_sigterm_ends_it_cleanly(service: Service) -> None:
    for job in JOBS:
        service.wait_for("job done", job=job)
    service.child.send_signal(signal.SIGTERM)
    assert service.child.wait(30) == 0
    assert service.events()[-1]["event"] == "stopped"
    engine = open_database(f"sqlite:///{service.folder / 'slamon.db'}")
    beats = load_heartbeats(engine)
    engine.dispose()
    assert {job: beat.ok for job, beat in beats.items() if job != "tick"} == dict.fromkeys(JOBS, True)


def test_with_the_setting_web_it_answers_while_it_runs_and_not_afterwards(service: Service, tmp_path: Path) -> None:
    service.child.kill()
    service.child.wait(10)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = service.folder / "slamon.yaml"
    settings.write_text(settings.read_text() + f"\nweb: {{port: {port}}}\n")
    again = Service(service.folder)
    try:
        again.wait_for("web started", port=port)
        again.wait_for("job done", job="check")
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            assert json.load(answer)["alive"] is True
        assert 'slamon_job_duration_seconds{job="check"}' in again.measured(port, "slamon_job_duration_seconds")
        again.child.send_signal(signal.SIGTERM)
        assert again.child.wait(30) == 0
    finally:
        again.child.kill()
        again.child.wait(10)
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10)


def test_a_broken_change_of_a_definition_is_not_used_and_the_service_goes_on(service: Service) -> None:
    service.wait_for("job done", job="check")
    broken = next((service.folder / "sla_definitions").glob("hot*.yaml"))
    broken.write_text(broken.read_text() + "\nwithin: 4\n")
    service.wait_for("change not used")
    assert service.child.poll() is None


def test_an_edit_of_what_was_judged_is_not_used_until_somebody_says_that_the_text_was_wrong(service: Service) -> None:
    service.wait_for("delivery")  # something was judged
    file = next((service.folder / "sla_definitions").glob("hot*.yaml"))
    text = file.read_text()
    found = re.search(r"^sla: (.+)$", text, re.MULTILINE), re.search(r'^effective_from: "(.+)"$', text, re.MULTILINE)
    assert found[0]
    assert found[1]
    named = (found[0][1], found[1][1])
    file.write_text(re.sub(r"^within: .*$", "within: 9wh", text, flags=re.MULTILINE))
    refused = service.wait_for("change not used")
    assert f"version {named[1]} of '{named[0]}' has other terms now" in str(refused["reason"])
    engine = open_database(f"sqlite:///{service.folder / 'slamon.db'}")
    try:
        beat = load_heartbeats(engine)["reload"]
        assert not beat.ok
        assert "slamon reword" in beat.detail
        said = ["--yes", "--by", "ana", "--reason", "a typing error"]
        assert run(["reword", *named, *said, "--config", str(service.folder)]) == 0
        service.wait_for("change used")
        assert load_heartbeats(engine)["reload"].ok
    finally:
        engine.dispose()
