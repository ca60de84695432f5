"""The mark of each alert, and the word that stands beside it."""

from slamon.core.alerts import Notice
from slamon.messages.page import Mark

SETTLED = ("answered late", "corrected", "cleared")

_STATES: dict[str, tuple[Mark, str]] = {
    "warning": ("risk", "Due soon"),
    "breach": ("missed", "Past target"),
    "escalation": ("missed", "Still past target"),
    "reminder": ("missed", "Still waiting"),
    "unstable": ("none", "Keeps changing"),
    "answered late": ("kept", "Answered late"),
}
_PERIOD_STATES: dict[str, tuple[Mark, str]] = {"warning": ("risk", "At risk"), "breach": ("missed", "Target missed")}
"""Of quotas and ratios, which have a period and no lead."""

_CORRECTIONS: dict[str, tuple[Mark, str]] = {
    "met": ("kept", "Corrected, kept"),
    "breached": ("missed", "Corrected, past target"),
    "cancelled": ("none", "Corrected, not counted"),
    "excused": ("none", "Excused, not counted"),
}


_CLEARED: dict[str, tuple[Mark, str]] = {
    "met": ("kept", "Answered in time"),
    "breached": ("none", "The target has passed"),
    "excused": ("none", "Excused, not counted"),
}


def is_settled(notice: Notice) -> bool:
    """Whether what was said asks nothing of anybody any more: answered late, corrected and no miss, or a warning that is over."""
    return notice.kind in ("answered late", "cleared") or (notice.kind == "corrected" and notice.state != "breached")


def state_of(notice: Notice) -> tuple[Mark, str]:
    """The mark of a notice and the word that stands beside it."""
    if notice.kind == "corrected":
        return _CORRECTIONS.get(notice.state, ("none", "Corrected"))
    if notice.kind == "cleared":
        return _CLEARED.get(notice.state, ("none", "Not counted"))
    if not notice.lead and notice.kind in _PERIOD_STATES:
        return _PERIOD_STATES[notice.kind]
    return _STATES[notice.kind]
