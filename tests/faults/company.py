"""The company of the rig: six teams, one promise, and a CRM whose every row follows from a seed."""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from tests.faults.clock import DAY, HOUR, MINUTE, MONDAY, SECOND
from tests.faults.fake_slack import TOKEN

TEAMS = 6
REPS = 3
OPENS, CLOSES = 9 * HOUR, 17 * HOUR
WARNED, DUE, ESCALATED, MAILED = HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR
"""How much working time after its start a lead comes to each of these."""
HEAD = "head@example.com"
REPORT_TO = ("cmo@example.com", "cso@example.com")
REPORT_AT = 17 * HOUR + 30 * MINUTE
QUIET = 12 * MINUTE
"""No answer falls so close to a moment at which somebody is told, so that what is to be said is beyond doubt."""
BETWEEN = (45 * MINUTE, 110 * MINUTE)
"""How long after one lead a team gets its next."""

HEADER = ("id", "lead", "at", "what", "owner", "name", "into")
DEFINITIONS = """\
calendars: {office: {timezone: UTC, hours: {mon-fri: ["09:00-17:00"]}}}
stages:
  - {stage: mql, owned_by: marketing, means: Ready for sales.}
  - {stage: disqualified, owned_by: sales, means: Not one for us.}
---
sla: follow-up
title: Sales calls every lead within two working hours
kind: deadline
promised_by: sales
promised_to: marketing
accountable: Head of Sales
effective_from: "2025-01-01"
start: {stage: mql}
met_by: {activity: call, direction: outbound}
within: 2wh
cancelled_by: {stage: disqualified}
alerts:
  - {at: 50%, to: holder}
  - {at: breach, to: [holder, team channel]}
  - {at: breach + 1wh, to: manager}
  - {at: breach + 2wh, to: head@example.com}
"""
SETTINGS = """\
company: Northwind
definitions: sla_definitions
calendar: office
go_live: "2026-01-01"
slack: {{default_channel: "#sla", api_url: "{slack}/api/"}}
email: {{smtp: "smtp://127.0.0.1:{mail}", from: "SLA <sla@example.com>"}}
reports:
  daily: {{at: "17:30", timezone: UTC, to: [{report_to}]}}
people:
  teams: {{{teams}}}
sources:
  crm:
    type: files
    tables:
      - {{name: people, path: people.csv, people: {{id: id, name: name, email: email, team: team}}}}
      - name: events
        path: events.csv
        lead: lead
        at: at
        id: id
        owner: owner
        attributes: {{name: name}}
        events:
          - {{when: {{what: mql}}, is: {{stage: mql}}}}
          - {{when: {{what: call}}, is: {{activity: call, direction: outbound}}}}
          - {{when: {{what: owner}}, is: {{owner: assigned}}}}
          - {{when: {{what: disqualified}}, is: {{stage: disqualified}}}}
          - {{when: {{what: deleted}}, is: {{deleted: true}}}}
          - {{when: {{what: restored}}, is: {{restored: true}}}}
          - {{when: {{what: merged}}, is: {{merged: true, into: {{column: into}}}}}}
"""


@dataclass(frozen=True)
class Row:
    """One row of the CRM: when it happens is when it can be read."""

    at: int
    lead: str
    what: str
    owner: str = ""
    into: str = ""


@dataclass
class Lead:
    """What happens to one lead, in instants; ``holders`` are (since, rep) in order.

    ``away`` are the times in which it was deleted and not restored yet (inside working hours); ``gone`` is when it was
    deleted for good or disqualified (``goes`` says which); ``merged`` says when and into which lead.
    """

    name: str
    team: int
    start: int
    holders: list[tuple[int, str]] = field(default_factory=list)
    answered: int | None = None
    away: tuple[tuple[int, int], ...] = ()
    gone: int | None = None
    goes: str = "deleted"
    merged: tuple[int, str] | None = None

    def rows(self) -> Iterator[Row]:
        """Its rows."""
        yield Row(self.start, self.name, "mql")
        for since, rep in self.holders:
            yield Row(since, self.name, "owner", rep)
        if self.answered is not None:
            yield Row(self.answered, self.name, "call")
        for since, until in self.away:
            yield Row(since, self.name, "deleted")
            yield Row(until, self.name, "restored")
        if self.gone is not None:
            yield Row(self.gone, self.name, self.goes)
        if self.merged is not None:
            yield Row(self.merged[0], self.name, "merged", into=self.merged[1])

    def reaches(self, length: int) -> int:
        """The instant when so much working time has passed on it; what passed while it was deleted does not count."""
        at = advance(self.start, length)
        for since, until in self.away:
            at = advance(at, until - since) if since < at else at
        return at

    def holder_at(self, instant: int) -> str:
        """Whose it is."""
        return [rep for since, rep in self.holders if since <= instant][-1]


def advance(start: int, length: int) -> int:
    """The instant when so much working time after a start has passed; starts lie in working hours."""
    at, left = start, length
    while True:
        midnight = at - at % DAY
        closes = midnight + CLOSES
        if (midnight - MONDAY) // DAY % 7 < 5 and at < closes:
            at = max(at, midnight + OPENS)
            if left <= closes - at:
                return at + left
            left -= closes - at
        at = midnight + DAY


def is_working_day(day: int) -> bool:
    """Whether the company works on a day, counted from the first Monday."""
    return day % 7 < 5


