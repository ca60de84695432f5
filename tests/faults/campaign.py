"""A campaign of kills: working days of the company, killed wherever the plan of a seed says, and what came of it.

By hand: ``make faults SEED=7 KILLS=500``.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.clock import DAY, MINUTE, MONDAY, SECOND
from tests.faults.company import DUE, ESCALATED, MAILED, REPORT_AT, TEAMS, WARNED, Lead, Row, advance, is_working_day, leads_of_day
from tests.faults.failpoints import POINTS
from tests.faults.fake_slack import Fault
from tests.faults.oracle import Verdict, allowed, compared, expected, expected_reports
from tests.faults.rig import RANDOM, Kill, Rig, Told

SHARE_OF_FAILPOINTS = 0.6
"""Of all kills, those at failpoints, the same number at each; the others come at any moment."""
MOST_DAYS = 120
STUCK_AFTER = 400
JITTER = 20 * SECOND
HELD = 90 * SECOND
"""Good news is told once it has held for a minute."""
LOOKING = (1, 2, 3, 15)
MAILING = (12, 13, 14)
SENDING = (4, 5, 6, 7, 8, 9)
TROUBLE = 0.04
"""How often a post meets trouble of Slack's own besides."""


@dataclass
class Plan:
    """Which kills are still to come, and the dice that decide where the next one is."""

    chance: random.Random
    left: Counter[int]
    tick_s: float = 0.2
    troubled: bool = True

    @classmethod
    def of(cls, seed: int, kills: int, *, troubled: bool = True) -> "Plan":
        """So many kills, spread over the failpoints and over any moments."""
        at_each = round(kills * SHARE_OF_FAILPOINTS / len(POINTS))
        left = Counter(dict.fromkeys(POINTS, at_each))
        left[RANDOM] = kills - left.total()
        return cls(random.Random(seed), left, troubled=troubled)

    def next(self, candidates: list[int], likely: float) -> Kill | None:
        """A kill at one of some failpoints or at any moment, if one is left and the dice say so."""
        open_ones = [point for point in (*candidates, RANDOM) if self.left[point] > 0]
        if not open_ones or self.chance.random() > likely:
            return None
        if 11 in open_ones:
            return Kill(11)
        point = self.chance.choices(open_ones, [self.left[each] for each in open_ones])[0]
        return Kill(point, self.chance.choice([1, 1, 1, 2, 3]), self.chance.random() * self.tick_s)


