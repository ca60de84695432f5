"""What sales did with each qualified lead: routing, the owner, six attempts at most, contact, and the steps after it.

Every decision is one column of uniform draws, so the same lead takes the same decisions whatever the end is.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from slamon.core.working_time.instants import DAY, HOUR, MINUTE, NEVER, SECOND, Instants
from slamon.demo.company import OFFICES, REPS_PER_TEAM, UNCOVERED_REP, Bools, Company, Floats, Ints
from slamon.demo.leads import PLANTED_PER_TEAM, PLANTS, Leads, outage, target_of

ATTEMPTS = 6
REASONS = (
    "wrong size",
    "wrong title",
    "wrong geography",
    "existing customer",
    "competitor",
    "unreachable",
    "no budget",
    "bad timing",
    "duplicate",
    "no reason given",
)
_REASON_SHARES = np.cumsum([0.17, 0.14, 0.09, 0.08, 0.04, 0.22, 0.11, 0.09, 0.03])
_WORKING_DAY = 8 * HOUR

KEPT = np.array([0.915, 0.97, 0.95])
"""How often hot, warm and cold leads are followed up in time, before the team, the rep and routing have their part."""
CADENCE_KEPT = 0.47
ACCEPTED = np.array([0.83, 0.73, 0.6])
DECIDED_IN_TIME = 0.93
CONTACT = np.array([0.32, 0.2, 0.13])
"""The chance that an attempt reaches a hot, warm or cold lead."""
SLOWLY_ROUTED, MOVED, RESCUED = 0.02, 0.05, 0.4
"""Shares that wait for a person to route them, change hands, and are taken over from somebody on leave."""
NEVER_ANSWERED, RESTS, UNDECIDED = 0.1, 0.4, 0.015
"""Shares of late leads that nobody ever calls, of working days without an attempt, of leads never decided on."""
QUALIFIED, TAKEN_BACK, OPENED, WON = 0.74, 0.045, 0.64, 0.29
"""Shares of the steps from acceptance to customer, and of SQLs that are taken back."""
DISQUALIFIED, FADES, RETURNS = 0.55, 0.7, 0.33
"""Shares of rejections that are final, of accepted leads that come to nothing, of recycled ones that qualify again."""


class Draw(IntEnum):
    """The columns of uniform draws, one a decision; those that need one an attempt have six."""

    REP, ROUTING, SLOW, KEPT, SPEED, NEVER, COLLEAGUE, MOVED, MOVED_AFTER, MOVED_TO = range(10)
    DISCIPLINE, TRIES, ACCEPT, IN_TIME, DECIDE, LIMBO, REJECTION, REASON, SQL, SQL_AFTER = range(10, 20)
    OPPORTUNITY, OPPORTUNITY_AFTER, CUSTOMER, CUSTOMER_AFTER, REVERSED, FADE, AGAIN, AGAIN_AFTER = range(20, 28)
    GAP, TIME, REACHED, CHANNEL, PAIRED, LATE = range(28, 64, 6)


@dataclass(frozen=True, slots=True)
class Cycles:
    """Leads that qualified, once a row: ``lead`` is a row of Leads; a lead that qualifies again is another row."""

    lead: Ints
    team: Ints
    intent: Ints
    segment: Ints
    mql: Instants
    draws: Floats
    planted: Ints
    """The number of the plant in PLANTS; -1 for the others."""
    imported: Bools


@dataclass(frozen=True, slots=True)
class Journeys:
    """What became of each cycle, one row each; instants are NEVER where it did not happen."""

    cycles: Cycles
    rep: Ints
    assigned: Instants
    next_rep: Ints
    reassigned: Instants
    attempts: Instants
    """Of shape (n, 6)."""
    contact: Instants
    reached_by: Ints
    """The number of the attempt that reached the lead; -1 for none."""
    sal: Instants
    sql: Instants
    opportunity: Instants
    customer: Instants
    recycled: Instants
    disqualified: Instants
    reason: Ints
    rejected: Bools
    outage: Bools
    """Whether the lead waited for routing during the outage."""


def first_cycles(leads: Leads, random: np.random.Generator) -> Cycles:
    """The first time each lead qualified."""
    rows = np.flatnonzero((leads.mql != NEVER) & (leads.twin_of < 0))
    planted = np.where(np.arange(len(leads.mql)) < PLANTED_PER_TEAM * len(OFFICES), np.arange(len(leads.mql)) % len(PLANTS), -1)
    draws = random.random((len(leads.mql), Draw.LATE + ATTEMPTS))
    return _cycles(leads, rows, leads.mql[rows], draws[rows], planted[rows], leads.imported[rows])


def second_cycles(leads: Leads, first: Journeys, random: np.random.Generator) -> Cycles:
    """Recycled leads that came back and qualified again."""
    draws = random.random((len(leads.mql), Draw.LATE + ATTEMPTS))
    back = (first.recycled != NEVER) & (first.cycles.draws[:, Draw.AGAIN] < RETURNS)
    days = 9 + np.floor(50 * first.cycles.draws[:, Draw.AGAIN_AFTER] ** 1.5)
    mql = (first.recycled + days * DAY).astype(np.int64)[back]
    rows = first.cycles.lead[back]
    return _cycles(leads, rows, mql, draws[rows], np.full(len(rows), -1), np.zeros(len(rows), bool))


def _cycles(leads: Leads, rows: Ints, mql: Instants, draws: Floats, planted: Ints, imported: Bools) -> Cycles:
    return Cycles(rows, leads.team[rows], leads.intent[rows], leads.segment[rows], mql, draws, planted, imported)


def travel(company: Company, cycles: Cycles) -> Journeys:
    """Let sales work the cycles; nothing is cut at the company's end yet."""
    assigned, out = _route(company, cycles)
    rep = _choose_rep(company, cycles, assigned)
    response, next_rep, reassigned = _respond(company, cycles, rep, assigned)
    attempts = _attempt(company, cycles, response)
    contact, reached_by, attempts = _reach(cycles, attempts)
    sal, rejected, decided = _decide(company, cycles, response)
    attempts = np.where((rejected & (decided != NEVER))[:, None] & (attempts > decided[:, None]), NEVER, attempts)
    contact = np.where(rejected & (decided != NEVER) & (contact > decided), NEVER, contact)
    reached_by = np.where(contact == NEVER, -1, reached_by)
    sql, opportunity, customer, reversed_at = _advance(company, cycles, sal, contact)
    faded = _fade(company, cycles, sal, sql)
    away = cycles.draws[:, Draw.REJECTION] < DISQUALIFIED
    lost = np.where(rejected, decided, faded)
    recycled = np.where(~away | ~rejected, lost, NEVER)
    disqualified = np.where(away & rejected, lost, reversed_at)
    reason = np.searchsorted(_REASON_SHARES, cycles.draws[:, Draw.REASON])
    return Journeys(
        cycles, rep, assigned, next_rep, reassigned, attempts, contact, reached_by,
        sal, sql, opportunity, customer, recycled, disqualified, reason, rejected & (decided != NEVER), out,
    )  # fmt: skip


