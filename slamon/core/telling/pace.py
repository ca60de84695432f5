"""When a destination may hear the next message: first now, then rarer while news keep coming; quiet hours; so many a day."""

from collections.abc import Sequence

import numpy as np

from slamon.core.telling.decisions import Post
from slamon.core.telling.manners import Manners
from slamon.core.working_time.instants import DAY
from slamon.core.working_time.quiet_hours import released_at
from slamon.core.working_time.zones import offsets_of

UNCOUNTED = ("digest", "baseline", "silence", "operator", "test", "unsubscribed")
"""Messages that do not count among a person's messages of a day: they are no alerts."""
MILD = ("warning", "answered late", "corrected", "cleared", "unstable")
"""What is no miss: it takes at most half of a person's messages of a day."""


def next_post_at(instants: Sequence[int], manners: Manners, as_of: int) -> int:
    """When a group may hear its next message, given when it heard the earlier ones; ``as_of`` when that is now.

    A group that was quiet for more than the longest gap is a new one (and a least gap more, for a look comes when it
    comes). The window follows its first message, the least gap its second, and each further gap is twice the one
    before, up to the longest.
    """
    burst: list[int] = []
    new_after = manners.longest_gap + manners.gap
    for instant in sorted(instants):
        if instant <= as_of:
            burst = [*burst, instant] if burst and instant - burst[-1] < new_after else [instant]
    if not burst or as_of - burst[-1] >= new_after:
        return as_of
    gap = manners.window if len(burst) == 1 else min(manners.gap << min(len(burst) - 2, 20), manners.longest_gap)
    return max(burst[-1] + gap, as_of)


def after_quiet_hours(instant: int, manners: Manners, zone: str) -> int:
    """The instant itself, or the end of the recipient's quiet hours."""
    if manners.quiet_hours is None:
        return instant
    return released_at(instant, *manners.quiet_hours, zone or manners.timezone)


def heard_today(posts: Sequence[Post], manners: Manners, zone: str, as_of: int) -> int:
    """How many messages a person had on the local day of an instant."""
    today = _local_day(as_of, zone or manners.timezone)
    return sum(
        1 for post in posts if post.kind not in UNCOUNTED and post.at <= as_of and _local_day(post.at, zone or manners.timezone) == today
    )


def may_mention(mentions: Sequence[int], manners: Manners, zone: str, as_of: int) -> bool:
    """Whether a person may be notified by name in a channel, given when they were (microseconds UTC)."""
    today = _local_day(as_of, zone or manners.timezone)
    return sum(1 for at in mentions if at <= as_of and _local_day(at, zone or manners.timezone) == today) < manners.mentions_a_day


def next_digest_at(manners: Manners, zone: str, as_of: int) -> int:
    """The next instant after ``as_of`` at which the recipient's clock shows the time of the digest."""
    zone = zone or manners.timezone
    offsets = offsets_of(zone, as_of - 2 * DAY, as_of + 4 * DAY)
    clock = int(manners.digest_at[:2]) * 60 + int(manners.digest_at[3:])
    today = _local_day(as_of, zone)
    walls = np.array([(today + day) * DAY + clock * (DAY // 1440) for day in (0, 1, 2)], np.int64)
    return min(int(instant) for instant in offsets.from_wall(walls) if instant > as_of)


def _local_day(instant: int, zone: str) -> int:
    offsets = offsets_of(zone, instant - 2 * DAY, instant + 2 * DAY)
    return int(offsets.to_wall(np.array([instant], np.int64))[0]) // DAY
