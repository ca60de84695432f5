"""When people are not disturbed, and how often they hear, as ``slamon.yaml`` says it."""

from typing import Annotated

from pydantic import AfterValidator, Field

from slamon.core.definitions.terms import Terms, Whole
from slamon.core.working_time.durations import Duration
from slamon.core.working_time.instants import HOUR
from slamon.settings.clocks import Clock, Interval

LONGEST_GAP = 12 * HOUR
"""What was said is looked back on for a little more than a day: twice as long as any gap between two messages."""


def _remembered(gap: Duration) -> Duration:
    if gap.micros > LONGEST_GAP:
        raise ValueError(f"'{gap}' is longer than what was said is looked back on; write 12h or less")
    return gap


Gap = Annotated[Interval, AfterValidator(_remembered)]


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
    gap: Gap = Field(default="5m", validate_default=True)
    longest_gap: Gap = Field(default="30m", validate_default=True)
