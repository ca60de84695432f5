"""How many messages become of what is due to be said: first now, rest together, quiet hours, so many a day and a digest."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from slamon.core.telling.manners import Manners
from slamon.core.telling.pace import after_quiet_hours, next_digest_at, next_post_at
from slamon.core.working_time.instants import DAY, NEVER
from slamon.core.working_time.zones import offsets_of

DIGEST = "digest"
LONGEST_BURST = 12
"""Of a longer one the gap grows no more."""


def paced(messages: pd.DataFrame, manners: Manners, every: int) -> pd.DataFrame:
    """The messages that hearers get of what each check had to say, sorted by hearer and instant.

    ``messages``: ``hearer``, ``is_person``, ``zone``, ``kind``, ``at`` (the check, microseconds UTC); ``every`` is the time
    between two checks. What clears while it waits is counted all the same, so the load is rather too high than too low.
    """
    if not len(messages):
        return messages
    parts = [_to_one(mine.iloc[0], mine, manners, every) for _, mine in messages.groupby("hearer", sort=True)]
    return pd.concat(parts, ignore_index=True)


def _to_one(hearer: "pd.Series[str]", mine: pd.DataFrame, manners: Manners, every: int) -> pd.DataFrame:
    zone = str(hearer["zone"]) or manners.timezone
    told = [
        (at, str(kind))
        for kind, theirs in mine.groupby("kind", sort=True)
        for at in _of_a_kind(np.sort(theirs["at"].to_numpy(np.int64)).tolist(), manners, zone, every)
    ]
    told = list(_a_day(sorted(told), manners, zone)) if bool(hearer["is_person"]) else sorted(told)
    frame = pd.DataFrame({"kind": [kind for _, kind in told], "at": np.array([at for at, _ in told], np.int64)})
    return frame.assign(hearer=hearer["hearer"], is_person=bool(hearer["is_person"]), zone=hearer["zone"])


def _of_a_kind(arrivals: list[int], manners: Manners, zone: str, every: int) -> Iterator[int]:
    """When the messages of one kind go out: what arrives while one waits goes with it."""
    sent: list[int] = []
    for at in arrivals:
        if sent and at <= sent[-1]:
            continue
        free = next_post_at(sent[-LONGEST_BURST:], manners, at)
        sent.append(-(-after_quiet_hours(free, manners, zone) // every) * every)
        yield sent[-1]


def _a_day(told: list[tuple[int, str]], manners: Manners, zone: str) -> Iterator[tuple[int, str]]:
    """So many a local day; what is more comes with the next digest."""
    digest_at = NEVER
    day, heard = -1, 0
    for at, kind in told:
        today = _local_day(at, zone)
        day, heard = (day, heard) if day == today else (today, 0)
        if heard < manners.a_day:
            heard += 1
            yield at, kind
        elif at > digest_at:
            digest_at = after_quiet_hours(next_digest_at(manners, zone, at), manners, zone)
            yield digest_at, DIGEST


def _local_day(instant: int, zone: str) -> int:
    return int(offsets_of(zone, instant - 2 * DAY, instant + 2 * DAY).to_wall(np.array([instant], np.int64))[0]) // DAY
