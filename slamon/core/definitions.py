"""What was promised: the typed terms of every SLA, the funnel's stages, and which version is in force when.

The models mirror what users write, key for key. A model refuses unknown keys and says what to write instead;
``slamon.definition_files`` adds file, line and column. Durations, percentages, dates and patterns arrive here as
written and leave as typed values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, field_validator, model_validator

from slamon.core.calendars import Calendar, parse_date
from slamon.core.durations import Duration, Unit, parse_duration

IDENTIFIER = r"^[a-z0-9][a-z0-9_-]{0,63}$"
A_DAY = Duration(24, Unit.HOURS)
EXAMPLE_DURATION = "30wm, 4wh, 2wd, 15m, 24h, 3d"


def _percent(text: object) -> float:
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%", text.strip(), re.ASCII) if isinstance(text, str) else None
    if match is None or not 0 <= float(match[1]) <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(f"{text!r} is not a percentage; write e.g. 90%")
    return round(float(match[1]) / 100, 8)


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _text(value: object) -> object:
    """Names from a CRM may look like numbers to YAML; they are text all the same, but true and null are not names."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _schema(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


Length = Annotated[
    Duration,
    BeforeValidator(lambda value: value if isinstance(value, Duration) else parse_duration(value)),
    PlainSerializer(str),
    _schema("string", examples=EXAMPLE_DURATION.split(", ")),
]
Share = Annotated[
    float, BeforeValidator(lambda value: value if isinstance(value, float) else _percent(value)), _schema("string", examples=["90%"])
]
Day = Annotated[
    date,
    BeforeValidator(lambda value: value if isinstance(value, date) else parse_date(value)),
    _schema("string", format="date"),
]
Name = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_one_or_many), Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Party = Literal["sales", "marketing"]


class Terms(BaseModel):
    """Base behaviour of everything written in YAML: immutable, and no key passes unread."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class EventPattern(Terms):
    """Which events are meant: exactly one of stage, activity, touch, owner, attribute, merged or deleted, and details."""

    stage: Names | None = None
    activity: Names | None = None
    touch: Names | None = None
    owner: Literal["assigned", "unassigned"] | None = None
    attribute: Name | None = None
    merged: Literal[True] | None = None
    deleted: Literal[True] | None = None

    direction: Literal["inbound", "outbound"] | None = None
    automated: bool | None = None
    by: Literal["owner", "team", "anyone"] | None = None
    min_seconds: Annotated[int, Field(gt=0, le=86_400)] | None = None
    outcome: Names | None = None
    asset: Name | None = None
    to: Names | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> "EventPattern":
        subjects = [name for name in SUBJECTS if getattr(self, name) is not None]
        if len(subjects) != 1:
            given = " and ".join(subjects) or "none"
            raise ValueError(f"a pattern names one of {', '.join(SUBJECTS)}, here {given}; write e.g. {{stage: mql}}")
        for subject, details in DETAILS.items():
            stray = [name for name in details if getattr(self, name) is not None]
            if stray and getattr(self, subject) is None:
                raise ValueError(f"{stray[0]} belongs to a pattern with {subject}; write e.g. {{{subject}: …, {stray[0]}: …}}")
        return self

    @property
    def subject(self) -> str:
        """Which kind of event is meant, one of SUBJECTS."""
        return next(name for name in SUBJECTS if getattr(self, name) is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The stages, activities, touches or the attribute meant; empty for owner, merged and deleted."""
        if self.attribute is not None:
            return (self.attribute,)
        return self.stage or self.activity or self.touch or ()


SUBJECTS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted")
DETAILS = {
    "activity": ("direction", "automated", "by", "min_seconds", "outcome"),
    "touch": ("asset",),
    "attribute": ("to",),
}
Patterns = Annotated[tuple[EventPattern, ...], BeforeValidator(_one_or_many), Field(min_length=1)]


class PatternWithin(EventPattern):
    """An event pattern that only counts up to a time after the event it refers to, that time included."""

    within: Length | None = None


class Comparison(Terms):
    """One condition on a lead's attribute, other than plain equality."""

    not_: Names | None = Field(default=None, alias="not")
    at_least: float | None = Field(default=None, allow_inf_nan=False)
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    matches: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Comparison":
        if not self.model_fields_set:
            raise ValueError("an empty condition; write e.g. {at_least: 20000}, {not: partner} or {matches: 'demo*'}")
        return self


def _condition(value: object) -> object:
    if isinstance(value, dict | Comparison):
        return value
    return _one_or_many(value)


Condition = Annotated[Comparison | Annotated[tuple[Name, ...], Field(min_length=1)], BeforeValidator(_condition)]
LeadFilter = Annotated[dict[Name, Condition], Field(min_length=1)]


class Target(Terms):
    """A target for leads that match a filter; the first match wins."""

    when: LeadFilter
    within: Length


class Pause(Terms):
    """States during which a deadline's clock stands."""

    while_: Annotated[
        tuple[Literal["unassigned", "holder away"] | EventPattern, ...], BeforeValidator(_one_or_many), Field(min_length=1)
    ] = Field(alias="while")

    @field_validator("while_")
    @classmethod
    def _states(cls, states: tuple[str | EventPattern, ...]) -> tuple[str | EventPattern, ...]:
        if any(isinstance(state, EventPattern) and state.stage is None for state in states):
            raise ValueError("a clock pauses in a stage, while unassigned or holder away; write e.g. while: [{stage: nurture}]")
        return states


