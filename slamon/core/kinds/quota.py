"""The quota: N leads reaching a stage in each period, or a value, in total and by group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from slamon.core.attributes import numbers_of
from slamon.core.calendars import Calendar
from slamon.core.definitions import DefinitionSet, Quota, Ratio
from slamon.core.facts import Facts, Kind, Rows
from slamon.core.forecast import Landing, Weights, landing, learnt_weights, share_elapsed
from slamon.core.instants import FOREVER, NEVER, Instants
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.cycles import NONE, firsts, next_in
from slamon.core.kinds.starts import in_force
from slamon.core.patterns import matching, passing, same_instant_last
from slamon.core.periods import Period, periods_between

NO_GROUP = "(none)"
HISTORY = 12
"""How many past periods the landing learns from."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What was counted: instants, worths and groups, and when each was reversed (NEVER if it was not)."""

    at: Instants
    worth: npt.NDArray[np.float64]
    group: npt.NDArray[np.object_]
    reversed_at: Instants

    def of_group(self, group: str) -> "Entries":
        """The entries of one group; all for the empty one."""
        if not group:
            return self
        mine = self.group == group
        return Entries(self.at[mine], self.worth[mine], self.group[mine], self.reversed_at[mine])

    def known_at(self, instant: int) -> "Entries":
        """What was counted, and reversed, before an instant."""
        mine = self.at < instant
        reversed_at = np.where(self.reversed_at < instant, self.reversed_at, NEVER)
        return Entries(self.at[mine], self.worth[mine], self.group[mine], reversed_at[mine])

    def net_until(self, period: Period, instants: Instants) -> npt.NDArray[np.float64]:
        """Counted minus reversed in ``[period.starts_at, instant)``, at each instant."""
        return _cumulative(self.at, self.worth, period, instants) - _cumulative(self.reversed_at, self.worth, period, instants)


def attain(versions: Sequence[Quota], definitions: DefinitionSet, facts: Facts) -> list[Attained]:
    """Every period that began while a version was in force, up to ``as_of``, in total and by group."""
    rows: list[Attained] = []
    for definition in versions:
        calendar = definitions.calendar_of(definition)
        entries = entries_of(facts, definition, calendar)
        for period in periods_in_force(definition, definitions, facts):
            rows += _of_period(definition, calendar, entries, period, facts.as_of)
    return rows


def standing_at(definition: Quota, definitions: DefinitionSet, facts: Facts, period: Period, instant: int) -> list[Attained]:
    """One period as it stood at an instant that has passed, by what happened before it: in total and by group."""
    calendar = definitions.calendar_of(definition)
    return _of_period(definition, calendar, entries_of(facts, definition, calendar).known_at(instant), period, instant)


def periods_in_force(definition: Quota | Ratio, definitions: DefinitionSet, facts: Facts) -> list[Period]:
    """The whole periods that began while this version was in force and not after ``as_of``.

    Periods that ended before the first fact that any source knows are left out: nobody can say what happened in them.
    """
    force = in_force(definition, definitions)
    zone = definitions.calendar_of(definition).timezone
    known_since = int(facts.at.min()) if len(facts) else facts.as_of
    until = min(facts.as_of, force.until - 1)
    found = periods_between(max(force.since, known_since), until, definition.per, zone, definition.fiscal_year_starts)
    return [period for period in found if period.starts_at >= force.since]


def entries_of(facts: Facts, definition: Quota, calendar: Calendar) -> Entries:
    """A lead counts at its first entry, and with ``recount`` again when it comes back after an exit stage."""
    rows = np.flatnonzero(matching(facts, definition.counts))
    rows = _first_entries(facts, rows, recount=definition.recount)
    rows = rows[passing(facts, definition.applies_to, rows)]
    reversed_at = np.full(len(rows), NEVER)
    if definition.reversed_by is not None:
        reverse = next_in(np.flatnonzero(matching(facts, [definition.reversed_by])), rows, facts)
        within = definition.reversed_by.within
        until = calendar.advance_by(facts.at[rows], within) if within else np.full(len(rows), FOREVER)
        reversed_at = np.where((reverse != NONE) & (facts.at[reverse] <= until), facts.at[reverse], NEVER)
    return Entries(facts.at[rows], worth_of(facts, definition.value, rows), group_of(facts, definition.by, rows), reversed_at)


def _first_entries(facts: Facts, rows: Rows, *, recount: bool) -> Rows:
    first = rows[firsts(facts, rows)]
    if not recount:
        return first
    others = np.flatnonzero((facts.kind == Kind.STAGE) & facts.exit_stage)
    left = next_in(others, rows, facts)
    came_back = np.zeros(len(rows), bool)
    following = np.append(rows[1:], NONE)
    came_back[1:] = ((left != NONE) & (left < following) & (facts.lead[following] == facts.lead[rows]))[:-1]
    return np.union1d(first, rows[came_back])


def worth_of(facts: Facts, attribute: str | None, rows: Rows) -> npt.NDArray[np.float64]:
    """What each entry adds: 1, or the number in an attribute (0 where it has none)."""
    if attribute is None:
        return np.ones(len(rows))
    if attribute not in facts.attributes:
        return np.zeros(len(rows))
    texts = facts.attributes[attribute]
    worth = np.append(numbers_of(texts.values), np.nan)[texts.codes[same_instant_last(facts, rows)]]
    return np.where(np.isnan(worth), 0.0, worth)


