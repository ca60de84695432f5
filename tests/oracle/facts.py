"""The facts and the answers of the oracle: what happened, who the people are, and what was found.

All instants are aware datetimes. A naive one is refused, because a reading without a zone names no instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


def _aware(instant: datetime | None, what: str) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise ValueError(f"{what} {instant} has no time zone; say which")
    return instant.astimezone(UTC) if instant is not None else None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a lead.

    ``kind`` is one of stage, activity, touch, owner, attribute, merged, deleted, restored, row (a row that only states attributes).
    ``name`` is the stage, the activity, the touch or the attribute; ``value`` is the new owner (None: nobody), the attribute's new
    value, or the lead merged into (a merged event stands in the loser's history). ``place`` is where the source lists it.
    """

    lead: str
    at: datetime
    kind: str
    name: str = ""
    value: Any = None
    id: str = ""
    actor: str | None = None
    direction: str | None = None
    automated: bool = False
    seconds: float | None = None
    outcome: str | None = None
    asset: str | None = None
    recorded_at: datetime | None = None
    seen_at: datetime | None = None
    place: tuple[int, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take everything to UTC and fill in what was not watched: ``seen_at`` is ``recorded_at``, or else ``at``."""
        object.__setattr__(self, "at", _aware(self.at, "at"))
        object.__setattr__(self, "recorded_at", _aware(self.recorded_at, "recorded_at"))
        object.__setattr__(self, "seen_at", _aware(self.seen_at, "seen_at") or self.recorded_at or self.at)

    @property
    def recorded(self) -> datetime:
        """When the CRM stored it; a source that does not say stored it at once."""
        return self.recorded_at or self.at

    @property
    def order(self) -> tuple[datetime, datetime, tuple[int, ...], str]:
        """Section 7: by ``at``, then ``recorded_at``, then the source's order, never by arrival."""
        return (self.at, self.recorded, self.place, self.id)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody (or something: ``human=False`` for queues and integration users) that can own a lead."""

    id: str
    team: str | None = None
    calendar: str | None = None
    active: bool = True
    human: bool = True


@dataclass(frozen=True, slots=True)
class Absence:
    """A person is away in ``[start, end)``."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a named person decided at ``at``: an excuse (sla, lead, id of the opening event) or late evidence accepted (id only)."""

    event: str
    at: datetime
    sla: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Activated:
    """A version of a promise (by its first day) that was put on open cycles at ``at``."""

    sla: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CycleVerdict:
    """One line of ``slamon verdicts``, with what identifies it (``opened_by``) and why (``reason``)."""

    sla: str
    version: str
    lead: str
    cycle: int
    state: str
    started_at: datetime
    due_at: datetime | None
    opened_by: str
    answered_at: datetime | None = None
    attempts: int | None = None
    charged_to: str | None = None
    team: str | None = None
    cause: str | None = None
    system_delay_s: int | None = None
    human_delay_s: int | None = None
    strict_state: str | None = None
    period: str | None = None
    reason: str = ""
    strict_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attainment:
    """One line of ``slamon attainment`` (without the forecast)."""

    sla: str
    version: str
    period: str
    group: str
    counted: float
    reversed: float | None
    net: float | None
    cohort: float | None
    share: float | None
    target: float | None
    state: str
