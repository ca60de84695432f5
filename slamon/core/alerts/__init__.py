"""What is to be said by now, to whom: warnings, breaches, escalations and corrections, each with a key so it is said once."""

from dataclasses import dataclass
from typing import Literal

from slamon.core.working_time.instants import DAY, NEVER

Wire = Literal["slack", "email"]
"""By which channel somebody is told."""
NoticeKind = Literal["warning", "breach", "escalation", "reminder", "answered late", "corrected", "cleared", "unstable"]

ASKING = "cleared: asks"
"""As what a warning whose target has passed is edited where its reader has no message about the miss yet."""
MAX_AGE = 30 * DAY
"""Nothing older is said one by one."""


def wire_of(address: str) -> Wire:
    """The channel by which an address hears: mail, where it is a mail address."""
    return "email" if "@" in address else "slack"


def is_person(address: str) -> bool:
    """Whether one person reads what goes to an address: mail, or a Slack member's id; all else is a channel."""
    return "@" in address or (address[:1] in ("U", "W") and address.isalnum() and address.isupper())


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can hear: a Slack channel or person, or one mail address."""

    channel: Wire
    address: str
    role: str
    """Why this one: holder, manager, team channel, named."""
    zone: str = ""
    """The zone of their quiet hours; empty where only the workspace's is known."""
    instead: str = ""
    """Why they hear it in somebody's place, such as ``Rita is away``; empty when it is meant for them."""

    @property
    def is_person(self) -> bool:
        """Whether one person reads what goes there: a mail address, or a Slack member's id; all else is a channel."""
        return is_person(self.address)


@dataclass(frozen=True, slots=True)
class BuyerTouch:
    """One thing the buyer did lately: when (instant, microseconds), what kind, and which asset."""

    at: int
    touch: str
    asset: str


@dataclass(frozen=True, slots=True)
class Held:
    """How long one person held a lead, in whole seconds of the promise's clock; the name is empty for a queue."""

    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class BulkImport:
    """One import: a key, who made it (raw CRM data, not yet escaped), the first creation (microseconds UTC), how many leads."""

    key: str
    by: str
    at: int
    leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to be said about one cycle, with all that its message shows; texts are raw CRM data, not yet escaped.

    Instants are microseconds UTC, NEVER where there is none; delays are whole seconds, None where the source does
    not tell. ``cycle_id`` is ``sla/period/group`` for quotas and ratios, whose ``lead`` is empty.
    """

    cycle_id: str
    kind: NoticeKind
    sequence: int
    instant: int
    """When it became due to be said, by the facts."""
    sla: str
    version: str
    title: str
    timezone: str
    state: str
    lead: str
    lead_name: str = ""
    company: str = ""
    link: str = ""
    """The lead in the CRM, or empty."""
    holder: str = ""
    holder_name: str = ""
    team: str = ""
    intent: str = ""
    """The event that opened the cycle, in words."""
    value: str = ""
    """What the lead is worth as the CRM has it, or empty."""
    target: str = ""
    """In words: ``2 working hours``, or ``attempt 2 of 6``, ``850 a month``."""
    started_at: int
    due_at: int
    answered_at: int = NEVER
    elapsed_s: int | None = None
    """Working time from start to as_of (or to the answer), in the target's own clock."""
    late_by_s: int | None = None
    """Working time past due, once past due."""
    routing_s: int | None = None
    """Until somebody held it first."""
    held: tuple["Held", ...] = ()
    """Whose it was after that, and for how long, in the order in which each had it first."""
    closed_s: int | None = None
    """Time outside the calendar's hours since the start, which did not count."""
    cause: str = ""
    why: str = ""
    """Of a correction: who or what changed the verdict, in words."""
    next_step: str = ""
    """Who hears next and when, in words; empty when nobody does."""
    next_at: int = NEVER
    recipients: tuple[Recipient, ...] = ()
    touches: tuple[BuyerTouch, ...] = ()
    updates_only: bool = False
    """True when it only edits what was said before (``update: true``, nobody new to tell)."""
    asks: bool = False
    """Of a warning whose target has passed: whether it asks for an answer itself, since its reader has no message about the miss."""
    told_until: int = NEVER
    """What happened until then, the sources have told; NEVER: up to the instant that is judged."""
    bulk: BulkImport | None = None
    """The import that brought the lead: all its leads are spoken of once, together."""
    at_any_time: bool = False
    """True when its words have to hold whenever they are read: they name instants, and no time that has passed since."""

    @property
    def told_as(self) -> str:
        """Under which key it is said, and said once: the cycle's, or the import's that brought it."""
        return self.bulk.key if self.bulk is not None else self.cycle_id
