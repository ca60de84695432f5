"""Silences: what a named person asked not to be told, for how long and why; what is silenced counts all the same."""

from collections.abc import Collection
from dataclasses import dataclass

from slamon.core.alerts import Notice, Recipient
from slamon.core.working_time.instants import DAY, iso

SCOPES = ("sla", "lead", "person", "team", "destination")
LONGEST_SILENCE = 30 * DAY
WARNED_BEFORE = DAY
"""So long before its end it is told that a silence ends."""


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence, ``[since, until)`` in microseconds UTC; ``scope`` is one of SCOPES, ``value`` what of it is silent."""

    id: int
    scope: str
    value: str
    since: int
    until: int
    by: str
    reason: str

    def covers(self, notice: Notice, recipient: Recipient, as_of: int) -> bool:
        """Whether a notice to a recipient is silenced at an instant."""
        if not self.since <= as_of < self.until:
            return False
        named = {
            "sla": (notice.sla,),
            "lead": (notice.lead,),
            "person": (notice.holder, notice.holder_name, recipient.address),
            "team": (notice.team,),
            "destination": (recipient.address,),
        }[self.scope]
        return self.value.casefold() in {name.casefold() for name in named if name}

    def in_words(self) -> str:
        """Who asked for it, until when and why."""
        return f"silence {self.id} by {self.by} until {iso(self.until)[:16].replace('T', ' ')} UTC: {self.reason}"

    def ends_soon(self, as_of: int) -> bool:
        """Whether it is time to say that it ends; never for one that was short from the start."""
        return self.until - self.since > WARNED_BEFORE and self.until - WARNED_BEFORE <= as_of < self.until


def silenced_by(silences: Collection[Silence], notice: Notice, recipient: Recipient, as_of: int) -> Silence | None:
    """The silence that lasts longest of those that cover a notice; None when it may be said."""
    covering = [each for each in silences if each.covers(notice, recipient, as_of)]
    return max(covering, key=lambda each: (each.until, -each.id), default=None)


def share_silenced(scope: str, value: str, misses: Collection[dict[str, str]]) -> tuple[int, int]:
    """How many of some misses (each with sla, lead, person, team) a silence would cover, and how many there are.

    A destination hears what its teams and people do, which nothing here knows: none is counted for it.
    """
    return sum(1 for miss in misses if miss.get(scope, "").casefold() == value.casefold() != ""), len(misses)
