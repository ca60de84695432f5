"""News of what was told before: edits of the first message, and replies in its thread; mails cannot be edited."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from slamon.core.alerts import ASKING, Notice
from slamon.core.working_time.instants import NEVER, SECOND
from slamon.messages.alerts import slack_alert, slack_reply
from slamon.messages.known_leads import as_called
from slamon.messages.line_edits import ABOUT, is_listed, with_news
from slamon.store.outbox import Draft, Member, Said
from slamon.store.outbox.editions import Edition, edits_of
from slamon.store.outbox.rereading import ALSO

TOLD_OF_A_MISS = ("breach", "escalation")
EDITS_APART = 10 * SECOND
"""The least time between two edits of one message: what comes meanwhile is said by one."""


@dataclass(frozen=True)  # without slots: of how many cycles a delivery speaks is counted once
class Followed:
    """What was said, delivery ids by (cycle, kind, sequence, destination), and when news of it may go out."""

    said: Mapping[Said, str]
    mailed: frozenset[str]
    as_of: int
    quiet_until: int
    """A reply in a thread disturbs, an edit does not."""
    app_url: str | None = None
    editions: Mapping[str, Sequence[Edition]] = field(default_factory=dict)
    """Of the messages about several leads that news are of, by delivery id."""
    named_enough: frozenset[str] = frozenset()
    """Slack members who were notified by name often enough today."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """On which clock the times of messages are that news are of, by delivery id."""
    unsent: AbstractSet[str] = frozenset()
    """Those of them that nobody can have seen yet."""
    payloads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the messages said that news are of, by delivery id."""
    told_now: AbstractSet[tuple[str, str]] = frozenset()
    """Of which misses messages go out now, by what they are told as, and where to."""
    waits: AbstractSet[tuple[str, str]] = frozenset()
    """The news of which misses wait, by cycle and destination; not what the CRM is still read for."""

    @cached_property
    def cycles_in(self) -> Mapping[str, set[str]]:
        """Of which cycles each delivery speaks."""
        found: dict[str, set[str]] = {}
        for (cycle_id, *_), delivery in self.said.items():
            found.setdefault(delivery, set()).add(cycle_id)
        return found

    @cached_property
    def _told_of(self) -> Mapping[tuple[str, str], list[tuple[str, str]]]:
        """Where a cycle's warning or miss was told on Slack: (destination, delivery id), the breach before what followed it."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for cycle_id, kind, sequence, destination in sorted(self.said):
            delivery = self.said[cycle_id, kind, sequence, destination]
            what = "miss" if kind in TOLD_OF_A_MISS else kind
            if what in ("miss", "warning") and delivery not in self.mailed:
                found.setdefault((cycle_id, what), []).append((destination, delivery))
        return found

    def told_at(self, cycle_id: str, destination: str) -> str | None:
        """The delivery that told a destination of a cycle's miss; None when none did."""
        return next((delivery for where, delivery in self._told_of.get((cycle_id, "miss"), ()) if where == destination), None)

    def places_of(self, notice: Notice) -> Iterator[tuple[str, str, str]]:
        """Where news of a cycle belongs: destination, delivery, and as what it is said there.

        A destination that heard of one miss in several messages has each of them edited; the first also has the reply.
        """
        heard: set[str] = set()
        what = "warning" if notice.kind == "cleared" else "miss"
        told = dict.fromkeys(self._told_of.get((notice.cycle_id, what), ()))
        for destination, delivery in told:
            kind = self._said_as(notice, destination)
            if kind is None or (kind.startswith("cleared") and delivery in self.unsent):  # it is dropped unsaid when its turn comes
                continue
            yield destination, delivery, kind if destination not in heard else f"{kind}{ALSO}"
            heard.add(destination)

    @cached_property
    def _misses_at(self) -> AbstractSet[tuple[str, str]]:
        """Of which misses there is a message, by what they were told as, and where."""
        said = {(cycle_id, destination) for cycle_id, kind, _, destination in self.said if kind in TOLD_OF_A_MISS}
        return said | self.told_now

    @cached_property
    def _misses(self) -> AbstractSet[str]:
        return {name for name, _ in self._misses_at}

    def _said_as(self, notice: Notice, destination: str) -> str | None:
        """As what news are said to a destination; None while they would point to a message that nobody has, or ask too early."""
        if notice.kind != "cleared" or notice.state != "breached" or notice.answered_at != NEVER:
            return notice.kind
        names = {notice.cycle_id, notice.told_as}
        if any((name, destination) in self._misses_at for name in names):
            return notice.kind
        return ASKING if names & self._misses or (notice.cycle_id, destination) in self.waits else None

    def about_many(self, news: Iterable[Notice]) -> set[str]:
        """The messages about several leads that some news are of, and that do not say them yet."""
        fresh = ((each, place) for each in news for place in self.places_of(each) if self.is_new(each, place[2], place[0]))
        return {place[1] for _, place in fresh if len(self.cycles_in[place[1]]) > 1}

    def posts_about(self, news: Iterable[Notice]) -> set[str]:
        """The messages that some news are of."""
        return {delivery for each in news for _, delivery, _ in self.places_of(each)}

    def in_its_terms(self, delivery: str, notice: Notice) -> Notice:
        """News with the times as they are in the message that it is of, and the names where the CRM has none any more."""
        told = replace(notice, timezone=self.zones.get(delivery, notice.timezone))
        for payload in (self.payloads.get(delivery, {}), *(part.payload for part in self.editions.get(delivery, ()))):
            told = as_called(told, payload)
        return told

    def is_new(self, notice: Notice, kind: str, destination: str) -> bool:
        """Whether a destination does not know it yet."""
        return (notice.cycle_id, kind, notice.sequence, destination) not in self.said


