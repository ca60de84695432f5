"""A channel that is closed to us is asked about once a minute, and what waits is let go as soon as it lets us in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine

from slamon.channels import Channel, DeliveryError, Examinable
from slamon.core.working_time.instants import MINUTE, SECOND
from slamon.store.outbox.lanes import closed_channels, reopen

ASK_EVERY = 50 * SECOND
"""With the five seconds between two runs, and those of the call, less than a minute."""
LET_GO_EVERY = 15 * MINUTE
"""Where it lets us in and refuses what we send all the same (a missing right), asking tells nothing."""
ASKED = ("slack",)
"""Not the mail server: a wrong password tried each minute gets an account locked."""


@dataclass(slots=True)
class Reopening:
    """When each closed channel was asked last, and when it was opened for that (microseconds UTC)."""

    asked: dict[str, int] = field(default_factory=dict)
    let_go: dict[str, int] = field(default_factory=dict)

    def ask(self, engine: Engine, channels: Mapping[str, Channel], now: int) -> list[str]:
        """Ask those that are closed without sending anything; returns the names of those that let us in again."""
        closed = [name for name in closed_channels(engine) if name in ASKED and isinstance(channels.get(name), Examinable)]
        opened = [name for name in closed if self._is_time(name, now) and _lets_in(channels[name])]
        for name in opened:
            self.let_go[name] = now
            reopen(engine, now, name)
        return opened

    def _is_time(self, name: str, now: int) -> bool:
        rests = ((self.asked, ASK_EVERY), (self.let_go, LET_GO_EVERY))
        if any(name in times and 0 <= now - times[name] < rest for times, rest in rests):
            return False
        self.asked[name] = now
        return True


def _lets_in(channel: Channel) -> bool:
    try:
        return isinstance(channel, Examinable) and bool(channel.examine())
    except DeliveryError:  # still closed, or away: the messages say which, and keep their own times
        return False