def group_of(facts: Facts, attribute: str | None, rows: Rows) -> npt.NDArray[np.object_]:
    """Each entry's group: the attribute's value at the entry, ``(none)`` where it has none."""
    groups = np.full(len(rows), NO_GROUP, object)
    if attribute is not None and attribute in facts.attributes:
        texts = facts.attributes[attribute]
        groups = np.append(texts.values, NO_GROUP)[texts.codes[same_instant_last(facts, rows)]]
    return groups


def _of_period(definition: Quota, calendar: Calendar, entries: Entries, period: Period, as_of: int) -> list[Attained]:
    inside = (entries.at >= period.starts_at) & (entries.at < period.ends_at)
    gone = (entries.reversed_at >= period.starts_at) & (entries.reversed_at < period.ends_at)
    groups = [""]
    if definition.by is not None:
        groups += sorted({str(group) for group in entries.group[inside | gone]} | set(definition.targets))
    rows = []
    for group in groups:
        target = definition.targets.get(group) if group else float(definition.target)
        rows.append(_of_group(definition, calendar, entries.of_group(group), period, as_of, group, target))
    return rows


def _of_group(
    definition: Quota, calendar: Calendar, entries: Entries, period: Period, as_of: int, group: str, target: float | None
) -> Attained:
    inside = (entries.at >= period.starts_at) & (entries.at < period.ends_at)
    gone = (entries.reversed_at >= period.starts_at) & (entries.reversed_at < period.ends_at)
    counted, taken_back = float(entries.worth[inside].sum()), float(entries.worth[gone].sum())
    net = counted - taken_back
    row = Attained(
        sla=definition.sla,
        version=definition.version,
        period=period.label,
        group=group,
        counted=counted,
        reversed=taken_back,
        net=net,
        target=target,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        decided_at=period.ends_at,
    )
    if target is None:
        return row
    if as_of >= period.ends_at:
        return replace(row, expected_to_date=target, state="met" if net >= target else "breached")
    return _with_prospects(row, definition, calendar, entries, period, as_of, target)


def _with_prospects(
    row: Attained, definition: Quota, calendar: Calendar, entries: Entries, period: Period, as_of: int, target: float
) -> Attained:
    """Pace and landing as of now, and since which working day's opening the quota has been at risk."""
    openings = calendar.openings_around(np.array([period.starts_at, period.ends_at], np.int64))
    mornings = openings.begin[openings.first[:-1]]
    mornings = mornings[(mornings >= period.starts_at) & (mornings <= as_of) & (mornings < period.ends_at)]
    instants = np.append(mornings, as_of)
    weights = quota_weights(entries, period, calendar)
    share = share_elapsed(period, instants, calendar, weights)
    net = entries.net_until(period, instants)
    found = _landing(definition, entries, period, target, net, share, calendar)
    risky = (found.probability < definition.warn_below) | (net < found.expected * (1 - definition.slack))
    at_risk_since = NEVER
    if len(mornings) and risky[:-1][-1]:
        safe = np.flatnonzero(~risky[:-1])
        at_risk_since = int(mornings[safe[-1] + 1 if len(safe) else 0])
    return replace(
        row,
        state="pending",
        expected_to_date=_latest(found.expected),
        p10=_latest(found.p10),
        p50=_latest(found.p50),
        p90=_latest(found.p90),
        probability=_latest(found.probability),
        at_risk_since=at_risk_since,
    )


def _latest(figures: npt.NDArray[np.float64]) -> float:
    return round(float(figures[-1]), 4)


def quota_weights(entries: Entries, period: Period, calendar: Calendar) -> Weights | None:
    """How arrivals fall on the dates of a period, learnt from everything counted before it; None without enough."""
    if not len(entries.at):
        return None
    openings = calendar.openings_around(np.array([entries.at.min(), period.ends_at], np.int64))
    return learnt_weights(entries.at, int(entries.at.min()), period.starts_at, openings)


def _landing(
    definition: Quota,
    entries: Entries,
    period: Period,
    target: float,
    net: npt.NDArray[np.float64],
    share: npt.NDArray[np.float64],
    calendar: Calendar,
) -> Landing:
    """The landing in units of one entry: a value quota counts in its mean worth."""
    unit = float(entries.worth.mean()) if definition.value and len(entries.worth) and entries.worth.mean() > 0 else 1.0
    totals = past_totals(entries, period, definition, calendar)
    found = landing(target / unit, net / unit, share, [total / unit for total in totals])
    if unit == 1.0:
        return found
    return Landing(found.expected * unit, found.p10 * unit, found.p50 * unit, found.p90 * unit, found.probability)


def past_totals(entries: Entries, period: Period, definition: Quota, calendar: Calendar) -> list[float]:
    """Net of each whole past period with a history, at most twelve, oldest first."""
    if not len(entries.at) or entries.at.min() >= period.starts_at:
        return []
    began = int(entries.at.min())
    before = periods_between(began, period.starts_at - 1, definition.per, calendar.timezone, definition.fiscal_year_starts)
    whole = [each for each in before if each.starts_at >= began or each is not before[0]][-HISTORY:]
    return [float(entries.net_until(each, np.array([each.ends_at], np.int64))[0]) for each in whole]


def _cumulative(at: Instants, worth: npt.NDArray[np.float64], period: Period, instants: Instants) -> npt.NDArray[np.float64]:
    inside = (at >= period.starts_at) & (at < period.ends_at)
    order = np.argsort(at[inside], kind="stable")
    total = np.concatenate(([0.0], np.cumsum(worth[inside][order])))
    return total[np.searchsorted(at[inside][order], instants, side="left")]
