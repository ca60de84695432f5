"""The people of the synthetic company: four offices, their reps and managers, their hours, and who is away when."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, HOUR, NEVER, Instants
from slamon.core.working_time.zones import offsets_of
from slamon.demo.names import person_name

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DOMAIN = "northwind-cloud.example"
REPS_PER_TEAM = 10
HISTORY = 182 * DAY

ROUTER, AUTOMATION, SEQUENCER, IMPORTER = "router", "marketing-automation", "sequencer", "mk-02"
AUTOMATED = (ROUTER, AUTOMATION, SEQUENCER)

UNCOVERED_REP = 3
"""The number of the rep who is on leave now and still gets leads."""


@dataclass(frozen=True, slots=True)
class Office:
    """One sales team: where it works, what share of the leads it gets, and how much better it keeps promises than most."""

    team: str
    code: str
    timezone: str
    country: str
    subdivision: str | None
    hours: tuple[str, ...]
    share: float
    diligence: float

    @property
    def calendar_name(self) -> str:
        """The name of the team's calendar in the definitions."""
        return f"team-{self.code}"

    @property
    def channel(self) -> str:
        """The team's Slack channel."""
        return f"#sales-{self.code}"

    def calendar(self) -> Calendar:
        """When the team works, with its country's holidays."""
        return Calendar(
            self.timezone,
            {"mon-fri": list(self.hours)},
            {"country": self.country, "subdivision": self.subdivision} if self.subdivision else {"country": self.country},
        )


OFFICES = (
    Office("DACH", "dach", "Europe/Berlin", "DE", "BE", ("08:30-12:30", "13:15-17:15"), 0.29, 0.02),
    Office("UK & Ireland", "uki", "Europe/London", "GB", "ENG", ("09:00-17:30",), 0.22, 0.01),
    Office("US East", "us-east", "America/New_York", "US", None, ("08:30-17:00",), 0.28, 0.03),
    Office("US West", "us-west", "America/Los_Angeles", "US", None, ("08:30-17:00",), 0.21, -0.13),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the CRM's user table."""

    id: str
    name: str
    email: str
    team: str
    manager: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Leave:
    """Absences of the reps; rep ``person[i]`` is away in ``[since[i], until[i])``."""

    person: Ints
    since: Instants
    until: Instants

    def return_of(self, rep: Ints, at: Instants) -> Instants:
        """When each rep is back, where the rep is away at that instant; NEVER where the rep is there."""
        back = np.full(len(rep), NEVER, np.int64)
        for person, since, until in zip(self.person, self.since, self.until, strict=True):
            back[(rep == person) & (since <= at) & (at < until)] = until
        return back


class Workdays:
    """One office's working days around the six months, as arrays of openings and closings (instants)."""

    __slots__ = ("calendar", "closes", "opens")

    def __init__(self, calendar: Calendar, first: int, last: int) -> None:
        """Compile the working days that begin between two instants."""
        offsets = offsets_of(calendar.timezone, first, last)
        midnight = np.arange(first // DAY, last // DAY, dtype=np.int64) * DAY
        opens = calendar.advance_micros(offsets.from_wall(midnight), np.ones(len(midnight), np.int64)) - 1
        self.calendar = calendar
        self.opens = np.unique(opens)
        self.closes = calendar.retreat_micros(np.append(self.opens[1:], self.opens[-1] + DAY), np.ones(len(self.opens), np.int64)) + 1

    def day_of(self, instants: Instants) -> Ints:
        """The number of the working day that holds each instant; the next one's outside hours."""
        return np.searchsorted(self.closes, instants, side="right")

    def moment(self, day: Ints, share: Floats) -> Instants:
        """The instant at a share (0 to 1) of each working day's hours; days beyond the last are the last."""
        known = np.minimum(day, len(self.opens) - 1)
        worked = self.calendar.elapsed_micros(self.opens[known], self.closes[known])
        return self.calendar.advance_micros(self.opens[known], np.maximum((worked * share).astype(np.int64), 1))


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody, and the working days of the four offices; reps are numbered 0 to 39, ten to an office in order."""

    people: tuple[Person, ...]
    reps: tuple[Person, ...]
    skill: Floats
    """How much better than the team each rep keeps promises."""
    leave: Leave
    workdays: tuple[Workdays, ...]
    end: int

    def advance(self, team: Ints, start: Instants, working: Instants) -> Instants:
        """Working time added on each row's team calendar."""
        moved = np.empty(len(start), np.int64)
        for number, days in enumerate(self.workdays):
            rows = team == number
            moved[rows] = days.calendar.advance_micros(start[rows], working[rows])
        return moved

    def day_of(self, team: Ints, at: Instants) -> Ints:
        """Each row's working day number on its team's calendar."""
        day = np.empty(len(at), np.int64)
        for number, days in enumerate(self.workdays):
            day[team == number] = days.day_of(at[team == number])
        return day

    def moment(self, team: Ints, day: Ints, share: Floats) -> Instants:
        """The instant at a share of the given working day's hours, on each row's team calendar."""
        at = np.empty(len(day), np.int64)
        for number, days in enumerate(self.workdays):
            rows = team == number
            at[rows] = days.moment(day[rows], share[rows])
        return at


def found_company(end: int, random: np.random.Generator) -> Company:
    """The company as it stands at ``end`` (instant); the same draws whatever ``end`` is."""
    managers = tuple(_person(f"sm-{number + 1:02}", "Sales managers", "", random) for number in range(len(OFFICES)))
    reps = tuple(
        _person(f"rep-{team * REPS_PER_TEAM + number + 1:02}", office.team, managers[team].email, random)
        for team, office in enumerate(OFFICES)
        for number in range(REPS_PER_TEAM)
    )
    marketing = tuple(_person(f"mk-{number + 1:02}", "Marketing", "", random) for number in range(4))
    machines = tuple(Person(name, name.replace("-", " ").title(), "", "", "") for name in AUTOMATED)
    return Company(
        people=(*reps, *managers, *marketing, *machines),
        reps=reps,
        skill=random.normal(0, 0.035, len(reps)),
        leave=_leave(end, random),
        workdays=tuple(Workdays(office.calendar(), end - HISTORY - 30 * DAY, end + 260 * DAY) for office in OFFICES),
        end=end,
    )


def _person(number: str, team: str, manager: str, random: np.random.Generator) -> Person:
    first, last = person_name(random.random(), random.random())
    return Person(number, f"{first} {last}", f"{number}@{DOMAIN}", team, manager)


def _leave(end: int, random: np.random.Generator) -> Leave:
    """Each rep is away once, six to fifteen days long; one of them now, and nobody told the router."""
    count = len(OFFICES) * REPS_PER_TEAM
    ago, length = random.integers(22, 175, count), random.integers(6, 16, count)
    ago[UNCOVERED_REP], length[UNCOVERED_REP] = 15, 21
    since = (end - ago * DAY) // DAY * DAY + 6 * HOUR
    return Leave(np.arange(count), since, since + length * DAY)
