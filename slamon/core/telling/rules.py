"""The one decision: each notice that is due is said now, waits until an instant, or is suppressed with its reason.

The outcome depends on the notices, the memory and the instant alone, in whatever order the notices come. What waits is
decided anew when its instant has come, by the facts of that instant: nothing stale is said.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from slamon.core.alerts import Notice, Recipient
from slamon.core.telling.decisions import Candidate, Group, Key, Memory, Told, Withheld
from slamon.core.telling.inhibition import burning_now, inhibited_by
from slamon.core.telling.manners import Manners
from slamon.core.telling.pace import after_quiet_hours, heard_today, next_digest_at, next_post_at
from slamon.core.telling.rereading import REREAD, why_gone
from slamon.core.telling.silences import silenced_by
from slamon.core.telling.stability import is_later_news, stands_from, unstable_until

CAP = "a day's messages"
CLEARED = "cleared"
MISSES = ("breach", "escalation", "reminder")
UNREAD = "unread"
"""What waits by this rule waits until the sources have told what happened up to its instant, which may be over."""
RANK = {"warning": 0, "breach": 1, "escalation": 2, "reminder": 3}
"""Who can still keep a promise hears first."""


@dataclass(frozen=True, slots=True)
class _Held:
    """Why something waits, and until when."""

    until: int
    rule: str
    reason: str


def decide(
    notices: Iterable[Notice],
    memory: Memory,
    manners: Manners,
    as_of: int,
    *,
    judged: Collection[str] | None = None,
    away: bool = False,
    told_until: Mapping[str, int] | None = None,
) -> Told:
    """What is said now, what waits until when, what is not said and why, of all notices that are due at ``as_of``.

    ``judged``: the leads that were judged anew (None: all; an empty name for quotas and ratios), for whom what waited
    and is due no more has cleared.
    ``told_until``: by SLA, until when its sources have told what happened; an SLA that is not there was read up to ``as_of``.
    ``away``: this is the first look after a time without any, so each destination hears one summary.
    """
    due = sorted(notices, key=lambda each: (each.instant, each.cycle_id, each.kind, each.sequence))
    settled = [each for each in due if is_later_news(each)]
    news, unstable, held_news = _settled(settled, memory, manners, as_of)
    everybody = _candidates(due)
    candidates = [each for each in everybody if not _is_done(each, memory) and (each.notice in news or not is_later_news(each.notice))]
    withheld: list[Withheld] = [*held_news]
    free: list[Candidate] = []
    burning = {**memory.burning, **burning_now(due)}
    for each in candidates:
        row = _suppressed(each, burning, manners, memory, as_of) or _silenced(each, memory, as_of)
        row = row or _unread(each, memory, as_of, told_until or {})
        withheld += [row] if row else []
        free += [] if row else [each]
    groups, waiting = _paced(free, memory, manners, as_of, away=away)
    withheld += waiting
    still = {each.key for each in everybody} | {(each.cycle_id, each.kind, each.sequence, "") for each in settled}
    withheld += _gone(memory, still, as_of, judged)
    withheld += _released(groups, news, memory, as_of)
    changed = [row for row in withheld if memory.withheld.get(row.key) != row]
    return Told(tuple(groups), tuple(news), tuple(unstable), tuple(sorted(changed, key=lambda row: row.key)))


def _candidates(due: Sequence[Notice]) -> list[Candidate]:
    """Every notice with each of its recipients, one of each key."""
    found = {each.key: each for each in (Candidate(notice, recipient) for notice in due for recipient in notice.recipients)}
    return list(found.values())


def _is_done(candidate: Candidate, memory: Memory) -> bool:
    """Whether it was said, alone or with the import that brought the lead, or suppressed for good.

    What had cleared before it was said and is due again is decided anew.
    """
    row = memory.withheld.get(candidate.key)
    for_good = row is not None and row.state == "suppressed" and row.rule not in (CLEARED, REREAD)
    return for_good or (candidate.notice.told_as, *candidate.key[1:]) in memory.said


def _row(candidate: Candidate, memory: Memory, as_of: int, held: _Held, *, final: bool = False) -> Withheld:
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


def _suppressed(
    candidate: Candidate, burning: Mapping[tuple[str, str], tuple[str, int]], manners: Manners, memory: Memory, as_of: int
) -> Withheld | None:
    if not candidate.recipient.address:
        return _row(
            candidate,
            memory,
            as_of,
            _Held(as_of, "nobody to tell", "neither the holder, the team nor a default channel is known"),
            final=True,
        )
    inhibitor = inhibited_by(candidate, burning, as_of - manners.inhibited_for)
    if inhibitor is None:
        return None
    return _row(candidate, memory, as_of, _Held(as_of, "inhibited", f"{inhibitor} was told here, which speaks for it"), final=True)


def _silenced(candidate: Candidate, memory: Memory, as_of: int) -> Withheld | None:
    silence = silenced_by(memory.silences, candidate.notice, candidate.recipient, as_of)
    return _row(candidate, memory, as_of, _Held(silence.until, "silence", silence.in_words())) if silence else None


def _unread(candidate: Candidate, memory: Memory, as_of: int, told_until: Mapping[str, int]) -> Withheld | None:
    """Nobody is accused of what the CRM may know better: a miss waits until its sources were read past its instant."""
    notice = candidate.notice
    if notice.kind not in MISSES or notice.instant <= told_until.get(notice.sla, as_of):
        return None
    return _row(candidate, memory, as_of, _Held(notice.instant, UNREAD, "the CRM is read once more before anybody hears of a miss"))


def _paced(free: Sequence[Candidate], memory: Memory, manners: Manners, as_of: int, *, away: bool) -> tuple[list[Group], list[Withheld]]:
    """Messages that go now, and what waits for its group, for the end of quiet hours, or for the digest of the day."""
    groups: list[Group] = []
    waiting: list[Withheld] = []
    for destination in sorted({(each.recipient.channel, each.recipient.address) for each in free}):
        mine = [each for each in free if (each.recipient.channel, each.recipient.address) == destination]
        said, rest = _to_one(mine, memory, manners, as_of, away=away)
        groups += said
        waiting += rest
    return groups, waiting


def _to_one(mine: Sequence[Candidate], memory: Memory, manners: Manners, as_of: int, *, away: bool) -> tuple[list[Group], list[Withheld]]:
    """The same, to one destination: the digest where it is due, one summary after a time away, else a message for each kind."""
    recipient = mine[0].recipient
    posts = memory.posts.get(recipient.address, ())
    if any(_waits_for_digest(each, memory, as_of) for each in mine) and after_quiet_hours(as_of, manners, recipient.zone) <= as_of:
        return [_group("digest", mine, memory, as_of)], []
    left = manners.a_day - heard_today(posts, manners, recipient.zone, as_of) if recipient.is_person else len(mine) + 1
    groups: list[Group] = []
    waiting: list[Withheld] = []
    for kind, members in _by_kind(mine, away=away):
        instants = [post.at for post in posts if post.kind == kind]
        held = _hold_of(members, recipient, manners, as_of, instants, left=left - len(groups))
        if held is None:
            groups.append(_group(kind, members, memory, as_of))
        else:
            waiting += [_row(each, memory, as_of, held) for each in members]
    return groups, waiting


def _by_kind(mine: Sequence[Candidate], *, away: bool) -> list[tuple[str, list[Candidate]]]:
    """What makes one message: a kind, or all of them after a time away; what an import brought is a message of its own."""
    kinds: dict[tuple[int, str, str], list[Candidate]] = {}
    for each in mine:
        of_import = each.notice.bulk.key if each.notice.bulk else ""
        kind = "catch-up" if away and not of_import else each.notice.kind
        kinds.setdefault((RANK.get(kind, len(RANK)), kind, of_import), []).append(each)
    return [(kind, members) for (_, kind, _), members in sorted(kinds.items())]


def _hold_of(
    members: Sequence[Candidate], recipient: Recipient, manners: Manners, as_of: int, instants: Sequence[int], *, left: int
) -> _Held | None:
    """Why a message may not go now; None when it may."""
    quiet = after_quiet_hours(as_of, manners, recipient.zone)
    if left <= 0:
        digest = after_quiet_hours(next_digest_at(manners, recipient.zone, as_of), manners, recipient.zone)
        return _Held(digest, CAP, f"more than {manners.a_day} messages today: it comes with the digest")
    if quiet > as_of:
        return _Held(quiet, "quiet hours", "it is quiet hours for them")
    at = as_of if members[0].notice.bulk else next_post_at(instants, manners, as_of)
    perishes = [each.notice.due_at for each in members if each.notice.kind == "warning"]
    if at <= as_of or any(as_of < due <= at for due in perishes):  # a warning is worth nothing once its target has passed
        return None
    return _Held(at, "grouping", "said together with what follows it")


def _waits_for_digest(candidate: Candidate, memory: Memory, as_of: int) -> bool:
    row = memory.withheld.get(candidate.key)
    return row is not None and row.state == "waiting" and row.rule == CAP and row.until <= as_of


def _group(kind: str, members: Sequence[Candidate], memory: Memory, as_of: int) -> Group:
    recipient = members[0].recipient
    waited = [row.since for each in members if (row := memory.withheld.get(each.key)) is not None and row.rule != UNREAD]
    return Group(recipient.channel, recipient.address, kind, tuple(each.notice for each in members), min(waited, default=as_of))


def _settled(settled: Sequence[Notice], memory: Memory, manners: Manners, as_of: int) -> tuple[list[Notice], list[Notice], list[Withheld]]:
    """News of what was told: what goes now, cycles to be called unstable, and what has to stand a while first."""
    news: list[Notice] = []
    unstable: list[Notice] = []
    held: list[Withheld] = []
    for notice in settled:
        nobody = Candidate(notice, Recipient("slack", "", ""))
        row = memory.withheld.get(nobody.key)
        changing = unstable_until(memory.changes.get(notice.cycle_id, ()), manners, as_of)
        stands = stands_from(notice, row.since if row else as_of, manners)
        if changing is not None and changing > as_of:
            unstable.append(replace(notice, kind="unstable", sequence=0))
            held.append(_row(nobody, memory, as_of, _Held(changing, "unstable", "its verdict keeps changing: told once it has held")))
        elif stands > as_of:
            held.append(_row(nobody, memory, as_of, _Held(stands, "hold", "told once it has stood for one interval")))
        else:
            news.append(notice)
    return news, unstable, held


def _gone(memory: Memory, still: Collection[Key], as_of: int, judged: Collection[str] | None) -> list[Withheld]:
    """What waited and is due no more: it is never said, and why is kept."""
    return [
        replace(row, state="suppressed", rule=CLEARED, reason=why_gone(row.kind, memory.standings.get(row.cycle_id)), until=as_of)
        for key, row in memory.withheld.items()
        if row.state == "waiting" and key not in still and (judged is None or row.lead in judged)
    ]


def _released(groups: Sequence[Group], news: Sequence[Notice], memory: Memory, as_of: int) -> list[Withheld]:
    """What waited and is said now."""
    said = {(notice.cycle_id, notice.kind, notice.sequence, group.destination) for group in groups for notice in group.notices}
    said |= {(notice.cycle_id, notice.kind, notice.sequence, "") for notice in news}
    waited = (memory.withheld[key] for key in sorted(said & memory.withheld.keys()))
    return [replace(row, state="released", until=as_of) for row in waited if row.state == "waiting"]