def _after(company: Company, cycles: Cycles, start: Instants, working: Floats) -> Instants:
    """``working`` microseconds after ``start`` on each row's calendar, in whole seconds; NEVER stays NEVER."""
    moved = company.advance(cycles.team, start, np.maximum(working, SECOND).astype(np.int64))
    return np.where(start == NEVER, NEVER, moved // SECOND * SECOND)


def _exponential(draws: Floats) -> Floats:
    return -np.log1p(-draws)


def _route(company: Company, cycles: Cycles) -> tuple[Instants, Bools]:
    """The router assigns within minutes; a few wait for a person's decision; during the outage nothing moves."""
    draws = cycles.draws
    seconds = 25 + 80 * _exponential(draws[:, Draw.ROUTING])
    slow = (draws[:, Draw.SLOW] < SLOWLY_ROUTED) & (cycles.planted < 0)
    seconds = np.where(slow, 1_200 + 9_000 * draws[:, Draw.ROUTING], seconds)
    since, until = outage(company)
    out = (since <= cycles.mql) & (cycles.mql < until) & (cycles.planted < 0)
    assigned = cycles.mql + seconds.astype(np.int64) * SECOND
    return np.where(out, until + seconds.astype(np.int64) * 8 * SECOND, assigned), out


def _choose_rep(company: Company, cycles: Cycles, assigned: Instants) -> Ints:
    """One of the team's ten, skipping who is away - but for the one leave that nobody entered in the router."""
    number = np.floor(cycles.draws[:, Draw.REP] * REPS_PER_TEAM).astype(np.int64)
    number = np.where((cycles.planted >= 0) & (number == UNCOVERED_REP), 0, number)
    rep = cycles.team * REPS_PER_TEAM + number
    for _ in range(REPS_PER_TEAM - 1):
        away = (company.leave.return_of(rep, assigned) != NEVER) & (rep != UNCOVERED_REP)
        number = np.where(away, (number + 1) % REPS_PER_TEAM, number)
        rep = cycles.team * REPS_PER_TEAM + number
    return rep


def _respond(company: Company, cycles: Cycles, rep: Ints, assigned: Instants) -> tuple[Instants, Ints, Instants]:
    """When each cycle is first followed up, and who took it over when, if somebody did."""
    draws, target = cycles.draws, target_of(cycles.intent, cycles.segment).astype(np.float64)
    chance = KEPT[cycles.intent] + np.array([office.diligence for office in OFFICES])[cycles.team] + company.skill[rep]
    kept = draws[:, Draw.KEPT] < np.where(cycles.imported, chance - 0.45, chance)
    prompt, late = 0.03 + 0.9 * draws[:, Draw.SPEED] ** 1.6, 1.04 + 1.6 * _exponential(draws[:, Draw.SPEED])
    share = np.where(kept, prompt, late)
    planned = np.array([plant.answered or 0 for plant in PLANTS])[cycles.planted]
    share = np.where(cycles.planted >= 0, planned, share)
    dialled = _after(company, cycles, assigned, (2 + 5 * draws[:, Draw.SPEED]) * MINUTE)
    response = np.maximum(_after(company, cycles, cycles.mql, share * target), dialled)
    silent = np.where(cycles.planted >= 0, planned == 0, ~kept & (draws[:, Draw.NEVER] < NEVER_ANSWERED))
    response = np.where(silent, NEVER, response)
    return _hand_over(company, cycles, rep, response)


def _hand_over(company: Company, cycles: Cycles, rep: Ints, response: Instants) -> tuple[Instants, Ints, Instants]:
    """Leads of somebody who is away wait for the return or move to a colleague; a few others move as well."""
    draws = cycles.draws
    back = company.leave.return_of(rep, response)
    away = (back != NEVER) & (response != NEVER)
    rescued = away & (draws[:, Draw.COLLEAGUE] < RESCUED)
    waited = _after(company, cycles, back, (0.3 + 7 * draws[:, Draw.SPEED]) * HOUR)
    response = np.where(away & ~rescued, waited, response)
    moved = ~away & (cycles.planted < 0) & (draws[:, Draw.MOVED] < MOVED)
    hours = np.where(rescued, 3 + 9 * draws[:, Draw.MOVED_AFTER], 4 + 30 * draws[:, Draw.MOVED_AFTER])
    reassigned = np.where(rescued | moved, _after(company, cycles, cycles.mql, hours * HOUR), NEVER)
    response = np.where(rescued, _after(company, cycles, reassigned, 25.0 * MINUTE * (1 + draws[:, Draw.SPEED])), response)
    step = 1 + np.floor(draws[:, Draw.MOVED_TO] * (REPS_PER_TEAM - 1)).astype(np.int64)
    next_rep = cycles.team * REPS_PER_TEAM + (rep % REPS_PER_TEAM + step) % REPS_PER_TEAM
    return response, next_rep, reassigned


def _attempt(company: Company, cycles: Cycles, response: Instants) -> Instants:
    """Up to six attempts on different working days; some reps give up early."""
    draws = cycles.draws
    weak = np.array([office.diligence for office in OFFICES])[cycles.team]
    keeps = draws[:, Draw.DISCIPLINE] < CADENCE_KEPT + weak
    tries = np.where(keeps, ATTEMPTS, 1 + np.floor(draws[:, Draw.TRIES] * 4.4)).astype(np.int64)
    day = company.day_of(cycles.team, np.where(response == NEVER, company.end, response))
    late = day - company.day_of(cycles.team, cycles.mql)
    attempts = np.full((len(response), ATTEMPTS), NEVER, np.int64)
    attempts[:, 0] = response
    rests = np.zeros(len(response), np.int64)
    for number in range(1, ATTEMPTS):
        rests += (draws[:, Draw.GAP + number] < RESTS) & (~keeps | (rests + late < ATTEMPTS - 2))
        at = company.moment(cycles.team, day + number + rests, 0.02 + 0.96 * draws[:, Draw.TIME + number])
        attempts[:, number] = np.where((number < tries) & (response != NEVER), at // SECOND * SECOND, NEVER)
    return attempts


def _reach(cycles: Cycles, attempts: Instants) -> tuple[Instants, Ints, Instants]:
    """The first attempt that reaches the lead ends the attempts; contact is minutes to hours after it."""
    chance = CONTACT[cycles.intent]
    reached = (cycles.draws[:, Draw.REACHED : Draw.REACHED + ATTEMPTS] < chance[:, None]) & (attempts != NEVER)
    by = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    after = np.arange(ATTEMPTS)[None, :] > np.where(by < 0, ATTEMPTS, by)[:, None]
    waited = (4 * MINUTE + cycles.draws[:, Draw.SQL_AFTER] * 5 * HOUR).astype(np.int64) // SECOND * SECOND
    contact = np.where(by >= 0, attempts[np.arange(len(by)), by] + waited, NEVER)
    return contact, by, np.where(after, NEVER, attempts)


def _decide(company: Company, cycles: Cycles, response: Instants) -> tuple[Instants, Bools, Instants]:
    """Sales accepts or rejects, mostly within three working days; a few are left undecided."""
    draws = cycles.draws
    weak = np.array([office.diligence for office in OFFICES])[cycles.team]
    in_time = draws[:, Draw.IN_TIME] < DECIDED_IN_TIME + weak
    share = np.where(in_time, 0.08 + 0.86 * draws[:, Draw.DECIDE], 1.03 + 0.35 * _exponential(draws[:, Draw.DECIDE]))
    decided = np.maximum(_after(company, cycles, cycles.mql, share * 3 * _WORKING_DAY), response + 6 * MINUTE)
    undecided = (draws[:, Draw.LIMBO] < UNDECIDED) | (response == NEVER)
    decided = np.where(undecided, NEVER, decided)
    rejected = draws[:, Draw.ACCEPT] >= ACCEPTED[cycles.intent]
    return np.where(rejected, NEVER, decided), rejected, decided


def _advance(company: Company, cycles: Cycles, sal: Instants, contact: Instants) -> tuple[Instants, Instants, Instants, Instants]:
    """From acceptance to SQL, opportunity and customer; a few SQLs are taken back."""
    draws = cycles.draws
    recent = cycles.mql > company.end - 40 * DAY
    swing = np.where(recent, np.array([0.72, 0.98, 1.12])[cycles.segment], 1.0)
    sql = _after(company, cycles, np.maximum(sal, contact), (2 + 34 * _exponential(draws[:, Draw.SQL_AFTER])) * HOUR)
    sql = np.where((sal != NEVER) & (contact != NEVER) & (draws[:, Draw.SQL] < QUALIFIED * swing), sql, NEVER)
    taken_back = (sql != NEVER) & (draws[:, Draw.REVERSED] < TAKEN_BACK)
    reversed_at = np.where(taken_back, _after(company, cycles, sql, (6 + 90 * draws[:, Draw.FADE]) * HOUR), NEVER)
    opportunity = _after(company, cycles, sql, (6 + 50 * _exponential(draws[:, Draw.OPPORTUNITY_AFTER])) * HOUR)
    opportunity = np.where(~taken_back & (draws[:, Draw.OPPORTUNITY] < OPENED), opportunity, NEVER)
    customer = _after(company, cycles, opportunity, (40 + 190 * _exponential(draws[:, Draw.CUSTOMER_AFTER])) * HOUR)
    return sql, opportunity, np.where(draws[:, Draw.CUSTOMER] < WON, customer, NEVER), reversed_at


def _fade(company: Company, cycles: Cycles, sal: Instants, sql: Instants) -> Instants:
    """Accepted leads that came to nothing go back to marketing, some weeks later."""
    fades = (sal != NEVER) & (sql == NEVER) & (cycles.draws[:, Draw.FADE] < FADES)
    later = _after(company, cycles, sal, (95 + 70 * cycles.draws[:, Draw.AGAIN_AFTER]) * HOUR)
    return np.where(fades, later, NEVER)
