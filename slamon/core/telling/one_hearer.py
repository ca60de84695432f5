"""All that is due to one destination: which messages go now, and what waits for its group, its turn, quiet hours or the digest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from slamon.core.telling.decisions import Candidate, Group, Held, Memory, Withheld, withheld_by
from slamon.core.telling.manners import Manners
from slamon.core.telling.order import BEFORE_ESCALATION, CAP, GROUPING, QUIET, UNREAD
from slamon.core.telling.pace import MILD, after_quiet_hours, heard_today, next_digest_at, next_post_at
from slamon.core.telling.urgency import goes_at

RANK = {"warning": 0, "breach": 1, "escalation": 2, "reminder": 3}
"""Who can still keep a promise hears first."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at what is due: by which memory and manners, at which instant (microseconds UTC).

    ``away``: it is the first after a time without any. ``unheard``: misses that only persons hear of, and that nobody
    was told of, by what they are told as. ``absent``: groups (destination, kind) of which something waits that was not
    judged for this look.
    """

    memory: Memory
    manners: Manners
    as_of: int
    away: bool = False
    unheard: frozenset[str] = frozenset()
    absent: frozenset[tuple[str, str]] = frozenset()

    def waited(self, candidate: Candidate) -> Withheld | None:
        """The row of a candidate that waits, once its wait is over."""
        row = self.memory.withheld.get(candidate.key)
        return row if row is not None and row.state == "waiting" and row.until <= self.as_of else None


def absent_from(memory: Memory, judged: Collection[str] | None, as_of: int) -> frozenset[tuple[str, str]]:
    """The groups of which something waits whose lead was not judged: destination and kind."""
    rows = memory.withheld.values() if judged is not None else ()
    waiting = (row for row in rows if row.state == "waiting" and row.rule == GROUPING and row.until > as_of)
    return frozenset({(row.destination, row.kind) for row in waiting if row.lead not in (judged or ())})


def said_to_one(mine: Sequence[Candidate], look: Look) -> tuple[list[Group], list[Withheld]]:
    """What one destination hears now, and what waits: the digest where it is due, one summary after a time away, else a message a kind."""
    recipient, manners, as_of = mine[0].recipient, look.manners, look.as_of
    quiet = after_quiet_hours(as_of, manners, recipient.zone)
    if quiet <= as_of and any((row := look.waited(each)) is not None and row.rule == CAP for each in mine):
        return [_group("digest", mine, look)], []
    groups: list[Group] = []
    waiting: list[Withheld] = []
    for kind, members in _by_kind(mine, away=look.away):
        held = _hold_of(kind, members, look, quiet, [group.kind for group in groups])
        if held is None:
            groups.append(_group(kind, members, look))
        else:
            waiting += [withheld_by(each, look.memory, as_of, held) for each in members]
    return groups, waiting


def _by_kind(mine: Sequence[Candidate], *, away: bool) -> list[tuple[str, list[Candidate]]]:
    """What makes one message: a kind, or all of them after a time away; what an import brought is a message of its own."""
    kinds: dict[tuple[int, str, str], list[Candidate]] = {}
    for each in mine:
        of_import = each.notice.bulk.key if each.notice.bulk else ""
        kind = "catch-up" if away and not of_import else each.notice.kind
        kinds.setdefault((RANK.get(kind, len(RANK)), kind, of_import), []).append(each)
    return [(kind, members) for (_, kind, _), members in sorted(kinds.items())]


def _hold_of(kind: str, members: Sequence[Candidate], look: Look, quiet: int, said_now: Sequence[str]) -> Held | None:
    """Why a message may not go now; None when it may."""
    most = _most_of(kind, members, look, said_now)
    if most is not None:
        return _capped(members, look, most)
    if quiet > look.as_of:
        return Held(quiet, QUIET, "it is quiet hours for them")
    if members[0].notice.bulk:
        return None
    address = members[0].recipient.address
    instants = [post.at for post in look.memory.posts.get(address, ()) if post.kind == kind]
    at = goes_at((each.notice for each in members), next_post_at(instants, look.manners, look.as_of), look.manners, look.as_of)
    if at > look.as_of:
        return Held(at, GROUPING, "said together with what follows it")
    if (address, kind) in look.absent and not any(look.waited(each) for each in members):
        return Held(look.as_of, GROUPING, "said together with what waits already")
    return None


def _most_of(kind: str, members: Sequence[Candidate], look: Look, said_now: Sequence[str]) -> str | None:
    """How many messages a person had today, in words, when that is all they may have; None while they may hear more."""
    recipient, manners = members[0].recipient, look.manners
    if not recipient.is_person:
        return None
    posts = look.memory.posts.get(recipient.address, ())
    if heard_today(posts, manners, recipient.zone, look.as_of) + len(said_now) >= manners.a_day:
        return f"more than {manners.a_day} messages today"
    mild = [post for post in posts if post.kind in MILD]
    heard = heard_today(mild, manners, recipient.zone, look.as_of) + sum(1 for each in said_now if each in MILD)
    if kind in MILD and heard >= manners.mild_a_day:
        return f"more than {manners.mild_a_day} messages today that are no misses"
    return None


def _capped(members: Sequence[Candidate], look: Look, most: str) -> Held | None:
    """Until when waits what is more than a day's messages: until the digest, or before an escalation that would come first."""
    recipient, manners, as_of = members[0].recipient, look.manners, look.as_of
    digest = after_quiet_hours(next_digest_at(manners, recipient.zone, as_of), manners, recipient.zone)
    alone = [each.notice for each in members if each.notice.kind == "breach" and each.notice.told_as in look.unheard]
    at = after_quiet_hours(goes_at(alone, digest, manners, as_of), manners, recipient.zone)
    if at >= digest:
        return Held(digest, CAP, f"{most}: it comes with the digest")
    return Held(at, BEFORE_ESCALATION, f"{most}: it comes before its escalation") if at > as_of else None


def _group(kind: str, members: Sequence[Candidate], look: Look) -> Group:
    recipient, before = members[0].recipient, look.memory.withheld
    waited = [row.since for each in members if (row := before.get(each.key)) is not None and row.rule != UNREAD]
    return Group(recipient.channel, recipient.address, kind, tuple(each.notice for each in members), min(waited, default=look.as_of))
