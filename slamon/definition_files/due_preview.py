"""When each promise would fall due for a few telling starts: what people look at to see whether they wrote what they meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from slamon.core.definitions import Cadence, Deadline, DefinitionSet, Quota, Ratio
from slamon.core.definitions.pattern_terms import filter_in_words
from slamon.core.spacing import Spacing
from slamon.core.working_time.calendars import Calendar
from slamon.core.working_time.instants import DAY, HOUR, MINUTE
from slamon.core.working_time.periods import instant_of, local_date, period_containing

AnyDefinition = Deadline | Cadence | Quota | Ratio
YEAR = 366


@dataclass(frozen=True, slots=True)
class Start:
    """A start to try: in words, and its instant (microseconds UTC)."""

    label: str
    instant: int


@dataclass(frozen=True, slots=True)
class DueRow:
    """One start of one target of one version: ``due`` holds one instant, for a cadence that of each attempt in order.

    Instants are microseconds UTC; ``timezone`` is the one to show them in, and ``calendar`` the name that was judged on
    (``owner`` is shown on the workspace's default, empty is round the clock).
    """

    sla: str
    version: str
    title: str
    kind: str
    calendar: str
    timezone: str
    target: str
    start: Start
    due: tuple[int, ...]


def due_preview(definitions: DefinitionSet, as_of: int) -> list[DueRow]:
    """Rows for the version of each SLA in force at ``as_of`` (else its latest), for the starts that follow it.

    The starts, in the calendar's zone: the next Monday 09:00, Friday 16:30, Saturday 11:00, and 16:30 on the eve of the
    next holiday that falls on a working weekday, if the calendar has one within a year.
    """
    return [
        row for versions in definitions.versions().values() for row in _rows(_in_force(versions, definitions, as_of), definitions, as_of)
    ]


def _in_force(versions: list[AnyDefinition], definitions: DefinitionSet, as_of: int) -> AnyDefinition:
    today = [local_date(as_of, definitions.calendar_of(version).timezone) for version in versions]
    begun = [version for version, day in zip(versions, today, strict=True) if version.effective_from <= day]
    return begun[-1] if begun else versions[-1]


def _rows(definition: AnyDefinition, definitions: DefinitionSet, as_of: int) -> Iterator[DueRow]:
    calendar = definitions.calendar_of(definition)
    named = definition.calendar or definitions.default_calendar or ""
    for start in telling_starts(calendar, as_of):
        for target, due in _dues(definition, calendar, start.instant):
            yield DueRow(
                sla=definition.sla,
                version=definition.version,
                title=definition.title,
                kind=definition.kind,
                calendar=named,
                timezone=calendar.timezone,
                target=target,
                start=start,
                due=due,
            )


def telling_starts(calendar: Calendar, as_of: int) -> list[Start]:
    """The starts that show what a calendar does, each the first one at or after the local date of ``as_of``."""
    today = local_date(as_of, calendar.timezone)
    starts = [
        _start("Monday", _next_weekday(today, 0), 9 * HOUR, calendar),
        _start("Friday", _next_weekday(today, 4), 16 * HOUR + 30 * MINUTE, calendar),
        _start("Saturday", _next_weekday(today, 5), 11 * HOUR, calendar),
    ]
    holiday = _next_holiday(calendar, today + timedelta(days=1), as_of)
    if holiday is not None:
        label = f"Eve of {calendar.holiday_name(holiday)} ({holiday})"
        starts.append(_start(label, holiday - timedelta(days=1), 16 * HOUR + 30 * MINUTE, calendar))
    return starts


def _start(label: str, day: date, since_midnight: int, calendar: Calendar) -> Start:
    clock = f"{since_midnight // HOUR:02d}:{since_midnight % HOUR // MINUTE:02d}"
    return Start(f"{label} {clock}", instant_of(day, since_midnight, calendar.timezone))


def _next_weekday(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _next_holiday(calendar: Calendar, first: date, as_of: int) -> date | None:
    open_dates = calendar.openings_around(np.array([as_of, as_of + YEAR * DAY])).days
    open_weekdays = {int(weekday) for weekday in np.unique((open_dates + 3) % 7)}  # 1970-01-01 was a Thursday
    days = (first + timedelta(days=step) for step in range(YEAR))
    return next((day for day in days if day.weekday() in open_weekdays and calendar.holiday_name(day)), None)


def _dues(definition: AnyDefinition, calendar: Calendar, start: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each target in words with its due instants."""
    begun = np.array([start], np.int64)
    if isinstance(definition, Cadence):
        limits = Spacing(definition, calendar, begun).last_feasible()[:, 0]
        yield f"{definition.attempts} attempts in {definition.within}", tuple(int(limit) for limit in limits)
    elif isinstance(definition, Deadline):
        for when, within in (*((target.when, target.within) for target in definition.targets), (None, definition.within)):
            closes = definition.close_of_business and within.is_working_days
            due = calendar.advance_by(begun, within, close_of_business=closes)
            yield f"{within} {f'({filter_in_words(when)})' if when else ''}".strip(), (int(due[0]),)
    else:
        zone, fiscal = calendar.timezone, definition.fiscal_year_starts
        amount = f"{definition.target:g}" if isinstance(definition, Quota) else _share_in_words(definition)
        yield f"{amount} per {definition.per}", (period_containing(start, definition.per, zone, fiscal).ends_at,)


def _share_in_words(definition: Ratio) -> str:
    if definition.at_least is not None:
        return f"at least {definition.at_least * 100:g}%"
    return f"at most {(definition.at_most or 0) * 100:g}%"
