"""Notices into messages: what was said before is gathered, the core decides, and what it decided is queued or kept with its reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from slamon.core.alerts import Notice, Recipient
from slamon.core.alerts.corrections import why
from slamon.core.alerts.notices import Said
from slamon.core.telling import UNREAD, Manners, Memory, Told, Withheld, decide
from slamon.core.telling.pace import after_quiet_hours, may_mention
from slamon.core.telling.stability import is_later_news
from slamon.core.working_time.instants import NEVER
from slamon.jobs.announcing.alert_drafts import alert_drafts, mention_in, silence_draft
from slamon.jobs.announcing.audience import Announcements
from slamon.jobs.announcing.follow_ups import TOLD_OF_A_MISS, Followed, follow_ups
from slamon.messages.alerts import baseline_message
from slamon.store.outbox import Draft, Member, Queued, mailed_among, queue, said_about
from slamon.store.outbox import Said as SaidKey
from slamon.store.outbox.editions import editions_of, posted
from slamon.store.outbox.recent import burning_since, changes_of, last_told, mentions_since, posts_since, standings_of
from slamon.store.outbox.silences import standing_silences
from slamon.store.outbox.withheld import keep_withheld, load_withheld
from slamon.store.verdicts.turns import Turned, turns_of


@dataclass(frozen=True, slots=True)
class Announcing:
    """What telling people needs to know: the instant judged, the manners, the link in alerts, and whom to tell of silences.

    ``told_until``: by SLA, until when its sources have told what happened (microseconds UTC).
    ``away_since``: since when nobody looked, if this is the first look after a time without any (microseconds UTC).
    """

    as_of: int
    manners: Manners = field(default_factory=Manners)
    app_url: str | None = None
    default_channel: str = ""
    away_since: int | None = None
    told_until: Mapping[str, int] = field(default_factory=dict)


def announcing_of(announcements: Announcements, as_of: int, last_look: int | None, told_until: Mapping[str, int]) -> Announcing:
    """The same for one check of a workspace; ``last_look`` is what the check before judged."""
    after = announcements.away_after
    away_since = last_look if after is not None and last_look is not None and as_of - last_look > after else None
    return Announcing(as_of, announcements.manners, announcements.app_url, announcements.routing.default_channel, away_since, told_until)


def heard(connection: Connection, spoken: Mapping[SaidKey, str]) -> dict[str, Said]:
    """What was told of each cycle, and when last."""
    kinds: dict[str, set[tuple[str, int]]] = {}
    for cycle_id, kind, sequence, _ in spoken:
        kinds.setdefault(cycle_id, set()).add((kind, sequence))
    at = last_told(connection, kinds)
    return {cycle: Said(frozenset(found), at[cycle]) for cycle, found in kinds.items()}


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be said now, as messages, and what waits or is not said, where that is new."""

    drafts: tuple[Draft, ...]
    withheld: tuple[Withheld, ...]


def announce(
    connection: Connection,
    found: Sequence[Notice],
    announcing: Announcing,
    first: Sequence[Draft] = (),
    *,
    judged: Collection[str] | None = None,
    held: Collection[str] = (),
) -> list[Queued]:
    """Queue what is to be said now, and keep what waits or is not said with its reason, inside the check's transaction.

    Arguments are those of ``decided``; ``first`` are messages that go before. Verdicts are recorded before.
    """
    now = decided(connection, found, announcing, judged=judged, held=held)
    keep_withheld(connection, now.withheld)
    return queue(connection, [*first, *now.drafts])


def decided(
    connection: Connection,
    found: Sequence[Notice],
    announcing: Announcing,
    *,
    judged: Collection[str] | None = None,
    held: Collection[str] = (),
) -> Decided:
    """What is said now and what is not, from what the store holds; nothing is written.

    ``found`` is every notice that is due of the leads that were judged: ``judged`` (None: all; an empty name stands for
    quotas and ratios). Of ``store.outbox.withheld.leads_that_waited`` each has to be among them. What waits of the SLAs of ``held``
    is left as it is.
    """
    spoken = said_about(connection, {key for notice in found for key in (notice.cycle_id, notice.told_as)})
    by_mail = mailed_among(connection, spoken.values())
    memory = _memory(connection, found, spoken, announcing, held)
    away = announcing.away_since is not None
    found = [replace(each, told_until=announcing.told_until.get(each.sla, NEVER)) for each in found]
    told = decide(found, memory, announcing.manners, announcing.as_of, judged=judged, away=away, told_until=announcing.told_until)
    quiet_until = after_quiet_hours(announcing.as_of, announcing.manners, "")
    followed = Followed(spoken, by_mail, announcing.as_of, quiet_until, announcing.app_url)
    followed = _knowing_misses(followed, told, memory)
    named = _named_enough(connection, told, announcing)
    posts = posted(connection, followed.posts_about((*told.settled, *told.unstable)))
    followed = replace(followed, named_enough=named, zones=posts.zones, unsent=posts.unsent, payloads=posts.payloads)
    told = replace(told, settled=_with_reasons(connection, told.settled))
    followed = replace(followed, editions=editions_of(connection, followed.about_many(told.settled)))
    return Decided(tuple(_drafts(told, followed, memory, announcing)), told.withheld)


