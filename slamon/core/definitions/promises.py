"""The four kinds of promises, as users write them: deadline, cadence, quota, ratio."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from slamon.core.definitions.alert_terms import Alert, AlertMoment, WarnAt
from slamon.core.definitions.clause_terms import Batch, Gap, Objective, Pause, Target, fits
from slamon.core.definitions.pattern_terms import LeadFilter, Patterns, PatternWithin
from slamon.core.definitions.terms import (
    Day,
    Flag,
    Identifier,
    Length,
    Name,
    Number,
    OneOrMany,
    Party,
    Share,
    Terms,
    Title,
    Whole,
)
from slamon.core.working_time.durations import Duration, Unit

A_DAY = Duration(24, Unit.HOURS)
A_MONTH = Duration(30, Unit.DAYS)


def _is_route(value: object) -> str:
    return "as route" if isinstance(value, str) else "as alerts"


Alerts = Annotated[
    Annotated[Identifier, Tag("as route")] | Annotated[tuple[Alert, ...], OneOrMany(), Tag("as alerts")],
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

    @model_validator(mode="after")
    def _feasible(self) -> "Cadence":
        low, high = self.gap.min, self.gap.max
        if low is not None and not fits(self.attempts, low, self.within):
            raise ValueError(
                f"gap of {low} between {self.attempts} attempts does not fit in {self.within}; lengthen within, or shorten the gap"
            )
        if low is not None and high is not None and low.unit.is_working == high.unit.is_working and low.micros > high.micros:
            raise ValueError(f"gap has min {low} above max {high}; write e.g. gap: {{min: 1wd, max: 3wd}}")
        if self.channels is not None and self.channels > self.attempts:
            raise ValueError(f"channels {self.channels} cannot be reached with {self.attempts} attempts; write at most {self.attempts}")
        return self


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
    """At least (or at most) p % of a cohort: of those that enter, who ``reach`` something, or are known for something (``where``)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["reach"]}, {"required": ["where"]}]})

    kind: Literal["ratio"]
    of: Patterns
    reach: PatternWithin | None = None
    where: LeadFilter | None = None
    at_least: Share | None = None
    at_most: Share | None = None
    by: Name | None = None
    per: Literal["week", "month", "quarter"] = "month"
    fiscal_year_starts: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-01$")] | None = None
    mature_after: Length | None = None
    min_n: Annotated[Whole, Field(gt=0)] = 30
    value: Name | None = None

    @property
    def waits(self) -> Duration | None:
        """How old members are when they are judged; None: at once, for what is known at their entry does not change."""
        return self.mature_after or (A_MONTH if self.reach is not None else None)

    @model_validator(mode="after")
    def _one_question(self) -> "Ratio":
        if self.reach is not None and self.where is not None:
            raise ValueError(
                "where and reach are both given; keep `reach` for what happens after the entry, `where` for what is known at it"
            )
        if self.reach is None and self.where is None:
            example = "reach: {stage: sal, within: 14d}, or where: {source: marketing}"
            raise ValueError(f"a ratio says which members count: `reach` or `where` is missing; write e.g. {example}")
        return self

    @model_validator(mode="after")
    def _one_side(self) -> "Ratio":
        if self.at_least is not None and self.at_most is not None:
            raise ValueError("at_most and at_least are both given; keep the one that was promised")
        if self.at_least is None and self.at_most is None:
            raise ValueError("a ratio says how much: `at_least` or `at_most` is missing; write e.g. at_least: 60%")
        return self


Definition = Annotated[Deadline | Cadence | Quota | Ratio, Field(discriminator="kind")]
type_of_kind: dict[str, type[Deadline] | type[Cadence] | type[Quota] | type[Ratio]] = {
    "deadline": Deadline,
    "cadence": Cadence,
    "quota": Quota,
    "ratio": Ratio,
}
