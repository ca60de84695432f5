"""Hysteresis: good news is told once it has stood for a while, and a verdict that keeps changing is one item."""

from collections.abc import Sequence

from slamon.core.alerts import Notice
from slamon.core.telling.manners import Manners

SETTLED = ("answered late", "corrected", "cleared")


def is_later_news(notice: Notice) -> bool:
    """Whether a notice tells what became of a miss, or of a warning, that was told."""
    return notice.kind in SETTLED


def unstable_until(changes: Sequence[int], manners: Manners, as_of: int) -> int | None:
    """Until when a verdict that changed too often is one item; None when it is stable."""
    lately = [each for each in changes if as_of - manners.unstable_within < each <= as_of]
    return max(lately) + manners.unstable_within if len(lately) > manners.unstable_changes else None


def stands_from(notice: Notice, first_seen: int, manners: Manners) -> int:
    """From when on settled news has stood long enough to be told: by the facts, or by when it was first seen."""
    return min(notice.instant, first_seen) + manners.hold
