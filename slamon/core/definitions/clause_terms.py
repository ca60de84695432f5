"""The clauses of a promise: targets by lead, pauses, batches, gaps and objectives."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from slamon.core.definitions.pattern_terms import EventPattern, LeadFilter
from slamon.core.definitions.terms import Length, OneOrMany, Share, Terms, Whole
from slamon.core.working_time.durations import Duration


class Target(Terms):
    """A target for leads that match a filter; the first match wins."""

    when: LeadFilter
    within: Length


def _is_state(value: object) -> str:
    return "as state" if isinstance(value, str) else "as pattern"


ClockState = Annotated[
    Annotated[Literal["unassigned", "holder away"], Tag("as state")] | Annotated[EventPattern, Tag("as pattern")],
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


def fits(attempts: int, gap: Duration, window: Duration) -> bool:
    """Whether the last attempt can be early enough; a window of working days has the first attempt on its day 1."""
    if window.is_working_days and gap.is_working_days:
        return (attempts - 1) * gap.amount < window.amount
    if window.unit.is_working != gap.unit.is_working or gap.is_working_days != window.is_working_days:
        return True  # which is longer depends on the calendar
    return (attempts - 1) * gap.micros <= window.micros
