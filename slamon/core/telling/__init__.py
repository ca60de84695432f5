"""Who hears what when: of all that is due to be said, what is said now, what waits until when, and what is not said and why."""

from slamon.core.telling.decisions import Group, Memory, Post, Standing, Told, Withheld
from slamon.core.telling.manners import Manners
from slamon.core.telling.order import UNREAD
from slamon.core.telling.rereading import still_news
from slamon.core.telling.rules import decide
from slamon.core.telling.silences import LONGEST_SILENCE, SCOPES, Silence, share_silenced

__all__ = [
    "LONGEST_SILENCE",
    "SCOPES",
    "UNREAD",
    "Group",
    "Manners",
    "Memory",
    "Post",
    "Silence",
    "Standing",
    "Told",
    "Withheld",
    "decide",
    "share_silenced",
    "still_news",
]
