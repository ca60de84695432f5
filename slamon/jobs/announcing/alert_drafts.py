"""One group of notices into its messages: the alert, the list of all its leads in the thread, or replies where a miss is recalled."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from slamon.core.alerts import Notice, is_person
from slamon.core.telling import Group, Silence
from slamon.core.telling.rereading import LATER
from slamon.jobs.announcing.follow_ups import Followed, group_key_of
from slamon.messages.alert_groups import Gathered, unnamed_of
from slamon.messages.alert_words import mentioned
from slamon.messages.alerts import email_alert, silence_message, slack_alert, slack_lists
from slamon.store.outbox import Draft, Member, delivery_id
from slamon.store.outbox.editions import ZONE, lists_of

MOST_IN_MAIL = 50
SHOWN = ("text", "blocks", "subject", "html")
"""What of a payload people see."""


def mention_in(group: Group) -> str:
    """Whom the message of a group would notify by name; empty for nobody. In a message to themselves nobody is named."""
    alone = group.channel == "slack" and len({notice.cycle_id for notice in group.notices}) == 1
    return mentioned(group.notices[0]) if alone and not is_person(group.destination) else ""


def alert_drafts(group: Group, followed: Followed, away_since: int | None) -> Iterator[Draft]:
    """The messages of a group: as a reply where each miss was told before (reminders), else as a post with its list."""
    group = replace(group, notices=tuple(_on_their_clock(each, group.destination) for each in group.notices))
    if group.kind != "reminder" or group.channel != "slack":
        yield from _post(group, group.notices, followed, away_since)
        return
    places: dict[str | None, list[Notice]] = {}
    for notice in group.notices:
        places.setdefault(followed.told_at(notice.cycle_id, group.destination), []).append(notice)
    for follows, notices in sorted(places.items(), key=lambda place: place[0] or ""):
        if follows is None:
            yield from _post(group, notices, followed, away_since)
        else:
            payload = _payload(group, notices, followed, None) | {"mode": "reply"}
            yield _draft(group, notices, payload, followed.as_of, follows)


def _on_their_clock(notice: Notice, destination: str) -> Notice:
    """With times as whoever reads it there knows them: a person's own zone, a team's in its channel."""
    zone = next((each.zone for each in notice.recipients if each.address == destination and each.zone), notice.timezone)
    return replace(notice, timezone=zone)


def _post(group: Group, notices: Sequence[Notice], followed: Followed, away_since: int | None) -> Iterator[Draft]:
    """The post, and in its thread the leads that it does not name, so that each is named once."""
    post = _draft(group, notices, _payload(group, notices, followed, away_since), followed.as_of)
    yield post
    if group.channel != "slack":
        return
    parent = delivery_id(post.destination, post.kind, post.sequence, post.group_key)
    unnamed = unnamed_of(notices)
    for number, payload in enumerate(map(with_later, slack_lists(unnamed), slack_lists(_at_any_time(unnamed))), 1):
        yield Draft(
            channel="slack",
            destination=group.destination,
            kind=f"{group.kind}: list",
            sequence=number,
            group_key=lists_of(post.group_key),
            payload=payload,
            created_at=followed.as_of + number,  # one after the other
            release_at=followed.as_of,
            members=(Member(lists_of(post.group_key), f"{group.kind}: list", number),),
            follows=parent,
        )


def _at_any_time(notices: Sequence[Notice]) -> list[Notice]:
    return [replace(notice, at_any_time=True) for notice in notices]


def with_later(payload: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """A payload that keeps beside its words those that hold at any time, for when it has to wait; only where they differ."""
    words = {name: later[name] for name in SHOWN if name in later and later[name] != payload[name]}
    return payload | ({LATER: words} if words else {})


def _payload(group: Group, notices: Sequence[Notice], followed: Followed, away_since: int | None) -> dict[str, Any]:
    told = (_words(group, each, followed, away_since) for each in (notices, _at_any_time(notices)))
    return with_later(*told)


def _words(group: Group, notices: Sequence[Notice], followed: Followed, away_since: int | None) -> dict[str, Any]:
    spoken_of = list({notice.cycle_id: notice for notice in notices}.values())  # two warnings of one cycle are one line
    personal = is_person(group.destination)
    since = group.since if group.since < followed.as_of else None
    gathered = Gathered(digest=group.kind == "digest", since=since, away_since=away_since if group.kind == "catch-up" else None)
    if group.channel == "slack":
        listed = replace(gathered, listed=True)
        quiet = mention_in(group) in followed.named_enough
        told = slack_alert(spoken_of, followed.as_of, followed.app_url, personal=personal, gathered=listed, quiet=quiet)
        return told | {ZONE: spoken_of[0].timezone}
    named = replace(gathered, most=MOST_IN_MAIL)
    return email_alert(spoken_of, followed.as_of, personal=personal, gathered=named)


def _draft(group: Group, notices: Sequence[Notice], payload: dict[str, Any], as_of: int, follows: str | None = None) -> Draft:
    return Draft(
        channel=group.channel,
        destination=group.destination,
        kind=group.kind,
        sequence=notices[0].sequence,
        group_key=group_key_of([notice.told_as for notice in notices]),
        payload=payload,
        created_at=as_of,
        release_at=as_of,
        members=tuple(Member(*each) for each in dict.fromkeys((one.told_as, one.kind, one.sequence) for one in notices)),
        follows=follows,
    )


def silence_draft(silence: Silence, channel: str, as_of: int, zone: str) -> Draft:
    """The one message that a silence ends soon."""
    name = f"silence/{silence.id}"
    return Draft(
        channel="slack",
        destination=channel,
        kind="silence",
        sequence=0,
        group_key=f"{name}/{silence.until}",
        payload=silence_message(silence, as_of, zone),
        created_at=as_of,
        release_at=as_of,
        members=(Member(f"{name}/{silence.until}", "silence", 0),),
    )
