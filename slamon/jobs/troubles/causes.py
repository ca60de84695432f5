"""What the operator is told of: one reason why messages, reports or verdicts do not get through."""

from dataclasses import dataclass
from hashlib import sha256

from slamon.core.working_time.instants import HOUR
from slamon.store.outbox import Member

AGAIN_AFTER = HOUR
"""The operator hears of one cause at most so often."""


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


def short(text: str) -> str:
    """A text as a few letters, for a cause's key."""
    return sha256(text.encode()).hexdigest()[:12]
