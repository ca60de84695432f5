"""How a workspace talks to people: how often, when not, and how many messages a day."""

from dataclasses import dataclass

from slamon.core.working_time.instants import HOUR, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Manners:
    """Lengths are microseconds; ``quiet_hours`` and ``digest_at`` are local times of the recipient, such as ``20:00``."""

    timezone: str = "UTC"
    """Of a recipient whose own zone nobody tells."""
    quiet_hours: tuple[str, str] | None = None
    a_day: int = 10
    """Messages to one person on one local day; what is more comes as one digest."""
    mentions_a_day: int = 5
    """So often a person is named in channels on one local day; later messages there name them without notifying them."""
    digest_at: str = "17:00"
    window: int = 30 * SECOND
    """The first message of a group goes at once; what follows it within this time goes together."""
    gap: int = 5 * MINUTE
    """The least time between later messages of a group; it doubles while they keep coming."""
    longest_gap: int = 30 * MINUTE
    """A group hears after this time at the latest, and is a new one when it was quiet for longer."""
    hold: int = MINUTE
    """How long good news has to stand before it is told."""
    unstable_changes: int = 3
    unstable_within: int = 6 * HOUR
    """More changes of one verdict than that, within that time, are one item: it keeps changing."""
    inhibited_for: int = 24 * HOUR
    """How long the news that a budget burns too fast stands for the single misses behind it."""

    @property
    def mild_a_day(self) -> int:
        """How many of a person's messages of a day may be warnings and good news: half, so that misses have the rest."""
        return (self.a_day + 1) // 2
