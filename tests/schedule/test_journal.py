"""Whatever is written beside the journal becomes events of it: other packages' logs, warnings, errors that end a thread."""

import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slamon.journal import Journal, hear_everyone, told_safely

TOKEN = "xoxb-1234-planted"
PERSON = "ana.maria@example.com"


def fail(error: Exception) -> None:
    raise error


class Heard:
    def __init__(self) -> None:
        self.out = io.StringIO()
        self.journal = Journal(lambda: 0, self.out, ["a planted secret"])
        hear_everyone(self.journal)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def heard() -> Iterator[Heard]:
    kept = (logging.root.handlers[:], logging.root.level, warnings.showwarning, sys.excepthook, threading.excepthook)
    yield Heard()
    logging.root.handlers[:], warnings.showwarning, sys.excepthook, threading.excepthook = kept[0], kept[2], kept[3], kept[4]
    logging.root.setLevel(kept[1])


def test_a58_an_event_is_one_line_with_escapes_shown_and_secrets_masked_at_every_depth(heard: Heard) -> None:
    heard.journal.write(
        "job done", detail=f"x\n ERROR forged \x1b[31m {TOKEN}", at_depth=[{"url": "https://u:hidden@h/"}, ("a planted secret",)]
    )
    (line,) = heard.out.getvalue().splitlines()
    assert "\x1b" not in line
    assert json.loads(line)["detail"] == "x\n ERROR forged \x1b[31m ***"
    assert json.loads(line)["at_depth"] == [{"url": "https://u:***@h/"}, ["***"]]


def test_a63_mail_addresses_in_a_detail_are_masked(heard: Heard) -> None:
    heard.journal.write("job failed", reason=f"the mail server refused: 550 <{PERSON}> unknown")
    assert PERSON not in heard.out.getvalue()
    assert heard.lines()[0]["reason"] == "the mail server refused: 550 <***@example.com> unknown"


def test_what_other_packages_log_is_an_event_without_their_words(heard: Heard) -> None:
    logging.getLogger("slack_sdk.web").error("Received %s for %s", TOKEN, PERSON)
    logging.getLogger("slack_sdk.web").debug("not of interest")
    (event,) = heard.lines()
    assert (event["event"], event["logger"], event["level"]) == ("logged", "slack_sdk.web", "error")
    assert event["where"].startswith("test_journal:")
    assert "planted" not in heard.out.getvalue()


def test_a_logged_error_and_a_warning_say_their_class_and_place(heard: Heard) -> None:
    try:
        fail(ValueError(f"{PERSON} {TOKEN}"))
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        hear_everyone(heard.journal)
        warnings.warn(f"{PERSON} is deprecated", DeprecationWarning, stacklevel=1)
    logged, warned = heard.lines()
    assert logged["error"] == "ValueError"
    assert (warned["event"], warned["category"]) == ("warned", "DeprecationWarning")
    assert PERSON not in heard.out.getvalue()


def test_a_thread_that_crashes_is_told_without_what_it_said(heard: Heard) -> None:
    def crash() -> None:
        raise RuntimeError(f"{PERSON} {TOKEN}")

    thread = threading.Thread(target=crash, name="deliver")
    thread.start()
    thread.join()
    assert [(each["event"], each["thread"], each["error"]) for each in heard.lines()] == [("thread crashed", "deliver", "RuntimeError")]
    assert "planted" not in heard.out.getvalue()


def test_a59_a_traceback_for_the_makers_holds_no_secret_no_person_and_no_escape() -> None:
    try:
        fail(RuntimeError(f"{PERSON}\x1b[31m\n{TOKEN} https://u:hunter2@h and a planted secret"))
    except RuntimeError as error:
        told = told_safely(error, ["a planted secret"])
    assert "RuntimeError" in told
    assert "test_journal.py" in told
    assert not [
        each for each in (PERSON, TOKEN, "hunter2", "a planted secret", "\x1b") if each in told.replace(Path(__file__).read_text(), "")
    ]


def test_a59_a_fault_of_the_program_ends_without_showing_the_secrets_of_the_environment() -> None:
    crash = (
        "import slamon.cli, os\n"
        "def crash(arguments):\n    raise RuntimeError('x ' + os.environ['SLAMON_SLACK_BOT_TOKEN'] + ' ' + os.environ['SLAMON_SMTP_PASSWORD'])\n"
        "slamon.cli.run = crash\nslamon.cli.main()\n"
    )
    environment = {"SLAMON_SLACK_BOT_TOKEN": TOKEN, "SLAMON_SMTP_PASSWORD": "hunter-two", "PATH": ""}
    ended = subprocess.run(
        [sys.executable, "-c", crash],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    assert "RuntimeError: x *** ***" in ended.stderr
    assert "planted" not in ended.stderr + ended.stdout
    assert "hunter-two" not in ended.stderr + ended.stdout


def test_f33_a_journal_that_cannot_be_written_stops_nothing_and_says_afterwards_how_much_was_lost() -> None:
    class Disk(io.StringIO):
        full = True

        def write(self, text: str) -> int:
            if self.full:
                raise OSError(28, "No space left on device")
            return super().write(text)

    disk = Disk()
    journal = Journal(lambda: 0, disk)
    journal.write("one")
    journal.write("two")
    disk.full = False
    journal.write("three")
    journal.write("four")
    assert [(each["event"], each.get("lost")) for each in map(json.loads, disk.getvalue().splitlines())] == [("three", 2), ("four", None)]
