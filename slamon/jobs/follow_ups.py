"""News of what was told before: edits of the first message, and replies in its thread; mails cannot be edited."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slamon.core.alerts import Notice
from slamon.messages.alerts import slack_alert, slack_reply
from slamon.store.outbox import Draft, Member, Said

TOLD_OF_A_MISS = ("breach", "escalation")


@dataclass(frozen=True)  # without slots: how often a delivery was spoken of is counted once
class Followed:
    """What was said, delivery ids by (cycle, kind, sequence, destination), and when news of it may go out."""

    said: Mapping[Said, str]
    mailed: frozenset[str]
    as_of: int
    quiet_until: int
    """A reply in a thread disturbs, an edit does not."""
    app_url: str | None = None

    @cached_property
    def leads_in(self) -> Counter[str]:
        """Of how many things each delivery speaks."""
        return Counter(self.said.values())

    @cached_property
    def misses_of(self) -> Mapping[str, list[tuple[str, str]]]:
        """Where a cycle's miss was told on Slack: (destination, delivery id)."""
        found: dict[str, list[tuple[str, str]]] = {}
        for (cycle_id, kind, _, destination), delivery in self.said.items():
            if kind in TOLD_OF_A_MISS and delivery not in self.mailed:
                found.setdefault(cycle_id, []).append((destination, delivery))
        return found

    def told_at(self, cycle_id: str, destination: str) -> str | None:
        """The delivery that told a destination of a cycle's miss; None when none did."""
        return next((delivery for where, delivery in self.misses_of.get(cycle_id, ()) if where == destination), None)


def follow_ups(notice: Notice, followed: Followed) -> Iterator[Draft]:
    """The edit of each message that told of the miss alone, and a reply in the thread of each."""
    for destination, delivery in dict.fromkeys(followed.misses_of.get(notice.cycle_id, ())):
        if followed.leads_in[delivery] == 1 and notice.kind != "unstable":
            payload = slack_alert([notice], followed.as_of, followed.app_url) | {"mode": "update"}
            yield _draft(notice, notice.kind, destination, delivery, payload, followed.as_of, followed.as_of)
        yield _draft(notice, f"{notice.kind}: reply", destination, delivery, slack_reply(notice), followed.as_of, followed.quiet_until)


def _draft(notice: Notice, kind: str, destination: str, follows: str, payload: Mapping[str, Any], as_of: int, release_at: int) -> Draft:
    return Draft(
        channel="slack",
        destination=destination,
        kind=kind,
        sequence=notice.sequence,
        group_key=notice.cycle_id,
        payload=dict(payload),
        created_at=as_of,
        release_at=release_at,
        members=(Member(notice.cycle_id, kind, notice.sequence),),
        follows=follows,
    )
