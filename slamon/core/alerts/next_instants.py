"""From when on a lead has to be judged again though nothing new was heard of it: the next instant that can change something."""

from collections.abc import Iterator

import numpy as np

from slamon.core.alerts import MAX_AGE
from slamon.core.alerts.notices import OF_A_MISS, alerts_of, instants_of
from slamon.core.definitions import DefinitionSet
from slamon.core.facts import Codes, Facts, Mask
from slamon.core.verdicts import BREACHED, EXCUSED, PENDING, Judged, Judgement
from slamon.core.working_time.instants import FOREVER, NEVER, Instants

Moments = tuple[Codes, Instants]
"""Leads (codes), and for each an instant at which something of it may change."""


def next_instants(judgement: Judgement, definitions: DefinitionSet, lag: int = 0) -> Instants:
    """For each lead of the facts the first instant after ``as_of`` at which a verdict or a notice may change; FOREVER for none.

    Until then the same facts, definitions and rulings give the same verdicts and the same notices. ``lag`` (microseconds)
    is how much longer a breach waits to be said. Facts that are not known yet are not in the facts: whoever knows of them
    minds them.
    """
    facts = judgement.facts
    soonest = np.full(len(facts.leads), FOREVER)
    live = np.zeros(len(facts.leads), bool)
    for judged in judgement.per_lead:
        for lead, instants in _of_cycles(facts, judged, definitions, lag):
            _note(soonest, lead, instants, facts.as_of)
        live[judged.obligations.lead[_is_open(judged) | _is_recent(judged, facts.as_of)]] = True
    ahead = np.flatnonzero(facts.at > facts.as_of)  # believed, but what they end or begin has not come
    _note(soonest, facts.lead.take(ahead), facts.at.take(ahead), facts.as_of)
    held = np.flatnonzero(facts.holder_changed & (facts.holder >= 0) & live.take(facts.lead)) if len(facts) else np.zeros(0, np.int64)
    _note(soonest, facts.lead.take(held), _comes_or_goes(facts).take(facts.holder.take(held)), facts.as_of)
    return soonest


def _is_open(judged: Judged) -> Mask:
    found: Mask = np.isin(judged.state, (PENDING, EXCUSED))
    return found


def _is_recent(judged: Judged, as_of: int) -> Mask:
    """Missed not so long ago that nobody would hear of it any more."""
    found: Mask = (judged.state == BREACHED) & (judged.obligations.due >= as_of - 2 * MAX_AGE)
    return found


def _of_cycles(facts: Facts, judged: Judged, definitions: DefinitionSet, lag: int) -> Iterator[Moments]:
    """Dues, warnings and alerts. At exactly due a cycle is still pending: it changes a microsecond later."""
    each = judged.obligations
    rows = np.flatnonzero(_is_open(judged))
    for last in (each.due, each.strict_due):
        known = rows[last[rows] != NEVER]
        yield each.lead[known], last[known] + 1
    for column in range(each.warnings.shape[1] if len(rows) else 0):
        yield each.lead[rows], each.warnings[rows, column]
    told = np.flatnonzero(_is_open(judged) | _is_recent(judged, facts.as_of))
    for version in range(len(judged.versions)):
        mine = told[each.version[told] == version]
        for alert in alerts_of(judged, version, definitions) if len(mine) else ():
            if alert.at.event in ("warning", *OF_A_MISS):
                instants = instants_of(facts, judged, alert.at, mine)
                known = instants != NEVER
                yield each.lead[mine[known]], instants[known] + (lag if alert.at.event in OF_A_MISS else 0)


def _note(soonest: Instants, lead: Codes, instants: Instants, as_of: int) -> None:
    later = (instants > as_of) & (instants != FOREVER)
    np.minimum.at(soonest, lead[later], instants[later])


def _comes_or_goes(facts: Facts) -> Instants:
    """When each person, or the manager who would hear instead, next leaves or comes back; FOREVER at the end, for nobody."""
    people = facts.people
    change = np.full(len(people.persons) + 1, FOREVER)
    for instants in (people.away_since, people.away_until):
        later = instants > facts.as_of
        np.minimum.at(change, people.away_code[later], instants[later])
    if not len(people.away_code):
        return change
    codes = {person.id: code for code, person in enumerate(people.persons)}
    managers = np.array([codes.get(person.manager, -1) for person in people.persons] + [-1], np.int64)
    sooner: Instants = np.minimum(change, change[managers])
    return sooner
