"""When people are not disturbed, and how often they hear, as ``slamon.yaml`` says it."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from slamon.core.durations import Duration
from slamon.core.terms import Length, Terms, Whole, shown


def _clock(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        raise ValueError(f'{shown(value)} is not a time of day; write it quoted, e.g. "08:00"')
    return value


Clock = Annotated[str, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})]


class QuietHours(Terms):
    """When people are not disturbed, in their own zone."""

    from_: Clock = Field(alias="from")
    to: Clock


class MannersSettings(Terms):
    """How often people hear: the first of a group at once, then together; and so many messages a person and day."""

    a_day: Annotated[Whole, Field(ge=1, le=1000)] = 10
    digest_at: Clock = "17:00"
    window_s: Annotated[Whole, Field(ge=0, le=600)] = 30
    gap: Length = Field(default="5m", validate_default=True)
    longest_gap: Length = Field(default="30m", validate_default=True)

    @field_validator("gap", "longest_gap")
    @classmethod
    def _round_the_clock(cls, every: Duration) -> Duration:
        if every.unit.is_working:
            raise ValueError(f"'{every}' runs on no calendar here; write it round the clock, e.g. 5m")
        return every
