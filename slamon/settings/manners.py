"""When people are not disturbed, and how often they hear, as ``slamon.yaml`` says it."""

from typing import Annotated

from pydantic import Field

from slamon.core.terms import Terms, Whole
from slamon.settings.clocks import Clock, Interval


class QuietHours(Terms):
    """When people are not disturbed, in their own zone."""

    from_: Clock = Field(alias="from")
    to: Clock


class MannersSettings(Terms):
    """How often people hear: the first of a group at once, then together; and so many messages a person and day."""

    a_day: Annotated[Whole, Field(ge=1, le=1000)] = 10
    mentions_a_day: Annotated[Whole, Field(ge=0, le=1000)] = 5
    digest_at: Clock = "17:00"
    window_s: Annotated[Whole, Field(ge=0, le=600)] = 30
    gap: Interval = Field(default="5m", validate_default=True)
    longest_gap: Interval = Field(default="30m", validate_default=True)
