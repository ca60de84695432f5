"""The quota: N leads reaching a stage in each period, or a value, in total and by group."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from slamon.core.calendars import Calendar
from slamon.core.definitions import DefinitionSet, Quota
from slamon.core.facts import Facts
from slamon.core.forecast import Landing, Weights, landing, learnt_weights, share_elapsed
from slamon.core.instants import NEVER
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import DIGITS, Floats, period_index, periods_in_force, summed
from slamon.core.kinds.entries import Entries, entries_of, joined
from slamon.core.periods import Period, periods_between

HISTORY = 12
"""How many past periods the landing learns from."""


def gather(versions: Sequence[Quota], definitions: DefinitionSet, facts: Facts) -> tuple[Entries, ...]:
    """What these leads contribute to each version, to be concluded together with what other leads do."""
    return tuple(entries_of(facts, definition, definitions.calendar_of(definition)) for definition in versions)


def conclude(
    versions: Sequence[Quota], definitions: DefinitionSet, parts: Sequence[tuple[Entries, ...]], known_since: int, as_of: int
) -> list[Attained]:
    """Every period that began while a version was in force, up to ``as_of``, in total and by group.

    ``parts`` are what chunks of leads contributed, in any order; ``known_since`` is the first instant that any of them knows.
    """
    rows: list[Attained] = []
    for index, definition in enumerate(versions):
        entries = joined([part[index] for part in parts])
        periods = periods_in_force(definition, definitions, known_since, as_of)
        rows += _attained(definition, definitions.calendar_of(definition), entries, periods, as_of)
    return rows


def standing_at(definition: Quota, definitions: DefinitionSet, facts: Facts, period: Period, instant: int) -> list[Attained]:
    """One period as it stood at an instant that has passed, by what happened before it: in total and by group."""
    calendar = definitions.calendar_of(definition)
    return _attained(definition, calendar, entries_of(facts, definition, calendar).known_at(instant), [period], instant)


def _attained(definition: Quota, calendar: Calendar, entries: Entries, periods: Sequence[Period], as_of: int) -> list[Attained]:
    """The rows of consecutive periods: counted and reversed in all of them at once, prospects where one still runs."""
    counted = summed(periods, period_index(periods, entries.at), entries.group, entries.worth)
    taken_back = summed(periods, period_index(periods, entries.reversed_at), entries.group, entries.worth)
    column = {name: place for place, name in enumerate(("", *entries.group.names))}
    rows = []
    for index, period in enumerate(periods):
        seen = np.flatnonzero(counted.many[index] + taken_back.many[index]).tolist()
        groups = {name for name, place in column.items() if place in seen} | definition.targets.keys() if definition.by else set()
        for group in ["", *sorted(groups - {""})]:
            place = column.get(group)
            plus, minus = (0.0, 0.0) if place is None else (counted.worth[index, place], taken_back.worth[index, place])
            row = _row(definition, period, group, float(plus), float(minus))
            rows.append(_judged(row, definition, calendar, entries, period, as_of))
    return rows


def _row(definition: Quota, period: Period, group: str, plus: float, minus: float) -> Attained:
    """What was counted in a period; groups without a target are only shown."""
    target = definition.targets.get(group) if group else float(definition.target)
    return Attained(
        sla=definition.sla,
        version=definition.version,
        period=period.label,
        group=group,
        counted=plus,
        reversed=minus,
        net=round(plus - minus, DIGITS),
        target=target,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        decided_at=period.ends_at,
    )


def _judged(row: Attained, definition: Quota, calendar: Calendar, entries: Entries, period: Period, as_of: int) -> Attained:
    if row.target is None or row.net is None:
        return row
    if as_of >= period.ends_at:
        return replace(row, expected_to_date=row.target, state="met" if row.net >= row.target else "breached")
    return _with_prospects(row, definition, calendar, entries.of_group(row.group), period, as_of, row.target)


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


def _landing(definition: Quota, entries: Entries, period: Period, target: float, net: Floats, share: Floats, calendar: Calendar) -> Landing:
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
