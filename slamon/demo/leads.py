"""The leads of the synthetic company: who they are, when they came, how warm they are and when they qualified."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, NEVER, SECOND, Instants
from slamon.core.working_time.zones import offsets_of
from slamon.demo.company import HISTORY, OFFICES, Bools, Company, Floats, Ints
from slamon.demo.names import AWKWARD_COMPANIES, AWKWARD_PEOPLE, companies, people

INTENTS = ("hot", "warm", "cold")
HOT, WARM, COLD = range(3)
SEGMENTS = ("enterprise", "mid-market", "smb")
SOURCES = ("organic search", "paid search", "social", "partner", "event", "outbound content", "referral")
EVENT_SOURCE = SOURCES.index("event")

_HOURLY = np.array([5, 4, 3, 3, 4, 6, 12, 28, 62, 92, 100, 96, 74, 80, 94, 92, 80, 62, 44, 36, 32, 26, 18, 10], np.float64)
_WEEKDAY = np.array([1.0, 1.08, 1.06, 1.0, 0.82, 0.24, 0.3])
_MONDAY = 4
"""1970-01-01 was a Thursday: the fourth day from then is a Monday."""

IMPORTED = 260
TWINS = 40
"""How many leads filled in the same form twice and were merged."""
PLANTED_PER_TEAM = 8
_QUALIFIES = np.array([0.96, 0.62, 0.27])
_VALUE = np.array([[38_000, 170_000], [11_000, 34_000], [1_800, 9_500]], np.float64)


@dataclass(frozen=True, slots=True)
class Leads:
    """One row a lead; texts are as the CRM has them, numbers index the tuples above, instants may be NEVER."""

    team: Ints
    created: Instants
    mql: Instants
    intent: Ints
    segment: Ints
    source: Ints
    value: Ints
    imported: Bools
    twin_of: Ints
    """The lead that each duplicate was merged into; -1 for the others."""
    name: npt.NDArray[np.object_]
    company: npt.NDArray[np.object_]
    number: Ints
    """The number in the lead's id, in order of creation."""


@dataclass(frozen=True, slots=True)
class Plant:
    """A lead that must be found in a known state at the end: where it is in its target, and when it is answered."""

    name: str
    intent: int
    elapsed: float
    answered: float | None = None


PLANTS = (
    Plant("at risk", HOT, 0.84),
    Plant("at risk", HOT, 0.93),
    Plant("at risk", WARM, 0.83),
    Plant("at risk", WARM, 0.95),
    Plant("just breached", HOT, 1.4),
    Plant("just breached", WARM, 1.6),
    Plant("answered late", HOT, 5.0, 2.6),
    Plant("answered late", WARM, 2.9, 1.7),
)
"""One of each in every team; shares are of the follow-up target in working time."""

_TARGET = np.array([[30, 30, 30], [60, 120, 120], [480, 480, 480]], np.int64) * MINUTE


def target_of(intent: Ints, segment: Ints) -> Ints:
    """Working time in which leads are followed up, when they are: as the starter pack promises, a day for cold ones."""
    return _TARGET[intent, segment]