def leads_of_day(seed: int, day: int, teams: int = TEAMS) -> list[Lead]:
    """The leads that come in on a day; the same for the same seed and day."""
    chance = random.Random(f"{seed} {day}")
    found: list[Lead] = []
    if not is_working_day(day):
        return found
    for team in range(teams):
        at = MONDAY + day * DAY + OPENS + chance.randrange(BETWEEN[0]) // SECOND * SECOND
        while at < MONDAY + day * DAY + CLOSES - 20 * MINUTE:
            name = f"L{day:03}{team}{len(found):03}"
            found.append(_lead(name, team, at, chance))
            at += chance.randrange(*BETWEEN) // SECOND * SECOND
    return found


def _lead(name: str, team: int, start: int, chance: random.Random) -> Lead:
    rep = chance.randrange(REPS)
    lead = Lead(name, team, start, [(start, rep_of(team, rep))])
    if chance.random() < 0.25:
        since = advance(start, chance.choice([30, 90]) * MINUTE)
        lead.holders.append((since, rep_of(team, (rep + 1) % REPS)))
    fate = chance.choices(["at once", "warned", "late", "escalated", "never"], [25, 20, 25, 15, 15])[0]
    spans = {"at once": (0, WARNED), "warned": (WARNED, DUE), "late": (DUE, ESCALATED), "escalated": (ESCALATED, MAILED)}
    if fate in spans:
        begins, ends = spans[fate]
        lead.answered = advance(start, chance.randrange(begins + QUIET, ends - QUIET) // SECOND * SECOND)
    return lead


def rep_of(team: int, number: int) -> str:
    """A rep's id in the CRM."""
    return f"rep{team}{number}"


def address_of(rep: str) -> str:
    """A rep's mail address."""
    return f"{rep}@example.com"


def manager_of(team: int) -> str:
    """A team's manager."""
    return f"boss{team}@example.com"


def channel_of(team: int) -> str:
    """A team's channel."""
    return f"#team-{team}"


def slack_channels() -> dict[str, str]:
    """Every channel with its id."""
    return {"#sla": "C0DEFAULT1"} | {channel_of(team): f"C0TEAM{team:04}" for team in range(TEAMS)}


def slack_people() -> dict[str, str]:
    """Everybody's address with their id in Slack."""
    reps = {address_of(rep_of(team, number)): f"U0REP{team}{number:04}" for team in range(TEAMS) for number in range(REPS)}
    return reps | {manager_of(team): f"U0BOSS{team:04}" for team in range(TEAMS)}


@dataclass
class Company:
    """A workspace's folder, and the rows that its CRM shows by now."""

    folder: Path
    shown: list[Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """What the CRM calls a lead, where that is not its id."""
    extra: list[tuple[str, ...]] = field(default_factory=list)
    """Rows of the export as they are."""

    def open(self, slack: str, mail: int, database_url: str, *, definitions: str = DEFINITIONS, more: str = "") -> None:
        """Write the settings, the promise and the people."""
        (self.folder / "sla_definitions").mkdir()
        (self.folder / "sla_definitions/all.yaml").write_text(definitions, encoding="utf-8")
        teams = ", ".join(f'team{each}: {{manager: {manager_of(each)}, channel: "{channel_of(each)}"}}' for each in range(TEAMS))
        settings = SETTINGS.format(slack=slack, mail=mail, teams=teams, report_to=", ".join(REPORT_TO))
        (self.folder / "slamon.yaml").write_text(settings + more, encoding="utf-8")
        environment = {"SLAMON_SLACK_BOT_TOKEN": TOKEN, "SLAMON_DATABASE_URL": database_url}
        (self.folder / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
        people = [(rep_of(t, n), f"Rep {t}{n}", address_of(rep_of(t, n)), f"team{t}") for t in range(TEAMS) for n in range(REPS)]
        self._write("people.csv", [("id", "name", "email", "team"), *people])
        self.write([])

    def show(self, rows: list[Row]) -> None:
        """Let the CRM show more rows: its export is replaced whole."""
        self.shown += rows
        self.write(self.rows())

    def rows(self) -> list[tuple[str, ...]]:
        """What the export holds."""
        named = [(each, self.names.get(each.lead, each.lead)) for each in self.shown]
        written = [
            (f"{each.lead}-{each.what}-{each.owner}", each.lead, iso(each.at), each.what, each.owner, name, each.into)
            for each, name in named
        ]
        return [*written, *self.extra]

    def write(self, rows: list[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> None:
        """Replace the export by anything."""
        self._write("events.csv", [header, *rows])

    def _write(self, name: str, rows: list[tuple[str, ...]]) -> None:
        partial = self.folder / f"{name}.partial"
        with partial.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
            csv.writer(file).writerows(rows)
        partial.replace(self.folder / name)


def iso(instant: int) -> str:
    """An instant as the CRM writes it."""
    day, rest = divmod(instant - MONDAY, DAY)
    year, month, number = _civil(day)
    return f"{year:04}-{month:02}-{number:02}T{rest // HOUR:02}:{rest // MINUTE % 60:02}:{rest // SECOND % 60:02}Z"


def _civil(days: int) -> tuple[int, int, int]:
    found = date(2026, 1, 5) + timedelta(days=days)
    return found.year, found.month, found.day