def _named_enough(connection: Connection, told: Told, announcing: Announcing) -> frozenset[str]:
    """Who was notified by name often enough today, of those whom messages that go now would notify."""
    asked = {person for group in told.groups if (person := mention_in(group))}
    zones = {to.address: to.zone for group in told.groups for notice in group.notices for to in notice.recipients}
    before = mentions_since(connection, announcing.as_of, asked) if asked else {}
    return frozenset(
        person for person, at in before.items() if not may_mention(at, announcing.manners, zones.get(person, ""), announcing.as_of)
    )


def _knowing_misses(followed: Followed, told: Told, memory: Memory) -> Followed:
    """With the misses that messages go out about now, and those whose news wait though all that is known was read."""
    now = {(each.told_as, group.destination) for group in told.groups for each in group.notices if each.kind in TOLD_OF_A_MISS}
    rows = {**memory.withheld, **{row.key: row for row in told.withheld}}.values()
    waiting = (row for row in rows if row.state == "waiting" and row.kind in TOLD_OF_A_MISS and row.rule != UNREAD)
    return replace(followed, told_now=now, waits={(row.cycle_id, row.destination) for row in waiting})


def _with_reasons(connection: Connection, news: Sequence[Notice]) -> tuple[Notice, ...]:
    """News of a changed verdict with what changed it."""
    other = [each for each in news if each.kind == "corrected" or (each.kind == "cleared" and each.state not in ("met", "breached"))]
    turns = turns_of(connection, (Turned(each.cycle_id, each.sla, each.version, each.lead, each.state) for each in other))
    return tuple(replace(each, why=why(turns[each.cycle_id])) if each.cycle_id in turns else each for each in news)


def _drafts(told: Told, followed: Followed, memory: Memory, announcing: Announcing) -> list[Draft]:
    groups = [draft for group in told.groups for draft in alert_drafts(group, followed, announcing.away_since)]
    later = list(follow_ups((*told.settled, *told.unstable), followed))
    ending = [each for each in memory.silences if each.ends_soon(announcing.as_of)]
    zone = announcing.manners.timezone
    return [*groups, *later, *(silence_draft(each, announcing.default_channel, announcing.as_of, zone) for each in ending)]


def _memory(
    connection: Connection, found: Sequence[Notice], spoken: Mapping[SaidKey, str], announcing: Announcing, held: Collection[str]
) -> Memory:
    """What was said and withheld, as far as these notices need it."""
    as_of, manners = announcing.as_of, announcing.manners
    rows = [row for row in load_withheld(connection, {notice.cycle_id for notice in found}) if row.sla not in held]
    return Memory(
        said=spoken.keys(),
        withheld={row.key: row for row in rows},
        posts=posts_since(connection, as_of),
        silences=standing_silences(connection, as_of),
        changes=changes_of(connection, [each.cycle_id for each in found if is_later_news(each)], as_of - manners.unstable_within),
        burning=burning_since(connection, as_of - manners.inhibited_for),
        standings=standings_of(connection, [row.cycle_id for row in rows if row.state == "waiting"]),
    )


def baseline_draft(counts: Sequence[tuple[str, int, int]], go_live: int, zone: str, to: Recipient, announcing: Announcing) -> Draft:
    """The one message about everything that was due before going live."""
    return Draft(
        channel=to.channel,
        destination=to.address,
        kind="baseline",
        sequence=0,
        group_key="baseline",
        payload=baseline_message(counts, announcing.as_of, go_live, zone),
        created_at=announcing.as_of,
        release_at=after_quiet_hours(announcing.as_of, announcing.manners, to.zone),
        members=(Member("baseline", "baseline", 0),),
    )
