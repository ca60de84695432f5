"""Instants as the core counts them: 64-bit integers of microseconds since 1970-01-01 00:00 UTC.

Every array of instants in the core has dtype ``int64``. Integers (not ``datetime64``) because comparing, adding and
packing them needs no casts; at the borders they become aware ``datetime`` or ``datetime64[us]`` in UTC.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).min
"""No instant: the thing did not happen, or is not known. Also the bit pattern of ``NaT``."""

FOREVER = np.iinfo(np.int64).max
"""After every instant: an interval that has not ended."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime; a naive one is refused with ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no UTC offset or time zone; write e.g. {moment.isoformat()}Z")
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_datetime(micros: int) -> datetime:
    """The aware UTC datetime of an instant; ``OverflowError`` outside the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=int(micros))


def as_datetime64(instants: Instants) -> npt.NDArray[np.datetime64]:
    """The same array seen as ``datetime64[us]`` (UTC, NEVER is NaT); no copy."""
    return instants.view("datetime64[us]")


def iso(micros: int) -> str:
    """``2012-03-01T09:00:00.000000Z``; the empty string for NEVER."""
    if micros in (NEVER, FOREVER):
        return ""
    return to_datetime(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
