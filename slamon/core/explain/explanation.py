"""What an explanation says: plain values from which the verdict can be computed again, and words for people.

As data (``as_data``) every instant is a text such as ``2012-03-01T09:00:00.000000Z``, null for none or for an end that is not known.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from slamon.core.working_time.instants import FOREVER, NEVER, iso

Instant = Annotated[
    int,
    PlainSerializer(lambda instant: iso(instant) or None, return_type=str | None),
    WithJsonSchema({"type": ["string", "null"], "format": "date-time"}),
]
"""Microseconds UTC; NEVER for none, FOREVER for an end that is not known."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of the lead, by its place in the history: when it happened, was logged and first seen, what, by whom, at which record."""

    line: int
    at: Instant
    recorded_at: Instant
    seen_at: Instant
    what: str
    who: str
    event: str
    record: str


@dataclass(frozen=True, slots=True)
class Length:
    """A promised length of time: its number, its unit (m, h, d; with w in front: working time), and both in words."""

    amount: int
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time ``[begin, end)``: ``open`` (counts), ``closed`` or ``paused``, why, and whole seconds."""

    begin: Instant
    end: Instant
    kind: str
    why: str
    seconds: int

    @property
    def counted(self) -> bool:
        """Whether it counts toward the target."""
        return self.kind == "open"


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause ``[begin, end)`` of the clock, FOREVER if it has not ended, and what the lead's state was."""

    begin: Instant
    end: Instant
    why: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Working hours ``[begin, end)``."""

    begin: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """One working date of the calendar (the date its hours begin on) and its hours in order."""

    date: str
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: its instant (NEVER if there is none), and what it was set to: a share of the target, or a time before due."""

    at: Instant
    share: float | None
    before: Length | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One event that might have answered, ended or cancelled the cycle: what it is to the terms, and what was made of it."""

    line: int
    at: Instant
    what: str
    who: str
    answers: bool
    why: str
    matches: bool
    """The terms name it as an answer, or as an attempt."""
    logged_late: bool
    """Logged too late to count, and not accepted by a person."""
    ends: bool
    """The terms name it as what cancels or ends a cycle, or it deletes the lead."""
    contact: bool
    deletes: bool
    channel: str
    credited_until: Instant
    """Up to which start an answer before the start is credited; NEVER where the terms give no credit."""
    used: bool
    """It answered an earlier cycle."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The lead came to another person than the one who held it last, by its place in the history."""

    line: int
    at: Instant
    to: str


@dataclass(frozen=True, slots=True)
class Away:
    """A person's absence ``[since, until)``."""

    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class Holding:
    """Who held the lead from an instant on (an empty name and id: nobody), whether that person is active, and when away.

    ``held_s`` is how long on the promise's clock, whole seconds: up to the answer or the cancellation, without one up to ``as_of``.
    """

    since: Instant
    name: str
    id: str = ""
    active: bool = True
    away: tuple[Away, ...] = ()
    held_s: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded or told of a cycle, and as of when it was known: ``met, after breached``, ``told #sales-emea: breach``."""

    at: Instant
    words: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an SLA: in force from a date, until another (empty: not ended)."""

    version: str
    until: str


@dataclass(frozen=True, slots=True)
class PutOn:
    """Who put the version that judges a cycle on it while it was open, when, and under which version it began."""

    began_under: str
    at: Instant
    by: str
    why: str
    since: Instant
    """From when on it judges: not before the version is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleExplained:
    """One cycle's verdict and everything it follows from."""

    cycle_id: str
    sla: str
    version: str
    versions: tuple[Version, ...]
    put_on: PutOn | None
    """None for a cycle that is judged by the version in force at its start."""
    title: str
    kind: str
    number: int
    state: str
    strict_state: str
    reason: str
    """Why it is cancelled, excused or cannot be evaluated; or which evidence came too late."""
    cannot_be_evaluated: str
    excused: bool
    cause: str
    cause_why: str = ""
    timezone: str
    calendar: str
    start: str
    start_line: int
    started_at: Instant
    raised_at: Instant
    """The buyer's hand-raise, from which the strict clock runs."""
    target: str
    target_why: str
    length: Length
    """The target, or a cadence's window."""
    close_of_business: bool
    due_at: Instant
    strict_due_at: Instant
    warnings: tuple[Warned, ...]
    warned_at: tuple[Instant, ...]
    answered_at: Instant
    attempts: int
    """Attempts that were counted; -1 for a deadline."""
    margin_s: int | None = None
    """Time on the SLA's own clock from the answer to due, negative when it was late; whole seconds, None without answer or due."""
    counted: tuple[Stretch, ...] = ()
    """From the start to due or the answer, whichever is later, or to a pause that has not ended."""
    run_s: int = 0
    """How much of the time up to due counted, whole seconds."""
    pauses: tuple[Paused, ...] = ()
    unpaused_due_at: Instant = NEVER
    """When a target in working days would have been due without pauses; NEVER where nothing paused, and for other targets."""
    paused_s: int = 0
    """How far pauses moved such a target on its clock, whole seconds."""
    days: tuple[WorkingDay, ...] = ()
    """The working dates around the cycle, for a target in working days and for a cadence."""
    hand_overs: tuple[HandOver, ...] = ()
    """With ``restart_on_reassignment``: each one in time, before the answer, starts the clock anew."""
    limits: tuple[Instant, ...] = ()
    """A cadence's last feasible instants, attempt by attempt, as they are without ``gap.max``."""
    gap_min: Length | None = None
    gap_max: Length | None = None
    channels: int | None = None
    channels_used: tuple[str, ...] = ()
    """The different channels of a cadence's attempts up to its end or its due, those too close to count included, in order of use."""
    candidates: tuple[Candidate, ...] = ()
    ownership_told: bool = False
    holders: tuple[Holding, ...] = ()
    system_delay_s: int | None = None
    """From the start to the first human holder on the promise's clock, whole seconds; None where nobody tells of ownership."""
    human_delay_s: int | None = None
    """From then to the answer."""
    total_s: int | None = None
    """From the start to the answer; None without an answer."""
    known: tuple[str, ...] = ()
    """What was known later than it happened, and what was true until then."""
    said: tuple[Said, ...] = ()
    """What the store recorded of the cycle, and whom it told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The lead's part in one period of a quota or a ratio."""

    sla: str
    version: str
    title: str
    kind: str
    period: str
    group: str
    """Empty where the promise names no groups."""
    timezone: str
    line: int
    """The event that is counted, by its place in the history."""
    at: Instant
    what: str
    worth: float
    standing: str
    """``counted`` or ``reversed`` of a quota; of a ratio ``counts``, ``does not count``, ``open`` (may count still), ``unknown``."""
    why: str
    decided_at: Instant
    """When it was taken back, reached what the ratio asks for, or can no longer reach it; NEVER for a quota that it still counts for."""
    matures_at: Instant
    """From when on a member is in the cohort; NEVER for a quota."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One lead as of an instant."""

    lead: str
    merged: str
    """The lead that was asked for, when it was merged into this one; else empty."""
    as_of: Instant
    timezone: str
    """The zone of the history's times, the same whichever promise is asked for."""
    attributes: tuple[tuple[str, str], ...]
    history: tuple[HistoryLine, ...]
    cycles: tuple[CycleExplained, ...]
    counted: tuple[Counted, ...] = ()
    """The lead's parts in quotas and ratios, promise by promise, in order of time."""


NONE_KNOWN = (NEVER, FOREVER)
"""Values of an instant that is none, or not known."""