@dataclass(frozen=True, slots=True)
class _News:
    """What one message is to say of what it told before: each notice with the kind that it is said as there."""

    destination: str
    delivery: str
    edits: list[tuple[Notice, str]] = field(default_factory=list)
    replies: list[tuple[Notice, str]] = field(default_factory=list)


def follow_ups(news: Sequence[Notice], followed: Followed) -> Iterator[Draft]:
    """The edit of each message that told of the misses, and one reply in its thread with all that is new."""
    found: dict[str, _News] = {}
    for notice in news:
        for destination, delivery, kind in followed.places_of(notice):
            mine, theirs = found.setdefault(delivery, _News(destination, delivery)), followed.in_its_terms(delivery, notice)
            if notice.kind != "unstable":
                mine.edits.append((replace(theirs, asks=kind.startswith(ASKING)), kind))
            if kind == notice.kind != "cleared" and followed.is_new(notice, f"{kind}: reply", destination):
                mine.replies.append((theirs, f"{kind}: reply"))
    for each in found.values():
        yield from _edits(each, followed)
        if each.replies:
            told = [notice for notice, _ in each.replies]
            group = group_key_of([notice.cycle_id for notice in told])
            yield _draft(each.destination, each.replies, slack_reply(told), (followed.as_of, followed.quiet_until), each.delivery, group)


def _edits(news: _News, followed: Followed) -> Iterator[Draft]:
    at_once = (followed.as_of, followed.as_of)
    if len(followed.cycles_in[news.delivery]) == 1:
        for notice, kind in news.edits:
            payload = slack_alert([notice], followed.as_of, followed.app_url) | {"mode": "update"}
            yield _draft(news.destination, [(notice, kind)], payload, at_once, news.delivery, notice.cycle_id)
        return
    for edition in followed.editions.get(news.delivery, ()):
        whole = ABOUT in edition.payload
        told = [(each, kind if whole else f"{kind}: line") for each, kind in news.edits if is_listed(edition.payload, each)]
        told = [each for each in told if followed.is_new(*each, news.destination)]
        if told:  # the headline counts what is settled, and each line says its own news
            payload = with_news(edition.payload, [notice for notice, _ in told], followed.as_of)
            when = (followed.as_of, _edit_at(edition, followed.as_of))
            yield _draft(news.destination, told, payload, when, edition.id, edits_of(edition.of))


def _edit_at(edition: Edition, as_of: int) -> int:
    """When an edit may go out; one that still waits is overtaken by the next one, which goes out in its place."""
    if edition.waits_until is not None:
        return edition.waits_until
    return as_of if edition.made_at is None else max(as_of, edition.made_at + EDITS_APART)


def group_key_of(cycles: Sequence[str]) -> str:
    """One cycle's id, or a short name of several."""
    told = sorted(set(cycles))
    return told[0] if len(told) == 1 else "group/" + hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _draft(
    destination: str, told: Sequence[tuple[Notice, str]], payload: Mapping[str, Any], when: tuple[int, int], follows: str, group_key: str
) -> Draft:
    """``when``: queued, and not to be sent before."""
    first, kind = told[0]
    return Draft(
        channel="slack",
        destination=destination,
        kind=kind,
        sequence=first.sequence,
        group_key=group_key,
        payload=dict(payload),
        created_at=when[0],
        release_at=when[1],
        members=tuple(Member(notice.cycle_id, as_what, notice.sequence) for notice, as_what in told),
        follows=follows,
    )
