"""The workspace's word on messages and reports: who hears what, since when, in which zone, and when not to disturb."""

from dataclasses import dataclass

from slamon.core.alerts.routing import Routing
from slamon.core.telling import Manners


@dataclass(frozen=True, slots=True)
class Announcements:
    """What alerts need to know of a workspace; ``go_live`` is an instant, None for the end of the first sync."""

    routing: Routing
    timezone: str
    go_live: int | None
    manners: Manners
    app_url: str | None
    lag: int = 0
    """How late the sources' own data may be, in microseconds."""
    away_after: int | None = None
    """So long after the last look (microseconds) a check is one after a time away; None where checks are made by hand."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Whose report it is: the company's name, and the zone in which its periods are cut."""

    company: str
    timezone: str
