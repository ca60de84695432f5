"""The ratio: at least, or at most, p % of the leads that entered a stage in a period reach another one in time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from slamon.core.calendars import Calendar
from slamon.core.definitions import DefinitionSet, Ratio
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.instants import NEVER, Instants
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import Floats, Groups, Indices, groups_of, period_index, periods_in_force, summed, united, worth_of
from slamon.core.kinds.cycles import NONE, next_in
from slamon.core.patterns import matching, passing
from slamon.core.periods import Period, period_of


@dataclass(frozen=True, slots=True)
class Members:
    """The members of all cohorts: when each entered, when it is old enough, whether it reached the stage in time; parallel arrays."""

    entered: Instants
    matures: Instants
    reached: Mask
    worth: Floats
    group: Groups


def gather(versions: Sequence[Ratio], definitions: DefinitionSet, facts: Facts) -> tuple[Members, ...]:
    """What these leads contribute to each version, to be concluded together with what other leads do."""
    return tuple(_members(facts, definition, definitions.calendar_of(definition)) for definition in versions)


def conclude(
    versions: Sequence[Ratio], definitions: DefinitionSet, parts: Sequence[tuple[Members, ...]], known_since: int, as_of: int
) -> list[Attained]:
    """Every period that began while a version was in force, up to ``as_of``, in total and by group.

    ``parts`` are what chunks of leads contributed, in any order; ``known_since`` is the first instant that any of them knows.
    """
    rows: list[Attained] = []
    for index, definition in enumerate(versions):
        members = _joined([part[index] for part in parts])
        rows += _attained(definition, members, periods_in_force(definition, definitions, known_since, as_of), as_of)
    return rows


def _members(facts: Facts, definition: Ratio, calendar: Calendar) -> Members:
    rows = _entering(facts, definition, calendar)
    return Members(
        entered=facts.at[rows],
        matures=calendar.advance_by(facts.at[rows], definition.mature_after),
        reached=_reached(facts, definition, calendar, rows),
        worth=worth_of(facts, definition.value, rows),
        group=groups_of(facts, definition.by, rows),
    )


def _entering(facts: Facts, definition: Ratio, calendar: Calendar) -> Rows:
    """The first entry of the base stage of each lead in each period."""
    rows = np.flatnonzero(matching(facts, definition.of))
    rows = rows[passing(facts, definition.applies_to, rows)]
    if not len(rows):
        return rows
    labels = period_of(facts.at[rows], definition.per, calendar.timezone, definition.fiscal_year_starts)
    again = (facts.lead[rows][1:] == facts.lead[rows][:-1]) & (labels[1:] == labels[:-1])
    return rows[np.concatenate(([True], ~again))]


def _reached(facts: Facts, definition: Ratio, calendar: Calendar, rows: Rows) -> Mask:
    reach = next_in(np.flatnonzero(matching(facts, [definition.reach])), rows, facts)
    until = calendar.advance_by(facts.at[rows], definition.reach.within or definition.mature_after)
    in_time: Mask = (reach != NONE) & (facts.at[reach] <= until)
    return in_time


def _joined(parts: Sequence[Members]) -> Members:
    """The members of all parts; where they add up to money in an order that does not depend on that of the parts."""
    if not parts:
        nobody = np.zeros(0, np.int64)
        return Members(nobody, nobody, np.zeros(0, bool), np.zeros(0), united([]))
    entered, matures = np.concatenate([part.entered for part in parts]), np.concatenate([part.matures for part in parts])
    reached, worth = np.concatenate([part.reached for part in parts]), np.concatenate([part.worth for part in parts])
    group = united([part.group for part in parts])
    if not len(worth) or (worth == worth[0]).all():
        return Members(entered, matures, reached, worth, group)
    order = np.lexsort((group.codes, reached, worth, entered))
    return Members(entered[order], matures[order], reached[order], worth[order], group.take(order))


def _attained(definition: Ratio, members: Members, periods: Sequence[Period], as_of: int) -> list[Attained]:
    """Only members that are old enough are in the cohort; the rest are still open."""
    period = period_index(periods, members.entered)
    mature = np.where(members.matures <= as_of, period, len(periods))
    everyone = summed(periods, period, members.group, members.worth)
    cohort = summed(periods, mature, members.group, members.worth)
    counted = summed(periods, np.where(members.reached, mature, len(periods)), members.group, members.worth)
    matures = _last_matures(periods, period, members)
    rows = []
    for index, each in enumerate(periods):
        for place, group in enumerate(("", *members.group.names)):
            if not group or (definition.by and everyone.many[index, place]):
                figures = float(counted.worth[index, place]), float(cohort.worth[index, place])
                row = _row(definition, each, group, *figures, max(each.ends_at, int(matures[index, place])))
                n = int(cohort.many[index, place])
                state = "" if group else _state(definition, row, n, as_of)
                rows.append(replace(row, state=state, immature=int(everyone.many[index, place]) - n))
    return rows


def _last_matures(periods: Sequence[Period], period: Indices, members: Members) -> Instants:
    """When the last member of each period and group is old enough, NEVER without one; columns as in Sums."""
    columns = len(members.group.names) + 1
    last = np.full((len(periods) + 1, columns), NEVER)
    np.maximum.at(last, (period, members.group.codes + 1), members.matures)
    last[:, 0] = last[:, 1:].max(axis=1, initial=NEVER)
    return last


def _row(definition: Ratio, period: Period, group: str, counted: float, cohort: float, decided_at: int) -> Attained:
    """What a cohort came to; groups are only shown."""
    share = counted / cohort if cohort > 0 else None
    bound = definition.at_least if definition.at_least is not None else definition.at_most
    return Attained(
        sla=definition.sla,
        version=definition.version,
        period=period.label,
        group=group,
        counted=counted,
        cohort=cohort,
        share=None if share is None else round(share, 6),
        target=None if group else bound,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        decided_at=decided_at,
    )


def _state(definition: Ratio, row: Attained, n: int, as_of: int) -> str:
    """A cohort is judged once its last member is old enough; money is compared to a billionth."""
    if as_of < row.decided_at:
        return "pending"
    if n < definition.min_n or not row.cohort:
        return "too few"
    share = round(row.counted / row.cohort, 9)
    kept = share >= definition.at_least if definition.at_least is not None else share <= (definition.at_most or 0.0)
    return "met" if kept else "breached"