class Batch(Terms):
    """A bulk import, and its own target if it has one."""

    size: Annotated[int, Field(gt=1)] = 200
    within: Length | None = None


class Gap(Terms):
    """How far apart two counted attempts are."""

    min: Length | None = None
    max: Length | None = None


class Objective(Terms):
    """What share of the cycles due in a period has to be kept."""

    compliance: Share
    per: Literal["week", "month", "quarter"] = "month"


@dataclass(frozen=True, slots=True)
class AlertMoment:
    """When an alert is due: a warning share or time before due, or an event of the cycle, plus an offset."""

    event: Literal["warning", "breach", "answered late", "corrected"]
    share: float | None = None
    before: Duration | None = None
    after: Duration | None = None

    def __str__(self) -> str:
        if self.share is not None:
            return f"{self.share * 100:g}%"
        if self.before is not None:
            return f"due - {self.before}"
        return f"{self.event} + {self.after}" if self.after else self.event


def parse_moment(text: object) -> AlertMoment:
    """``80%``, ``due - 15m``, ``breach``, ``breach + 4wh``, ``answered late`` or ``corrected``; ``ValueError`` with the mend."""
    words = text.strip() if isinstance(text, str) else ""
    if words.endswith("%"):
        return AlertMoment("warning", share=_percent(words))
    if words in ("breach", "answered late", "corrected"):
        return AlertMoment(words)  # type: ignore[arg-type]  # mypy does not narrow `in` to literals
    for prefix, event, attribute in (("breach +", "breach", "after"), ("due -", "warning", "before")):
        if words.startswith(prefix):
            return AlertMoment(event, **{attribute: parse_duration(words.removeprefix(prefix))})  # type: ignore[arg-type]
    raise ValueError(f"{text!r} is not a moment; write 80%, due - 15m, breach, breach + 4wh, answered late or corrected")


Moment = Annotated[
    AlertMoment,
    BeforeValidator(lambda value: value if isinstance(value, AlertMoment) else parse_moment(value)),
    PlainSerializer(str),
    _schema("string", examples=["80%", "breach", "breach + 4wh", "answered late"]),
]


class Alert(Terms):
    """Who hears what when: holder, manager, team channel, a channel, a person's address."""

    at: Moment
    to: Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
    update: bool = False

    @field_validator("to")
    @classmethod
    def _recipients(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        for recipient in recipients:
            if recipient not in ROLES and not re.fullmatch(r"#[a-z0-9_-]{1,80}|[CGU][A-Z0-9]{8,12}|[^@\s,]{1,64}@[^@\s,]{1,255}", recipient):
                raise ValueError(f"{recipient!r} is nobody to tell; write {', '.join(ROLES)}, '#channel' (quoted) or an address")
        return recipients


ROLES = ("holder", "manager", "team channel")


class Promise(Terms):
    """What every definition says, whatever its kind."""

    sla: Identifier
    title: Annotated[str, Field(min_length=1, max_length=200)]
    promised_by: Party
    promised_to: Party
    accountable: Annotated[str, Field(min_length=1, max_length=200)]
    effective_from: Day
    effective_until: Day | None = None
    applies_to: LeadFilter | None = None
    calendar: str | None = None
    objective: Objective | None = None
    alerts: Identifier | tuple[Alert, ...] | None = None
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


WarnAt = Annotated[
    tuple[AlertMoment, ...],
    BeforeValidator(lambda value: tuple(map(_warning, _one_or_many(value)))),  # type: ignore[arg-type]
    _schema("array", items={"type": "string"}, examples=[["80%"]]),
]


def _warning(value: object) -> AlertMoment:
    if isinstance(value, AlertMoment):
        return value
    if isinstance(value, str) and value.strip().endswith("%"):
        return AlertMoment("warning", share=_percent(value))
    return AlertMoment("warning", before=parse_duration(value))


class Deadline(Promise):
    """B within T of A, for each lead: follow-up, acceptance, disposition, assignment, stage age."""

    kind: Literal["deadline"]
    start: Patterns
    met_by: Patterns
    within: Length
    targets: tuple[Target, ...] = ()
    close_of_business: bool = False
    hand_raise: Patterns | None = None
    credit_before: Length | None = None
    debounce: Length = A_DAY
    pause: Pause | None = None
    cancelled_by: Patterns | None = None
    restart_on_reassignment: bool = False
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
    attempts: Annotated[int, Field(gt=0, le=100)]
    attempt: Patterns
    within: Length
    gap: Gap = Gap()
    channels: Annotated[int, Field(gt=0, le=20)] | None = None
    ended_by: Patterns | None = None
    debounce: Length = A_DAY
    late_logging: Length = A_DAY
    warn_at: WarnAt | None = None


class Quota(Promise):
    """N leads reaching a stage, or a value, per period."""

    kind: Literal["quota"]
    counts: Patterns
    target: Annotated[int | float, Field(gt=0, le=1e15, allow_inf_nan=False)]
    by: Name | None = None
    targets: dict[Name, Annotated[int | float, Field(gt=0, le=1e15, allow_inf_nan=False)]] = Field(default_factory=dict)
    per: Literal["week", "month", "quarter"] = "month"
    fiscal_year_starts: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-01$")] | None = None
    reversed_by: PatternWithin | None = None
    recount: bool = False
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
    min_n: Annotated[int, Field(gt=0)] = 30
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
    means: Annotated[str, Field(min_length=1, max_length=500)]
    exit: bool = False


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
