"""One working day of a few leads, told tick by tick on the rig."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.clock import HOUR, MINUTE, MONDAY, SECOND
from tests.faults.company import TEAMS, Lead, Row, rep_of
from tests.faults.fake_slack import words_of
from tests.faults.oracle import Verdict, allowed, compared, expected
from tests.faults.rig import Kill, Rig, Told

POST = "chat.postMessage"
NINE = MONDAY + 9 * HOUR
TEN, ELEVEN, NOON, ONE = NINE + HOUR, NINE + 2 * HOUR, NINE + 3 * HOUR, NINE + 4 * HOUR


def lead_of(team: int, number: int = 0, answered: int | None = None, start: int = NINE) -> Lead:
    """A lead that comes in at nine, and its team's first rep has it."""
    return Lead(f"L{team:03}{number:04}", team, start, [(start, rep_of(team, 0))], answered)


@dataclass
class Story:
    """Leads whose rows the CRM shows as they happen."""

    made: Rig
    leads: list[Lead] = field(default_factory=lambda: [lead_of(team) for team in range(TEAMS)])
    rows: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = sorted((row for lead in self.leads for row in lead.rows()), key=lambda row: row.at)

    def reach(self, instant: int) -> "Story":
        """Let time pass; the CRM shows what has happened."""
        self.made.clock.reach(instant)
        shown = [row for row in self.rows if row.at <= self.made.clock()]
        self.rows = self.rows[len(shown) :]
        if shown:
            self.made.company.show(shown)
        return self

    def tick(self, instant: int) -> Told:
        """Reach an instant and do everything."""
        return self.reach(instant).made.tick()

    def warned(self) -> "Story":
        """From nine until the warnings at ten are out."""
        self.tick(NINE + 5 * SECOND)
        self.tick(TEN + 5 * SECOND)
        return self

    def queued(self) -> "Story":
        """From nine until the breaches at eleven are in the outbox, and no further."""
        self.warned()
        self.reach(ELEVEN + 5 * SECOND)
        told = self.made.order("sync", "check")
        assert told.waiting, told
        return self

    def settled(self, minutes: int = 30) -> Verdict:
        """Go on until nothing waits; what the oracle says then."""
        told = self.made.settle(minutes)
        assert told.due is None, f"this still waits: {told.waiting}"
        return self.verdict()

    def verdict(self) -> Verdict:
        """What the oracle says now."""
        return compared(expected(self.leads, self.made.clock()), allowed(self.leads), self.made.slack, self.made.mail)

    def clean(self, minutes: int = 30) -> None:
        """Go on until nothing waits, and nothing may be wrong."""
        verdict = self.settled(minutes)
        assert verdict.clean, verdict.in_full()

    def kill_at(self, point: int, *jobs: str) -> None:
        """Let the program do some jobs and be killed at a failpoint."""
        self.made.kill = Kill(point)
        told = self.made.order(*jobs)
        assert told.killed_at == point, told

    def while_it_sends(self, happens: Callable[[], object], posts: int = 3) -> Told:
        """Let the program deliver, and something happen when so many messages were posted and the last is not answered yet."""
        slack, on_its_way, happened = self.made.slack, threading.Event(), threading.Event()
        before, told, answers = len(slack.asked(POST)), list[Told](), slack.answer

        def answer(method: str, asked: dict[str, Any], late_s: float = 0) -> dict[str, Any]:
            if method == POST and not on_its_way.is_set() and len(slack.asked(POST)) >= before + posts:
                on_its_way.set()
                happened.wait(30)
            return answers(method, asked, late_s)

        slack.answer = answer  # type: ignore[method-assign]  # Slack is where we notice that a message is on its way
        order = threading.Thread(target=lambda: told.append(self.made.order("deliver")))
        order.start()
        try:
            assert on_its_way.wait(30), "nothing was sent"
            happens()
        finally:
            happened.set()
            order.join(60)
            slack.answer = answers  # type: ignore[method-assign]  # as it was
        return told[0]

    def shows(self, place: str) -> list[str]:
        """The first lines of a channel's messages, without thread answers."""
        return [words_of(each)[0] for each in self.made.slack.seen(place) if not each.get("thread_ts")]


def later(minutes: float) -> int:
    """An instant so many minutes after eleven."""
    return ELEVEN + round(minutes * MINUTE)
