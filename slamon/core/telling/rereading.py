"""Whether a message that waited is still news when its turn to be sent comes."""

from collections.abc import Iterable

from slamon.core.telling.decisions import Standing
from slamon.core.working_time.instants import MINUTE, NEVER

OF_A_MISS = ("breach", "escalation", "reminder")
PERISHABLE = ("warning", *OF_A_MISS)
"""What is no news any more once somebody answered."""
LATER, WAITED = "later", MINUTE
"""Under which key a payload keeps the words that hold at any time, and after which wait they are sent instead of its own."""
REREAD = "re-read"
"""The rule by which a queued message was not sent."""
ANSWERED = "answered before it was said"
CLEARED = "cleared"
"""The rule by which what waited, and was not queued yet, is never said."""


def is_news(kind: str, standing: Standing | None) -> bool:
    """Whether one notice still holds: a warning while nobody answered and due is ahead, a miss while nobody answered.

    Of what has no verdict (a quota, a ratio, an import) nobody can tell: it is news.
    """
    if kind not in PERISHABLE or standing is None:
        return True
    if kind == "warning":
        return standing.state == "pending"
    return standing.state == "breached" and standing.answered_at == NEVER


def still_news(members: Iterable[tuple[str, Standing | None]]) -> bool:
    """Whether a message is worth sending: when any of its members, each with its kind, still holds. Read again when it is claimed."""
    return any(is_news(kind, standing) for kind, standing in members)


def why_gone(kind: str, standing: Standing | None) -> str:
    """Why what waited is not said: in the words of ``slamon route``."""
    if standing is None or is_news(kind, standing):
        return "no longer due to be said to them"
    if standing.answered_at != NEVER:
        return ANSWERED
    if kind == "warning" and standing.state == "breached":
        return "its target passed before it was said: the miss is told instead"
    return f"{standing.state} before it was said"
