"""The values that the rules of telling take and give."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from slamon.core.alerts import Notice, Recipient
from slamon.core.telling.silences import Silence
from slamon.core.working_time.instants import NEVER

Key = tuple[str, str, int, str]
"""(cycle_id, kind, sequence, destination)."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why one notice was not said to one destination when it came due; instants are microseconds UTC.

    ``waiting`` until an instant, ``suppressed`` for good, or ``released``: said after it had waited. ``destination`` is
    empty for news of what was told before, which goes wherever that went.
    """

    cycle_id: str
    kind: str
    sequence: int
    destination: str
    lead: str
    sla: str
    state: Literal["waiting", "suppressed", "released"]
    rule: str
    reason: str
    since: int
    until: int = NEVER

    @property
    def key(self) -> Key:
        """Which notice to whom."""
        return self.cycle_id, self.kind, self.sequence, self.destination


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was queued before: of which kind, and when (microseconds UTC)."""

    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a cycle stands now; ``answered_at`` is NEVER while nobody answered."""

    state: str
    answered_at: int = NEVER


@dataclass(frozen=True, slots=True)
class Memory:
    """What was said and withheld before, as far as today's notices need it.

    ``said`` by what it was said as (``Notice.told_as``); ``posts`` by destination, of the last day at least; ``changes``
    are the instants at which a cycle's verdict changed; ``burning`` is the news that a promise's budget burns too fast,
    by promise and destination: under which name it was said, and when.
    """

    said: Collection[Key] = frozenset()
    withheld: Mapping[Key, Withheld] = field(default_factory=dict)
    posts: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    changes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    burning: Mapping[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One notice for one recipient that was neither said nor suppressed yet."""

    notice: Notice
    recipient: Recipient

    @property
    def key(self) -> Key:
        """Which notice to whom."""
        return self.notice.cycle_id, self.notice.kind, self.notice.sequence, self.recipient.address


@dataclass(frozen=True, slots=True)
class Held:
    """Why something waits, or is not said, and until when (microseconds UTC)."""

    until: int
    rule: str
    reason: str


def withheld_by(candidate: Candidate, memory: Memory, as_of: int, held: Held, *, final: bool = False) -> Withheld:
    """The row that keeps why a notice is not said to somebody now; ``final`` when it never is."""
    before = memory.withheld.get(candidate.key)
    notice, (cycle, kind, sequence, destination) = candidate.notice, candidate.key
    return Withheld(
        cycle, kind, sequence, destination, notice.lead, notice.sla,
        state="suppressed" if final else "waiting",
        rule=held.rule,
        reason=held.reason,
        since=before.since if before else as_of,
        until=held.until,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """One message that goes out now: to whom, of which kind (``digest`` and ``catch-up`` hold several), and since when its news waited."""

    channel: Literal["slack", "email"]
    destination: str
    kind: str
    notices: tuple[Notice, ...]
    since: int


@dataclass(frozen=True, slots=True)
class Told:
    """What became of all notices: messages, news of what was told before, cycles that keep changing, and what is withheld."""

    groups: tuple[Group, ...]
    settled: tuple[Notice, ...]
    unstable: tuple[Notice, ...]
    withheld: tuple[Withheld, ...]
    """New rows, and those that changed."""