@dataclass
class Campaign:
    """A seed's leads, kills and troubles, played on a rig until every kill was made and everything was said."""

    made: Rig
    seed: int
    kills: int
    most_days: int = MOST_DAYS
    troubled: bool = True
    plan: Plan = field(init=False)
    leads: list[Lead] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    first_check: int = 0
    ticks: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.plan = Plan.of(self.seed, self.kills, troubled=self.troubled)

    def said(self, verdict: Verdict) -> str:
        """The line that people read."""
        played = f"kills={self.made.killed.total()} days={len({lead.start // DAY for lead in self.leads})} leads={len(self.leads)}"
        return f"{verdict} {played} seed={self.seed}"

    def run(self) -> Verdict:
        """Play it, and compare what was shown with what had to be."""
        for day in range(self.most_days):
            if self.plan.left.total() == 0 and day:
                break
            self.made.slack.history_lag_s = self.plan.chance.random() * 10
            self._play(day)
        self._quiet()
        until = self.made.clock()
        must = expected(self.leads, until) | expected_reports(self.first_check, until)
        return compared(must, allowed(self.leads), self.made.slack, self.made.mail)

    def _play(self, day: int) -> None:
        rest = self.plan.left.total() - self.plan.left[11]
        fresh = leads_of_day(self.seed, day, teams=TEAMS if rest or not day else 1)  # for reports alone, a calm day will do
        self.leads += fresh
        self.rows = sorted([*self.rows, *(row for lead in fresh for row in lead.rows())], key=lambda row: row.at)
        told = {advance(lead.start, span) + SECOND for lead in fresh for span in (WARNED, DUE, ESCALATED, MAILED)}
        report = {MONDAY + day * DAY + REPORT_AT + SECOND} if is_working_day(day) else set()
        later = {max(each, self.made.clock()) for each in self.moments}
        answers = {lead.answered + HELD for lead in fresh if lead.answered is not None}
        answers |= {lead.answered + SECOND for lead in fresh if lead.answered is not None and lead.answered > advance(lead.start, DUE)}
        self.moments = sorted(later | told | report | answers)
        midnight = MONDAY + (day + 1) * DAY
        due: int | None = None
        while (self.moments and self.moments[0] < midnight) or due is not None:
            due = self._step(due, midnight)

    def _step(self, due: int | None, midnight: int) -> int | None:
        """Go to the next instant at which something happens, and tick; when something is due again."""
        now = self.made.clock()
        coming = [each for each in (self.moments[:1]) if each < midnight] + ([max(due, now + 5 * SECOND)] if due is not None else [])
        self.made.clock.reach(min(coming) + self.plan.chance.randrange(JITTER))
        now = self.made.clock()
        ripe = [each for each in self.moments if each <= now]
        self.moments = self.moments[len(ripe) :]
        told = self._tick(ripe)
        if told.killed_at is not None:  # what was to be done at those moments may not have been
            return self.made.clock()
        return told.due

    def _tick(self, ripe: list[int]) -> Told:
        self.ticks += 1
        shown = [row for row in self.rows if row.at <= self.made.clock()]
        self.rows = self.rows[len(shown) :]
        if shown:
            self.made.company.show(shown)
        at_report = any((each - MONDAY) % DAY == REPORT_AT + SECOND for each in ripe)
        points, likely = ([11], 1.0) if at_report and self.plan.left[11] else (list(LOOKING), 0.4 if ripe else 0.05)
        late = self.made.clock() % DAY >= REPORT_AT
        told = self._order(points, likely, "sync", "check", *(("reports",) if late else ()))
        if told.killed_at is not None:
            return told
        self.first_check = self.first_check or self.made.clock()
        waits = told.waiting
        points = [point for point in MAILING if waits.get("email pending")] or list(SENDING)
        points = [10] if any("unsure" in each for each in waits) and self.plan.left[10] else points
        if waits.get("slack pending") and self.troubled and self.plan.chance.random() < TROUBLE:
            self.made.slack.plant(self._trouble())
        told = self._order(points, 0.7 if waits else 0.0, "deliver")
        self.made.slack.faults.clear()
        return told

    def _order(self, points: list[int], likely: float, *jobs: str) -> Told:
        kill = self.plan.next(points, likely)
        not_stored = kill is not None and kill.point == 7 and self.plan.chance.random() < 0.5
        if kill and not_stored:
            kill.hit = 1
            self.made.slack.plant(Fault("chat.postMessage", "disconnect"))
        elif kill and kill.point == 7 and self.plan.chance.random() < 0.5:
            kill.hit = 1
            self.made.slack.plant(Fault("chat.postMessage", "fine", stored=True, late_s=self.plan.chance.randrange(5, 35)))
        self.made.kill = kill
        told = self.made.order(*jobs, *(("checkpoint",) if kill and kill.point == 15 else ()))
        self.made.kill = None
        if told.killed_at is not None:
            self.plan.left[told.killed_at] -= 1
        else:
            self.plan.tick_s = 0.8 * self.plan.tick_s + 0.2 * max(told.took_s, 0.02)
            self.failed.update(f"{job} {said}" for job, said in told.did.items() if said.startswith("failed"))
        return told

    def _trouble(self) -> Fault:
        stored = self.plan.chance.random() < 0.5
        kinds = [
            ("reset", ""),
            ("disconnect", ""),
            ("half body", ""),
            ("body", "<html>"),
            ("body", '{"ok": tru'),
            ("status", "503"),
            ("error", "fatal_error"),
        ]
        kind, value = self.plan.chance.choice(kinds)
        if self.plan.chance.random() < 0.2:
            return Fault("chat.postMessage", "rate limit", value="30")
        return Fault("chat.postMessage", kind, stored, value)

    def _quiet(self) -> None:
        """No more kills: everything that waits goes out."""
        self.plan.left.clear()
        for _ in range(STUCK_AFTER):
            told = self._tick([])
            if told.due is None:
                break
            self.made.clock.reach(max(told.due, self.made.clock() + 5 * SECOND))
        self.made.clock.wait(20 * MINUTE)
