"""A58, A59, A63: planted secrets are in no output of any command, and planted people in no line of the journal."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slamon.cli import run
from tests.channels.fake_slack import slack_workspace

ROOT = Path(__file__).parents[2]
TOKEN = "xoxb-9-planted-token"
PASSWORD = "planted-mail-password"
DATABASE = "planted-database-password"
WEB = "planted-web-secret-of-thirty-two-characters"
SOURCE = "planted-source-password"
PERSON = "planted.person@example.com"
FORGED = '\x1b[31mplanted\n{"event": "forged"}'
SECRETS = (TOKEN, PASSWORD, DATABASE, WEB, SOURCE)

EXTRA = """
slack: {default_channel: "#sla", api_url: "%s/api/"}
email: {smtp: "smtp+starttls://sla@127.0.0.1:9", from: "SLA <sla@example.com>"}
web: {port: %s, url: "https://sla.example.com"}
go_live: "2020-01-01"
"""
WAREHOUSE = f"""
  warehouse:
    type: sql
    url: postgresql+psycopg://reader:{SOURCE}@127.0.0.1:9/crm
    tables:
      - {{query: "SELECT * FROM leads", lead: id, at: at, events: [{{is: {{stage: mql}}}}]}}
"""


def environment(**more: str) -> dict[str, str]:
    planted = {"SLAMON_SLACK_BOT_TOKEN": TOKEN, "SLAMON_SMTP_PASSWORD": PASSWORD, "SLAMON_WEB_SECRET": WEB}
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)} | planted | more


def slamon(*arguments: str, **more: str) -> str:
    """Everything that a command prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "slamon", *arguments], env=environment(**more), capture_output=True, text=True, timeout=120, check=False
    )
    return ended.stdout + ended.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    assert run(["init", str(folder)]) == 0
    leads = folder / "exports/leads.csv"
    rows = leads.read_text(encoding="utf-8").splitlines()
    people = folder / "exports/people.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("ana@example.com", PERSON), encoding="utf-8")
    leads.write_text(
        "\n".join([*rows, rows[-1].replace(rows[-1].split(",")[0], f'"{PERSON} {TOKEN} {FORGED.replace(chr(34), chr(39))}"', 1)]) + "\n"
    )
    return folder


def with_settings(folder: Path, address: str, *, warehouse: bool = False) -> None:
    settings = folder / "slamon.yaml"
    text = settings.read_text(encoding="utf-8")
    if warehouse:
        text = text.replace("\nsources:\n", f"\nsources:{WAREHOUSE}", 1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.write_text(text + EXTRA % (address, free.getsockname()[1]), encoding="utf-8")


def test_a59_no_command_shows_a_secret_whatever_goes_wrong(folder: Path) -> None:
    with slack_workspace() as slack:  # another token than ours is its own: every call is refused
        with_settings(folder, slack.address, warehouse=True)
        config = ("--config", str(folder))
        shown = {
            words: slamon(*words.split(), *config)
            for words in (
                "validate",
                "sync",
                "check",
                "doctor",
                "doctor --json",
                "outbox list",
                "outbox list --json",
                "report weekly --send",
            )
        }
        shown["wrong database"] = slamon("check", *config, SLAMON_DATABASE_URL=f"postgresql://slamon:{DATABASE}@127.0.0.1:9/slamon")
        shown["no database"] = slamon("doctor", *config, SLAMON_DATABASE_URL=f"mysql://slamon:{DATABASE}@127.0.0.1/slamon")
    assert "invalid_auth" in shown["doctor"]
    assert "warehouse" in shown["sync"]
    assert {words: [each for each in SECRETS if each in text] for words, text in shown.items()} == {words: [] for words in shown}
    assert not any("\x1b[31mplanted" in text for text in shown.values())


def test_a58_and_a63_the_journal_of_the_service_and_the_outbox_s_errors_hold_ids_only(folder: Path) -> None:
    journal = folder / "journal.txt"
    with slack_workspace() as slack, journal.open("w") as log:
        with_settings(folder, slack.address)
        slamon("sync", "--config", str(folder))  # so that the first check has something to say
        child = subprocess.Popen([sys.executable, "-m", "slamon", "run", "--config", str(folder)], stderr=log, env=environment())
        until = time.monotonic() + 60
        while '"event": "delivery"' not in journal.read_text() and time.monotonic() < until:
            time.sleep(0.3)
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0
    said = journal.read_text()
    assert '"job": "check"' in said
    sendings = [line for line in map(json.loads, said.splitlines()) if line["event"] == "delivery"]
    assert {line["reason"] for line in sendings} >= {"invalid_auth"}
    assert all(len(line["id"]) == 36 for line in sendings)
    assert [each for each in (*SECRETS, PERSON, "planted", "\x1b") if each in said] == []
    assert all(line.startswith('{"at": ') and line.endswith("}") for line in said.splitlines())
    with sqlite3.connect(folder / "slamon.db") as store:
        errors = " ".join(row[0] for row in store.execute("SELECT error FROM deliveries WHERE error IS NOT NULL"))
        beats = " ".join(row[0] for row in store.execute("SELECT detail FROM heartbeats"))
    store.close()
    assert [each for each in (*SECRETS, PERSON) if each in errors + beats] == []
