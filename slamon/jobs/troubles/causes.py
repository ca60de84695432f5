"""What the operator is told of: one reason why messages, reports or verdicts do not get through."""

from dataclasses import dataclass
from hashlib import sha256

from slamon.core.working_time.instants import HOUR, MINUTE
from slamon.store.outbox import Member
from slamon.store.outbox.troubles import OPERATOR

AGAIN_AFTER = HOUR
"""The operator hears of one cause at most so often."""
NAMES = {"slack": "Slack", "email": "the mail server"}
RETRY, WHO = "slamon outbox retry", '--by NAME --reason "what was mended"'


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why messages do not get through; ``members`` are what the notice says, so that it is said once."""

    key: str
    channel: str
    headline: str
    lines: tuple[str, ...]
    ask: str
    members: tuple[Member, ...]
    rest: int = AGAIN_AFTER
    lasts: bool = False


def lasting(key: str, channel: str, headline: str, lines: tuple[str, ...], ask: str, now: int) -> Cause:
    """A cause that is there until somebody mends it: told once, and again while it lasts; ``now`` in microseconds UTC."""
    return Cause(key, channel, headline, lines, ask, (Member(key, OPERATOR, now // MINUTE),), lasts=True)


def short(text: str) -> str:
    """A text as a few letters, for a cause's key."""
    return sha256(text.encode()).hexdigest()[:12]


def stuck_key(channel: str, error: str = "") -> str:
    """The key of what waits for a channel because of one error; without one, because nothing gets through."""
    return f"stuck/{channel}" + (f"/{short(error)}" if error else "")
