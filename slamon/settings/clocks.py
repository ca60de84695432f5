"""Times of day and intervals, as ``slamon.yaml`` says them."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from slamon.core.definitions.terms import Length, shown
from slamon.core.working_time.durations import Duration


def _clock(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        raise ValueError(f'{shown(value)} is not a time of day; write it quoted, e.g. "08:00"')
    return value


def _round_the_clock(every: Duration) -> Duration:
    if every.unit.is_working:
        raise ValueError(f"'{every}' runs on no calendar here; write it round the clock, e.g. 5m or 1h")
    return every


Clock = Annotated[str, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})]
Interval = Annotated[Length, AfterValidator(_round_the_clock)]
