"""What was promised: the typed terms of every SLA, the funnel's stages, and which version is in force when.

The models mirror what users write, key for key. A model refuses unknown keys and says what to write instead;
``slamon.definition_files`` adds file, line and column. Durations, percentages, dates and patterns arrive here as
written and leave as typed values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from slamon.core.alert_terms import Alert, AlertMoment, Moment, WarnAt, parse_moment, parse_warning
from slamon.core.calendars import Calendar
from slamon.core.durations import Duration, Unit
from slamon.core.pattern_terms import DETAILS, SUBJECTS, Comparison, Condition, EventPattern, LeadFilter, Patterns, PatternWithin
from slamon.core.terms import (
    EXAMPLE_DURATION,
    IDENTIFIER,
    ROLES,
    Blocks,
    DatedKey,
    Day,
    Flag,
    Identifier,
    Length,
    Name,
    Names,
    Number,
    OneOrMany,
    Party,
    Sentence,
    Share,
    Terms,
    Title,
    Weekdays,
    Whole,
    Zone,
)

__all__ = [
    "A_DAY",
    "DETAILS",
    "EXAMPLE_DURATION",
    "IDENTIFIER",
    "ROLES",
    "SUBJECTS",
    "Alert",
    "AlertMoment",
    "Alerts",
    "Batch",
    "Cadence",
    "CalendarTerms",
    "Comparison",
    "Condition",
    "Day",
    "Deadline",
    "Definition",
    "DefinitionSet",
    "EventPattern",
    "Gap",
    "Identifier",
    "LeadFilter",
    "Length",
    "Moment",
    "Name",
    "Names",
    "Objective",
    "Party",
    "PatternWithin",
    "Patterns",
    "Pause",
    "Promise",
    "Quota",
    "Ratio",
    "Share",
    "Stage",
    "Target",
    "Terms",
    "WarnAt",
    "parse_moment",
    "parse_warning",
    "round_the_clock",
    "type_of_kind",
]

A_DAY = Duration(24, Unit.HOURS)


class Target(Terms):
    """A target for leads that match a filter; the first match wins."""

    when: LeadFilter
    within: Length


def _is_state(value: object) -> str:
    return "state" if isinstance(value, str) else "pattern"


ClockState = Annotated[
    Annotated[Literal["unassigned", "holder away"], Tag("state")] | Annotated[EventPattern, Tag("pattern")],
    Discriminator(_is_state),
]


class Pause(Terms):
    """States during which a deadline's clock stands."""

    while_: Annotated[tuple[ClockState, ...], Field(min_length=1), OneOrMany()] = Field(alias="while")

    @field_validator("while_")
    @classmethod
    def _states(cls, states: tuple[str | EventPattern, ...]) -> tuple[str | EventPattern, ...]:
        if any(isinstance(state, EventPattern) and state.stage is None for state in states):
            raise ValueError("a clock pauses in a stage, while unassigned or holder away; write e.g. while: [{stage: nurture}]")
        return states


class Batch(Terms):
    """A bulk import, and its own target if it has one."""

    size: Annotated[Whole, Field(gt=1)] = 200
    within: Length | None = None


class Gap(Terms):
    """How far apart two counted attempts are."""

    min: Length | None = None
    max: Length | None = None


class Objective(Terms):
    """What share of the cycles due in a period has to be kept."""

    compliance: Share
    per: Literal["week", "month", "quarter"] = "month"


def _is_route(value: object) -> str:
    return "route" if isinstance(value, str) else "alerts"


Alerts = Annotated[
    Annotated[Identifier, Tag("route")] | Annotated[tuple[Alert, ...], OneOrMany(), Tag("alerts")],
    Discriminator(_is_route),
]


class Promise(Terms):
    """What every definition says, whatever its kind."""

    sla: Identifier
    title: Title
    promised_by: Party
    promised_to: Party
    accountable: Title
    effective_from: Day
    effective_until: Day | None = None
    applies_to: LeadFilter | None = None
    calendar: str | None = None
    objective: Objective | None = None
    alerts: Alerts | None = None
    description: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> "Promise":
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise ValueError("effective_until is not after effective_from; write a later date, or leave it out")
        return self

    @property
    def version(self) -> str:
        """A version is named by the date from which it is in force."""
        return self.effective_from.isoformat()


class Deadline(Promise):
    """B within T of A, for each lead: follow-up, acceptance, disposition, assignment, stage age."""

    kind: Literal["deadline"]
    start: Patterns
    met_by: Patterns
    within: Length
    targets: tuple[Target, ...] = ()
    close_of_business: Flag = False
    hand_raise: Patterns | None = None
    credit_before: Length | None = None
    debounce: Length = A_DAY
    pause: Pause | None = None
    cancelled_by: Patterns | None = None
    restart_on_reassignment: Flag = False
    late_logging: Length = A_DAY
    warn_at: WarnAt = (AlertMoment("warning", share=0.8),)
    batch: Batch = Batch()

    @model_validator(mode="after")
    def _closes_in_days(self) -> "Deadline":
        if self.close_of_business and not any(length.is_working_days for length in (self.within, *(t.within for t in self.targets))):
            raise ValueError("close_of_business needs a target in working days; write e.g. within: 2wd, or leave it out")
        return self


