"""The start events of an SLA's version, and what every cycle knows at its start: its holder, its hand-raise, its calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from slamon.core.definitions import Cadence, Deadline, DefinitionSet, LeadFilter, Promise, Quota, Ratio, Target
from slamon.core.facts import Codes, Facts, Mask, Rows
from slamon.core.kinds.cycles import NONE, next_in
from slamon.core.kinds.obligations import Indices
from slamon.core.patterns import matching, passing, unjudgeable
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import DAY, FOREVER, NEVER, Instants
from slamon.core.working_time.zones import offsets_of

PerLead = Deadline | Cadence


@dataclass(frozen=True, slots=True)
class InForce:
    """From when until when (instants, half-open) a version is in force."""

    since: int
    until: int


def in_force(definition: Promise, definitions: DefinitionSet) -> InForce:
    """Dates begin at midnight in the calendar's zone: its first instant after a jump, its first occurrence if repeated.

    A later version takes over when it begins, also where its own zone begins the day earlier.
    """
    until = definition.effective_until
    ends = [_midnight_of(definition, until, definitions)] if until else [FOREVER]
    others = (each for each in definitions.definitions if each.sla == definition.sla and each.effective_from > definition.effective_from)
    begins = [_midnight_of(each, each.effective_from, definitions) for each in others]
    return InForce(_midnight_of(definition, definition.effective_from, definitions), min(ends + begins))


def _midnight_of(definition: Promise, day: date, definitions: DefinitionSet) -> int:
    return midnight(day.toordinal(), definitions.calendar_of(definition).timezone)


def midnight(ordinal: int, zone: str) -> int:
    """The instant at which a local date (proleptic ordinal) begins in a zone."""
    wall = (ordinal - 719_163) * DAY  # 1970-01-01 has ordinal 719163
    return int(offsets_of(zone, wall - 3 * DAY, wall + 3 * DAY).from_wall(np.array([wall], np.int64))[0])


def while_in_force(versions: Sequence[Promise], definitions: DefinitionSet, facts: Facts) -> list[Mask]:
    """For each version which events happened while it was in force."""
    forces = [in_force(definition, definitions) for definition in versions]
    return [(facts.at >= force.since) & (facts.at < force.until) for force in forces]


def start_rows(facts: Facts, definition: PerLead, force: Mask) -> Rows:
    """Rows of the events that may open a cycle of this version, while it was in ``force``, for leads that it applies to."""
    rows = np.flatnonzero(matching(facts, definition.start) & force)
    opening: Rows = rows[passing(facts, definition.applies_to, rows) | _any_unjudgeable(facts, definition.applies_to, rows)]
    return opening


def _any_unjudgeable(facts: Facts, conditions: LeadFilter | None, rows: Rows) -> Mask:
    bad = np.zeros(len(rows), bool)
    for where in unjudgeable(facts, conditions, rows).values():
        bad |= where
    return bad


def reasons_unknown(facts: Facts, applies_to: LeadFilter | None, rows: Rows) -> npt.NDArray[np.object_]:
    """Why each start cannot be judged: an attribute that its filter needs is not there or is no number; else empty."""
    reasons = np.full(len(rows), "", object)
    for reason, where in unjudgeable(facts, applies_to, rows).items():
        reasons[where & (reasons == "")] = reason
    return reasons


def reasons_untargeted(facts: Facts, definition: Deadline, rows: Rows, target: Indices) -> npt.NDArray[np.object_]:
    """The same for a deadline, whose targets count too: up to the one that each start was given (its index), not after it."""
    reasons = reasons_unknown(facts, definition.applies_to, rows)
    general = len(definition.targets)
    for index, each in enumerate(definition.targets):
        asked = (index <= target) & (target <= general)  # an import's own target comes first of all
        for reason, where in unjudgeable(facts, each.when, rows).items():
            reasons[where & asked & (reasons == "")] = reason
    return reasons


def chosen_target(facts: Facts, targets: Sequence[Target], rows: Rows) -> Indices:
    """Index of the first target whose filter each start's lead fulfils; ``len(targets)`` where none does."""
    chosen = np.full(len(rows), len(targets), np.int64)
    for index in reversed(range(len(targets))):
        chosen[passing(facts, targets[index].when, rows)] = index
    return chosen


def first_assigned(facts: Facts, rows: Rows) -> tuple[Instants, Codes]:
    """When the first human holder had each lead at or after the start, and who that was; NEVER and -1 for nobody."""
    human = np.flatnonzero(facts.holder_changed & (facts.holder >= 0))
    later = next_in(human, rows, facts)
    row = np.where(facts.holder.take(rows) >= 0, rows, later) if len(rows) else rows
    nobody = row == NONE
    return np.where(nobody, NEVER, facts.at.take(row)), np.where(nobody, np.int32(-1), facts.holder.take(row))


def hand_raise(facts: Facts, definition: Deadline, rows: Rows) -> Instants:
    """The buyer's latest hand-raise up to the start, else the start itself."""
    start = facts.at.take(rows)
    if definition.hand_raise is None:
        return start
    raised = np.flatnonzero(matching(facts, definition.hand_raise))
    latest = np.append(raised, NONE)[np.searchsorted(raised, rows, side="right") - 1]
    same = (latest != NONE) & (facts.lead[latest] == facts.lead[rows])
    return np.where(same, facts.at[latest], start)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars that an SLA's cycles run on, by index."""

    names: tuple[str, ...]
    calendars: tuple[Calendar, ...]


def calendars_of(definition: PerLead, definitions: DefinitionSet, facts: Facts, first_holder: Codes) -> tuple[Calendars, Indices]:
    """The definition's calendar for every cycle, or with ``calendar: owner`` the first human holder's, else their team's."""
    default = definitions.calendar_of(definition)
    if definition.calendar != "owner":
        return Calendars((definition.calendar or definitions.default_calendar or "",), (default,)), np.zeros(len(first_holder), np.int64)
    names = ["", *sorted(definitions.calendars)]
    people = zip(facts.people.texts("calendar").tolist(), facts.people.texts("team").tolist(), strict=True)
    chosen = [own or definitions.team_calendars.get(team, "") for own, team in people]
    index = np.array([names.index(name) if name in definitions.calendars else 0 for name in chosen], np.int64)
    calendars = tuple(definitions.calendars[name] if name else default for name in names)
    names[0] = definitions.default_calendar or ""
    return Calendars(tuple(names), calendars), index[np.maximum(first_holder, -1)]


def lengths_of(definition: Deadline) -> tuple[Duration, ...]:
    """The targets by index: each conditional one, then the general one, then the batch's if it has one."""
    return (
        *(target.within for target in definition.targets),
        definition.within,
        *((definition.batch.within,) if definition.batch.within else ()),
    )


def attributes_asked(definitions: DefinitionSet) -> list[str]:
    """The attributes that filters ask for, and that quotas and ratios count by."""
    filters: list[LeadFilter | None] = [each.applies_to for each in definitions.definitions]
    filters += [target.when for each in definitions.definitions if isinstance(each, Deadline) for target in each.targets]
    filters += [each.where for each in definitions.definitions if isinstance(each, Ratio)]
    counted = {name for each in definitions.definitions if isinstance(each, Quota | Ratio) for name in (each.by, each.value) if name}
    return sorted(counted.union(*(each or () for each in filters)))
