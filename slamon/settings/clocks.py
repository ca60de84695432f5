"""Times of day and intervals, as ``slamon.yaml`` says them."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from slamon.core.definitions.terms import shown
from slamon.core.working_time.durations import Duration, parse_duration


def _clock(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
        raise ValueError(f'{shown(value)} is not a time of day; write it quoted, e.g. "08:00"')
    return value


def _interval(value: object) -> Duration:
    mend = "write it round the clock, in whole minutes, hours or days, e.g. 1m (the shortest), 15m or 1h"
    try:
        every = value if isinstance(value, Duration) else parse_duration(value)
    except ValueError as error:
        reason, _, _ = str(error).partition(";")
        raise ValueError(f"{reason}; {mend}") from error
    if every.unit.is_working:
        raise ValueError(f"'{every}' runs on no calendar here; {mend}")
    return every


Clock = Annotated[str, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})]
Interval = Annotated[
    Duration,
    BeforeValidator(_interval),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["1m", "15m", "1h"]}),
]
