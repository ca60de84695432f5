"""The ratio: at least, or at most, p % of the leads that entered a stage in a period reach another one in time, or are of a kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from slamon.core.definitions import DefinitionSet, Ratio
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import Floats, Groups, Indices, groups_of, period_index, periods_in_force, summed, united, worth_of
from slamon.core.kinds.cycles import NONE, next_in
from slamon.core.kinds.membership import CAN_TELL, Told, either, same_for, told_by, worth_missing
from slamon.core.patterns import matching, passing
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import NEVER, Instants
from slamon.core.working_time.periods import Period, period_of


@dataclass(frozen=True, slots=True)
class Members:
    """The members of all cohorts: when each entered, when it is old enough, whether it counts; parallel arrays.

    A member counts when it reached the stage in time, or fulfils ``where``; of those that are ``open`` that cannot be
    told. ``why`` says what is not known of a member, its worth included.
    """

    entered: Instants
    matures: Instants
    counts: Mask
    open: Mask
    worth: Floats
    group: Groups
    why: Groups


def gather(versions: Sequence[Ratio], definitions: DefinitionSet, facts: Facts) -> tuple[Members, ...]:
    """What these leads contribute to each version, to be concluded together with what other leads do."""
    return tuple(members_of(facts, definition, definitions.calendar_of(definition)) for definition in versions)


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


def members_of(facts: Facts, definition: Ratio, calendar: Calendar) -> Members:
    """The members of all cohorts: one for each row of :func:`entering`."""
    rows = entering(facts, definition, calendar)
    told = _told(facts, definition, calendar, rows)
    waits = definition.waits
    return Members(
        entered=facts.at[rows],
        matures=facts.at[rows] if waits is None else calendar.advance_by(facts.at[rows], waits),
        counts=told.yes,
        open=told.open,
        worth=worth_of(facts, definition.value, rows),
        group=groups_of(facts, definition.by, rows),
        why=either(told.why, worth_missing(facts, definition.value, rows)),
    )


def entering(facts: Facts, definition: Ratio, calendar: Calendar) -> Rows:
    """The first entry of the base stage of each lead in each period."""
    rows = np.flatnonzero(matching(facts, definition.of))
    rows = rows[passing(facts, definition.applies_to, rows)]
    if not len(rows):
        return rows
    labels = period_of(facts.at[rows], definition.per, calendar.timezone, definition.fiscal_year_starts)
    again = (facts.lead[rows][1:] == facts.lead[rows][:-1]) & (labels[1:] == labels[:-1])
    return rows[np.concatenate(([True], ~again))]


def _told(facts: Facts, definition: Ratio, calendar: Calendar, rows: Rows) -> Told:
    """Which members count, and of which that cannot be told."""
    if definition.reach is None:
        return told_by(facts, definition.where or {}, rows)
    reached, until = reaching(facts, definition, calendar, rows)
    in_time: Mask = (reached != NEVER) & (reached <= until)
    return Told(in_time, np.zeros(len(rows), bool), same_for(CAN_TELL, len(rows)))


def reaching(facts: Facts, definition: Ratio, calendar: Calendar, rows: Rows) -> tuple[Instants, Instants]:
    """When each member first reached what the ratio asks for (NEVER if it did not), and up to when that counts."""
    if definition.reach is None:
        return np.full(len(rows), NEVER), facts.at[rows]
    reach = next_in(np.flatnonzero(matching(facts, [definition.reach])), rows, facts)
    within = definition.reach.within or definition.waits
    until = facts.at[rows] if within is None else calendar.advance_by(facts.at[rows], within)
    return np.where(reach != NONE, facts.at[reach], NEVER), until


def _joined(parts: Sequence[Members]) -> Members:
    """The members of all parts; where they add up to money in an order that does not depend on that of the parts."""
    if not parts:
        nobody, none = np.zeros(0, np.int64), np.zeros(0, bool)
        return Members(nobody, nobody, none, none, np.zeros(0), united([]), united([]))
    entered, matures = np.concatenate([part.entered for part in parts]), np.concatenate([part.matures for part in parts])
    counts, still_open = np.concatenate([part.counts for part in parts]), np.concatenate([part.open for part in parts])
    worth = np.concatenate([part.worth for part in parts])
    group, why = united([part.group for part in parts]), united([part.why for part in parts])
    if not len(worth) or (worth == worth[0]).all():
        return Members(entered, matures, counts, still_open, worth, group, why)
    order = np.lexsort((group.codes, still_open, counts, worth, entered))
    return Members(entered[order], matures[order], counts[order], still_open[order], worth[order], group.take(order), why.take(order))


def _attained(definition: Ratio, members: Members, periods: Sequence[Period], as_of: int) -> list[Attained]:
    """Only members that are old enough, and of which can be told whether they count, are in the cohort."""
    period, beyond = period_index(periods, members.entered), len(periods)
    mature = np.where(members.matures <= as_of, period, beyond)
    everyone = summed(periods, period, members.group, members.worth)
    old_enough = summed(periods, mature, members.group, members.worth)
    cohort = summed(periods, np.where(members.open, beyond, mature), members.group, members.worth)
    counted = summed(periods, np.where(members.counts, mature, beyond), members.group, members.worth)
    still_open = summed(periods, np.where(members.open, mature, beyond), members.group, members.worth)
    reasons = _reasons(periods, mature, members)
    matures = _last_matures(periods, period, members)
    rows = []
    for index, each in enumerate(periods):
        for place, group in enumerate(("", *members.group.names)):
            if not group or (definition.by and everyone.many[index, place]):
                figures = float(counted.worth[index, place]), float(cohort.worth[index, place])
                row = _row(definition, each, group, *figures, max(each.ends_at, int(matures[index, place])))
                n = int(old_enough.many[index, place])
                row = replace(row, immature=int(everyone.many[index, place]) - n)
                if not group:
                    state = _state(definition, row, n, float(still_open.worth[index, place]), as_of)
                    row = replace(row, state=state, reasons=reasons[index])
                rows.append(row)
    return rows


def _reasons(periods: Sequence[Period], mature: Indices, members: Members) -> list[tuple[tuple[str, int], ...]]:
    """Of each period what is not known of members that are old enough, and of how many, the most frequent first."""
    many = summed(periods, mature, members.why, members.worth).many[:, 1:].tolist()
    named = [[(why, n) for why, n in zip(members.why.names, row, strict=False) if why != CAN_TELL and n] for row in many]
    return [tuple(sorted(row, key=lambda each: (-each[1], each[0]))) for row in named]


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


def _state(definition: Ratio, row: Attained, n: int, still_open: float, as_of: int) -> str:
    """A cohort is judged once its last member is old enough; money is compared to a billionth.

    What cannot be told decides nothing: the verdict is what it would be whether those members count or not, else unknown.
    """
    if as_of < row.decided_at:
        return "pending"
    everybody = (row.cohort or 0.0) + still_open
    if n < definition.min_n or not everybody:
        return "too few"
    least, most = (_keeps(definition, counted / everybody) for counted in (row.counted, row.counted + still_open))
    return "unknown" if least != most else "met" if least else "breached"


def _keeps(definition: Ratio, share: float) -> bool:
    share = round(share, 9)
    return share >= definition.at_least if definition.at_least is not None else share <= (definition.at_most or 0.0)
