"""The ratio: at least, or at most, p % of the leads that entered a stage in a period reach another one in time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from slamon.core.calendars import Calendar
from slamon.core.definitions import DefinitionSet, Ratio
from slamon.core.facts import Facts, Mask, Rows
from slamon.core.instants import Instants
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.cycles import NONE, next_in
from slamon.core.kinds.quota import group_of, periods_in_force, worth_of
from slamon.core.patterns import matching, passing
from slamon.core.periods import Period, period_of

Floats = npt.NDArray[np.float64]


def attain(versions: Sequence[Ratio], definitions: DefinitionSet, facts: Facts) -> list[Attained]:
    """Every period that began while a version was in force, up to ``as_of``, in total and by group."""
    rows: list[Attained] = []
    for definition in versions:
        calendar = definitions.calendar_of(definition)
        members = _members(facts, definition, calendar)
        entered = facts.at[members]
        matures = calendar.advance_by(entered, definition.mature_after)
        reached = _reached(facts, definition, calendar, members)
        worth, group = worth_of(facts, definition.value, members), group_of(facts, definition.by, members)
        for period in periods_in_force(definition, definitions, facts):
            inside = (entered >= period.starts_at) & (entered < period.ends_at)
            groups = [""] + (sorted({str(each) for each in group[inside]}) if definition.by else [])
            for name in groups:
                mine = inside if not name else inside & (group == name)
                rows.append(_of_group(definition, period, facts.as_of, name, matures[mine], reached[mine], worth[mine]))
    return rows


def _members(facts: Facts, definition: Ratio, calendar: Calendar) -> Rows:
    """The first entry of the base stage of each lead in each period."""
    rows = np.flatnonzero(matching(facts, definition.of))
    rows = rows[passing(facts, definition.applies_to, rows)]
    if not len(rows):
        return rows
    labels = period_of(facts.at[rows], definition.per, calendar.timezone, definition.fiscal_year_starts)
    again = (facts.lead[rows][1:] == facts.lead[rows][:-1]) & (labels[1:] == labels[:-1])
    return rows[np.concatenate(([True], ~again))]


def _reached(facts: Facts, definition: Ratio, calendar: Calendar, members: Rows) -> Mask:
    reach = next_in(np.flatnonzero(matching(facts, [definition.reach])), members, facts)
    until = calendar.advance_by(facts.at[members], definition.reach.within or definition.mature_after)
    in_time: Mask = (reach != NONE) & (facts.at[reach] <= until)
    return in_time


def _of_group(definition: Ratio, period: Period, as_of: int, group: str, matures: Instants, reached: Mask, worth: Floats) -> Attained:
    """Only members that are old enough are in the cohort; the rest are still open."""
    mature = matures <= as_of
    decided_at = max(period.ends_at, int(matures.max()) if len(matures) else period.ends_at)
    cohort, counted = float(worth[mature].sum()), float(worth[mature & reached].sum())
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
        state="" if group else _state(definition, as_of >= decided_at, int(mature.sum()), share),
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        decided_at=decided_at,
    )


def _state(definition: Ratio, decided: bool, n: int, share: float | None) -> str:  # noqa: FBT001 - one of four facts of one rule
    if not decided:
        return "pending"
    if n < definition.min_n or share is None:
        return "too few"
    kept = share >= definition.at_least if definition.at_least is not None else share <= (definition.at_most or 0.0)
    return "met" if kept else "breached"
