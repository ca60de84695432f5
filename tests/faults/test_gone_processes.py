"""What a process that was killed left behind, and what the network delivers after everybody has given up waiting for it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slamon.jobs.deliver import processes
from slamon.jobs.deliver.processes import is_gone, own_name
from tests.faults.clock import SECOND
from tests.faults.fake_slack import Fault
from tests.faults.rig import Kill, Rig
from tests.faults.story import ELEVEN, POST, Story, later, lead_of

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
NAMED = "from slamon.jobs.deliver.processes import own_name; print(own_name(), flush=True); input()"


def test_a_process_is_gone_when_it_ended_and_not_while_it_sleeps() -> None:
    with subprocess.Popen([sys.executable, "-c", NAMED], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert name != own_name()
        assert not is_gone(name)
        other.send_signal(signal.SIGSTOP)
        assert not is_gone(name), "it may wake"
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(name), "also before its parent has heard of it"
    assert is_gone(name)


def test_of_a_process_that_cannot_be_seen_from_here_nobody_says_that_it_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = own_name()
    user, _, rest = own.partition("@")
    host, pid, namespace, began = rest.split(":")
    assert not is_gone(own)
    assert is_gone(f"{user}@{host}:{pid}:{namespace}:1"), "another one has its number by now"
    for elsewhere in (
        "",
        "test",
        f"{user}@{host}:{pid}",
        f"{user}@other:{pid}:{namespace}:1",
        f"{user}@{host}:{pid}:4.x:{began}",
        f"{user}@{host}:x:y:z",
    ):
        assert not is_gone(elsewhere)
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert not is_gone(own), "a system that tells nothing"
    assert own_name() == f"{user}@{host}:{pid}"


@pytest.mark.parametrize("stored", [True, False], ids=["Slack stored it", "Slack did not store it"])
def test_p1_two_kills_in_a_row_on_the_same_message_delay_it_by_less_than_three_minutes(made: Rig, stored: bool) -> None:
    story = Story(made, [lead_of(0)]).queued()
    for _ in range(2):
        made.slack.plant(*([] if stored else [Fault(POST, "disconnect")]))
        made.kill = Kill(7)
        while made.kill is not None:
            told = made.order("deliver")
            if told.killed_at is None:
                if told.due is None:  # it was found, and nothing is left to be killed in
                    break
                made.clock.reach(max(told.due, made.clock() + 5 * SECOND))
    made.kill = None
    verdict = story.settled()
    assert verdict.clean, verdict.in_full()
    assert verdict.late_max <= 180 * SECOND, verdict


def test_f06_what_lands_after_the_news_of_its_answer_is_deleted(made: Rig) -> None:
    """Looked for twice and not found, overtaken by the answer, and stored by Slack five minutes late."""
    story = Story(made, [lead_of(0, answered=later(1))]).queued()
    made.slack.plant(Fault(POST, "disconnect", stored=True, late_s=300, channel="#team-0"))
    for minutes in (0.1, 1.1, 1.5, 2.2, 3, 4, 4.9):
        story.tick(later(minutes))
    assert [each for each in story.shows("#team-0") if "Past target" in each] == []
    before = story.shows("#team-0")
    for minutes in (6, 8, 12, 18, 25):
        story.tick(later(minutes))
    assert made.clock() > ELEVEN + 300 * SECOND
    assert [each.what for each in made.slack.changes if each.message["channel"] == "C0TEAM0000"][-1] == "deleted"
    assert story.shows("#team-0") == before