def make_leads(company: Company, count: int, random: np.random.Generator) -> Leads:
    """``count`` leads of the six months before the company's end; the same draws whatever that is."""
    draws = random.random((count, 16))
    team = _pick(draws[:, 0], [office.share for office in OFFICES])
    planted = np.arange(count) < PLANTED_PER_TEAM * len(OFFICES)
    team[planted] = np.arange(count)[planted] // PLANTED_PER_TEAM
    intent = _pick(draws[:, 1], [0.15, 0.45, 0.40])
    segment = _pick(draws[:, 2], [0.14, 0.30, 0.56])
    created = _arrivals(team, draws[:, 3], company.end)
    imported = ~planted & (np.arange(count) >= count - IMPORTED) & (count > 20 * IMPORTED)
    created[imported] = _import_at(company) + (draws[imported, 4] * 6 * MINUTE).astype(np.int64)
    intent[imported], intent[planted] = WARM, np.tile([plant.intent for plant in PLANTS], len(OFFICES))[: planted.sum()]
    segment[planted & (segment == 0)] = 1
    mql = _qualified(created, intent, draws)
    mql[imported] = created[imported] + 30 * SECOND
    created, mql = _plant(company, team, created, mql, planted)
    source = np.where(imported, EVENT_SOURCE, _pick(draws[:, 9], [0.27, 0.22, 0.12, 0.1, 0.07, 0.13, 0.09]))
    low, high = _VALUE[segment].T
    value = ((low + (high - low) * draws[:, 10] ** 2) // 100).astype(np.int64) * 100
    name, firm = _names(draws, team)
    twin_of = _twins(planted | imported, created, mql, (team, intent, segment, source, value, name, firm))
    number = np.empty(count, np.int64)
    number[np.argsort(created, kind="stable")] = np.arange(count)
    return Leads(team, created, mql, intent, segment, source, value, imported, twin_of, name, firm, number)


def outage(company: Company) -> tuple[int, int]:
    """The afternoon of last week, in Berlin, on which routing stood still: ``[from, to)``, 13:00 to 17:00.

    It is the Wednesday, or another day of that week on which most offices work.
    """
    offsets = offsets_of(OFFICES[0].timezone, company.end - 30 * DAY, company.end + DAY)
    wall = int(offsets.to_wall(np.array([company.end]))[0])
    monday = (wall // DAY - _MONDAY) // 7 * 7 + _MONDAY
    days = monday - np.array([5, 4, 6, 3, 7])
    since, until = offsets.from_wall(days * DAY + 13 * HOUR), offsets.from_wall(days * DAY + 17 * HOUR)
    offices_open = np.sum([days.calendar.elapsed_micros(since, until) > 0 for days in company.workdays], axis=0)
    best = int(np.argmax(offices_open))
    return int(since[best]), int(until[best])


def _import_at(company: Company) -> int:
    """Twelve days before the outage, at 10:20 UTC: the list of a trade show."""
    return outage(company)[0] // DAY * DAY - 12 * DAY + 10 * HOUR + 20 * MINUTE


def _pick(draws: Floats, shares: list[float]) -> Ints:
    """The index of the share that each draw falls into."""
    return np.minimum(np.searchsorted(np.cumsum(shares), draws, side="right"), len(shares) - 1)


def _arrivals(team: Ints, draws: Floats, end: int) -> Instants:
    """Instants spread as people fill in forms: by local hour and weekday, nights and weekends too, growing a little."""
    created = np.empty(len(team), np.int64)
    edges = end - HISTORY + np.arange(HISTORY // HOUR + 1) * HOUR
    for number, office in enumerate(OFFICES):
        wall = offsets_of(office.timezone, end - HISTORY - DAY, end + DAY).to_wall(edges[:-1])
        weights = _HOURLY[wall // HOUR % 24] * _WEEKDAY[(wall // DAY - _MONDAY) % 7] * np.linspace(1, 1.12, len(wall))
        reached = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
        rows = team == number
        created[rows] = np.interp(draws[rows], reached, edges - end).astype(np.int64) // SECOND * SECOND + end
    return created


def _qualified(created: Instants, intent: Ints, draws: Floats) -> Instants:
    """When each lead qualified, NEVER for those who did not: hot ones at once, others some days on at a like hour."""
    soon = created + (20 + 60 * draws[:, 5]).astype(np.int64) * SECOND
    days = np.floor(-np.log1p(-draws[:, 6]) * np.where(intent == WARM, 1.4, 6.0)).astype(np.int64)
    later = created + days * DAY + (-np.log1p(-draws[:, 7]) * 25 * MINUTE).astype(np.int64) // SECOND * SECOND
    mql: Instants = np.where(intent == HOT, soon, np.maximum(later, soon))
    return np.where(draws[:, 8] < _QUALIFIES[intent], mql, NEVER)


def _plant(company: Company, team: Ints, created: Instants, mql: Instants, planted: Bools) -> tuple[Instants, Instants]:
    """Set the planted leads' hours so that each stands where it should in its target at the end."""
    for row in np.flatnonzero(planted).tolist():
        plant = PLANTS[row % PLANTED_PER_TEAM]
        calendar = company.workdays[int(team[row])].calendar
        worked = np.array([int(target_of(np.array([plant.intent]), np.array([1]))[0] * plant.elapsed)])
        mql[row] = int(calendar.retreat_micros(np.array([company.end]), worked)[0]) // SECOND * SECOND
        created[row] = mql[row] - 40 * SECOND
    return created, mql


def _names(draws: Floats, team: Ints) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Names of people and companies; every awkward one stands among the planted leads and in a sprinkle of others."""
    name = np.array(people(draws[:, 11:13]), object)
    firm = np.array(companies(draws[:, 13:16], team), object)
    for start in (0, *range(97, len(name) - len(AWKWARD_COMPANIES) * 3, 1_499)):
        rows = start + np.arange(len(AWKWARD_COMPANIES)) * 3
        firm[rows[rows < len(firm)]] = np.array(AWKWARD_COMPANIES, object)[: (rows < len(firm)).sum()]
        rows = start + 1 + np.arange(len(AWKWARD_PEOPLE)) * 3
        name[rows[rows < len(name)]] = np.array(AWKWARD_PEOPLE, object)[: (rows < len(name)).sum()]
    return name, firm


def _twins(special: Bools, created: Instants, mql: Instants, copied: tuple[npt.NDArray[np.generic], ...]) -> Ints:
    """Make some leads the second form of another one, some minutes later; returns whose twin each lead is."""
    twin_of = np.full(len(created), -1, np.int64)
    ordinary = np.flatnonzero(~special & (mql != NEVER))
    pairs = min(TWINS, len(ordinary) // 100)
    first, second = ordinary[-2 * pairs : -pairs], ordinary[len(ordinary) - pairs :]
    if not pairs:
        return twin_of
    later = (7 + np.arange(pairs) % 50) * MINUTE
    twin_of[second] = first
    created[second], mql[second] = created[first] + later, mql[first] + later
    for column in copied:
        column[second] = column[first]
    return twin_of
