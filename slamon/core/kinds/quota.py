"""The quota: N leads reaching a stage in each period, or a value, in total and by group."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from slamon.core.definitions import DefinitionSet, Quota
from slamon.core.facts import Facts
from slamon.core.kinds.attainment import Attained
from slamon.core.kinds.counting import DIGITS, Floats, period_index, periods_in_force, summed
from slamon.core.kinds.entries import Entries, entries_in, entries_of, joined
from slamon.core.kinds.prospects import at_risk_since, landing_at, ledger_of, record_of
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.periods import Period


def gather(versions: Sequence[Quota], definitions: DefinitionSet, facts: Facts) -> tuple[Entries, ...]:
    """What these leads contribute to each version, to be concluded together with what other leads do."""
    return tuple(entries_in(facts, definition, definitions.calendar_of(definition)) for definition in versions)


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
    """Pace and landing as of now, how such forecasts held, and since which working day's opening the quota has been at risk."""
    ledger = ledger_of(definition, calendar, entries, period)
    before = ledger.periods_before(period)
    found = landing_at(ledger, before, period, np.array([as_of], np.int64), target)
    return replace(
        row,
        state="pending",
        expected_to_date=_only(found.expected),
        p10=_only(found.p10),
        p50=_only(found.p50),
        p90=_only(found.p90),
        probability=_only(found.probability),
        at_risk_since=at_risk_since(ledger, before, period, as_of, target),
        record=record_of(ledger, before, period, as_of, target),
    )


def _only(figures: Floats) -> float:
    return round(float(figures[0]), 4)
