"""The one decision: each notice that is due is said now, waits until an instant, or is suppressed with its reason.

The outcome depends on the notices, the memory and the instant alone, in whatever order the notices come. What waits is
decided anew when its instant has come, by the facts of that instant: nothing stale is said.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from slamon.core.alerts import Notice, Recipient
from slamon.core.telling.decisions import Candidate, Group, Held, Key, Memory, Told, Withheld, withheld_by
from slamon.core.telling.inhibition import burning_now, inhibited_by
from slamon.core.telling.manners import Manners
from slamon.core.telling.one_hearer import Look, absent_from, said_to_one
from slamon.core.telling.order import BREACH_FIRST, UNREAD, breaches_of, is_pressing
from slamon.core.telling.rereading import ANSWERED, CLEARED, OF_A_MISS, REREAD, why_gone
from slamon.core.telling.silences import silenced_by
from slamon.core.telling.stability import is_later_news, stands_from, unstable_until
from slamon.core.working_time.instants import NEVER


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
    groups, waiting = _paced(free, everybody, Look(memory, manners, as_of, away=away, absent=absent_from(memory, judged, as_of)))
    withheld += waiting
    still = {each.key for each in everybody} | {(each.cycle_id, each.kind, each.sequence, "") for each in settled}
    withheld += _gone(memory, still, as_of, judged)
    withheld += _released(groups, news, memory, as_of)
    changed = [row for row in withheld if memory.withheld.get(row.key) != row]
    return Told(tuple(groups), tuple(news), tuple(unstable), tuple(sorted(changed, key=lambda row: row.key)))


def _candidates(due: Sequence[Notice]) -> list[Candidate]:
    """Every notice with each of its recipients, one of each key: what stands for somebody before what does not."""
    found: dict[Key, Candidate] = {}
    for each in (Candidate(notice, recipient) for notice in due for recipient in notice.recipients):
        if not (each.key in found and found[each.key].recipient.instead):
            found[each.key] = each
    return list(found.values())


def _is_done(candidate: Candidate, memory: Memory) -> bool:
    """Whether it was said, alone or with the import that brought the lead, or suppressed for good.

    What had cleared before it was said and is due again is decided anew.
    """
    row = memory.withheld.get(candidate.key)
    for_good = row is not None and row.state == "suppressed" and row.rule not in (CLEARED, REREAD)
    return for_good or (candidate.notice.told_as, *candidate.key[1:]) in memory.said


def _suppressed(
    candidate: Candidate, burning: Mapping[tuple[str, str], tuple[str, int]], manners: Manners, memory: Memory, as_of: int
) -> Withheld | None:
    """Why a notice is never said to somebody; None when it may be."""
    if not candidate.recipient.address:
        held = Held(as_of, "nobody to tell", "neither the holder, the team nor a default channel is known")
    elif candidate.notice.kind == "breach" and candidate.notice.answered_at != NEVER:  # others were told, and hear the news of it
        held = Held(as_of, CLEARED, ANSWERED)
    elif inhibitor := inhibited_by(candidate, burning, as_of - manners.inhibited_for):
        held = Held(as_of, "inhibited", f"{inhibitor} was told here, which speaks for it")
    else:
        return None
    row, before = withheld_by(candidate, memory, as_of, held, final=True), memory.withheld.get(candidate.key)
    return before if before is not None and replace(row, until=before.until) == before else row


def _silenced(candidate: Candidate, memory: Memory, as_of: int) -> Withheld | None:
    silence = silenced_by(memory.silences, candidate.notice, candidate.recipient, as_of)
    return withheld_by(candidate, memory, as_of, Held(silence.until, "silence", silence.in_words())) if silence else None


def _unread(candidate: Candidate, memory: Memory, as_of: int, told_until: Mapping[str, int]) -> Withheld | None:
    """Nobody is accused of what the CRM may know better: a miss waits until its sources were read past its instant."""
    notice = candidate.notice
    if notice.kind not in OF_A_MISS or notice.instant <= told_until.get(notice.sla, as_of):
        return None
    return withheld_by(candidate, memory, as_of, Held(notice.instant, UNREAD, "the CRM is read once more before anybody hears of a miss"))


def _paced(free: Sequence[Candidate], everybody: Sequence[Candidate], look: Look) -> tuple[list[Group], list[Withheld]]:
    """Messages that go now, and what waits: for its group, for quiet hours or the digest, or until its breach was told."""
    breaches = breaches_of(everybody, look.memory.said)
    look = replace(look, unheard=breaches.unheard(free))
    first = breaches.first_told_at(*_to_each([each for each in free if not is_pressing(each)], look))
    too_early = {each.key: each for each in free if is_pressing(each) and each.notice.told_as in first}
    groups, waiting = _to_each([each for each in free if each.key not in too_early], look)
    for each in too_early.values():
        until, why = first[each.notice.told_as]
        held = Held(until, BREACH_FIRST, f"its breach is told first, which waits: {why}")
        waiting.append(withheld_by(each, look.memory, look.as_of, held))
    return groups, waiting


def _to_each(mine: Sequence[Candidate], look: Look) -> tuple[list[Group], list[Withheld]]:
    """The same, destination by destination, each for itself."""
    groups: list[Group] = []
    waiting: list[Withheld] = []
    by_hearer: dict[tuple[str, str], list[Candidate]] = {}
    for each in mine:
        by_hearer.setdefault((each.recipient.channel, each.recipient.address), []).append(each)
    for _, theirs in sorted(by_hearer.items()):
        said, rest = said_to_one(theirs, look)
        groups += said
        waiting += rest
    return groups, waiting


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
            held.append(withheld_by(nobody, memory, as_of, Held(changing, "unstable", "its verdict keeps changing: told once it has held")))
        elif stands > as_of:
            held.append(withheld_by(nobody, memory, as_of, Held(stands, "hold", "told once it has stood for one interval")))
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