class Cadence(Promise):
    """At least N attempts for each lead, spaced, within a window."""

    kind: Literal["cadence"]
    start: Patterns
    attempts: Annotated[Whole, Field(gt=0, le=100)]
    attempt: Patterns
    within: Length
    gap: Gap = Gap()
    channels: Annotated[Whole, Field(gt=0, le=20)] | None = None
    ended_by: Patterns | None = None
    debounce: Length = A_DAY
    late_logging: Length = A_DAY
    warn_at: WarnAt | None = None


class Quota(Promise):
    """N leads reaching a stage, or a value, per period."""

    kind: Literal["quota"]
    counts: Patterns
    target: Annotated[Number, Field(gt=0)]
    by: Name | None = None
    targets: dict[Name, Annotated[Number, Field(gt=0)]] = Field(default_factory=dict)
    per: Literal["week", "month", "quarter"] = "month"
    fiscal_year_starts: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-01$")] | None = None
    reversed_by: PatternWithin | None = None
    recount: Flag = False
    value: Name | None = None
    warn_below: Share = 0.5
    slack: Share = 0.1

    @model_validator(mode="after")
    def _grouped(self) -> "Quota":
        if self.targets and self.by is None:
            raise ValueError("targets need `by`: the attribute whose values they are for; write e.g. by: source")
        return self


class Ratio(Promise):
    """At least (or at most) p % of a cohort."""

    kind: Literal["ratio"]
    of: Patterns
    reach: PatternWithin
    at_least: Share | None = None
    at_most: Share | None = None
    by: Name | None = None
    per: Literal["week", "month", "quarter"] = "month"
    fiscal_year_starts: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-01$")] | None = None
    mature_after: Length = Duration(30, Unit.DAYS)
    min_n: Annotated[Whole, Field(gt=0)] = 30
    value: Name | None = None

    @model_validator(mode="after")
    def _one_side(self) -> "Ratio":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a ratio has either at_least or at_most; write e.g. at_least: 60%")
        return self


Definition = Annotated[Deadline | Cadence | Quota | Ratio, Field(discriminator="kind")]
type_of_kind = {"deadline": Deadline, "cadence": Cadence, "quota": Quota, "ratio": Ratio}


class Stage(Terms):
    """A step of the funnel, the party that owns it and the sentence that defines it."""

    stage: Name
    owned_by: Party | None = None
    means: Sentence
    exit: Flag = False


class HolidayTerms(Terms):
    """Which dates are off: a country's (and subdivision's), plus own dates, minus own exceptions."""

    country: str | None = None
    subdivision: str | None = None
    add: tuple[Day, ...] = ()
    remove: tuple[Day, ...] = ()


class CalendarTerms(Terms):
    """A calendar as it is written; ``build`` checks what only the whole can tell."""

    timezone: Zone
    hours: Annotated[dict[Weekdays, Blocks], Field(min_length=1)]
    holidays: HolidayTerms = HolidayTerms()
    special_days: dict[DatedKey, Blocks] = Field(default_factory=dict)
    breaks: dict[DatedKey, Blocks] = Field(default_factory=dict)

    def build(self) -> Calendar:
        """The calendar that answers; ``ValueError`` with the mend if it never opens or a country is unknown."""
        if not any(self.hours.values()):
            raise ValueError('hours never open; write e.g. {mon-fri: ["09:00-17:00"]}')
        off = {
            "country": self.holidays.country,
            "subdivision": self.holidays.subdivision,
            "add": [day.isoformat() for day in self.holidays.add],
            "remove": [day.isoformat() for day in self.holidays.remove],
        }
        return Calendar(self.timezone, self.hours, off, self.special_days, self.breaks)


@dataclass(frozen=True, slots=True)
class DefinitionSet:
    """All that was promised: definitions (every version), calendars by name, stages in funnel order, shared alert routes."""

    definitions: tuple[Deadline | Cadence | Quota | Ratio, ...]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    routes: Mapping[str, tuple[Alert, ...]] = field(default_factory=dict)
    default_calendar: str | None = None
    timezone: str = "UTC"

    def calendar_of(self, definition: Promise) -> Calendar:
        """The calendar a definition is judged on: its own, else the workspace's, else round the clock in its zone.

        ``calendar: owner`` gives the workspace's here; the holder's own is chosen lead by lead.
        """
        name = definition.calendar if definition.calendar not in (None, "owner") else self.default_calendar
        return self.calendars[name] if name is not None else round_the_clock(self.timezone)

    def versions(self) -> dict[str, list[Deadline | Cadence | Quota | Ratio]]:
        """Definitions by SLA id, each one's versions in order of effective_from."""
        found: dict[str, list[Deadline | Cadence | Quota | Ratio]] = {}
        for definition in sorted(self.definitions, key=lambda each: (each.sla, each.effective_from)):
            found.setdefault(definition.sla, []).append(definition)
        return found


def round_the_clock(timezone: str) -> Calendar:
    """A calendar that is always open, in a zone: dates and periods are cut there."""
    return Calendar(timezone, {"mon-sun": ["00:00-24:00"]})
