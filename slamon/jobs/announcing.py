"""Notices into messages: who hears what together, what edits which earlier message, and when each may go out."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slamon.core.alerts import Notice, Recipient
from slamon.messages.alerts import baseline_message, email_alert, slack_alert, slack_reply
from slamon.store.outbox import Draft, Member, Said

Release = Callable[[int], int]
TOLD_OF_A_MISS = ("breach", "escalation")


@dataclass(frozen=True, slots=True)
class Announcing:
    """What rendering needs to know: the instant judged, when messages may go out, the link in alerts, what was said."""

    as_of: int
    release: Release
    app_url: str | None
    said: Mapping[Said, str]
    """Delivery id by (cycle, kind, sequence, destination)."""
    mailed: frozenset[str] = frozenset()
    """Deliveries that went by mail: they cannot be edited."""


def drafts_of(notices: Iterable[Notice], announcing: Announcing) -> list[Draft]:
    """Messages for all notices that were not said: one for each destination and kind, the rest as edits and replies.

    What an import brought is a message of its own, said once: its later leads are in the reports.
    """
    groups: dict[tuple[str, str, str, str], list[Notice]] = {}
    updates: list[Notice] = []
    for notice in notices:
        if notice.kind in ("answered late", "corrected"):
            updates.append(notice)
        for recipient in notice.recipients:
            key = (notice.told_as, notice.kind, notice.sequence, recipient.address)
            if key not in announcing.said:
                of_import = notice.bulk.key if notice.bulk else ""
                groups.setdefault((recipient.channel, recipient.address, notice.kind, of_import), []).append(notice)
    posts = [_post(key, members, announcing) for key, members in sorted(groups.items())]
    return posts + [draft for notice in updates for draft in _follow_ups(notice, announcing)]


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
        release_at=announcing.release(announcing.as_of),
        members=(Member("baseline", "baseline", 0),),
    )


def _post(key: tuple[str, str, str, str], members: Sequence[Notice], announcing: Announcing) -> Draft:
    channel, destination, kind, _ = key
    spoken_of = list({notice.cycle_id: notice for notice in members}.values())  # two warnings of one cycle are one line
    personal = is_person(destination)
    payload = (
        slack_alert(spoken_of, announcing.as_of, announcing.app_url, personal=personal)
        if channel == "slack"
        else email_alert(spoken_of, announcing.as_of, personal=personal)
    )
    return Draft(
        channel=channel,
        destination=destination,
        kind=kind,
        sequence=members[0].sequence,
        group_key=_group_key(sorted({member.told_as for member in members})),
        payload=payload,
        created_at=announcing.as_of,
        release_at=announcing.release(announcing.as_of),
        members=tuple(Member(*each) for each in dict.fromkeys((one.told_as, one.kind, one.sequence) for one in members)),
    )


def is_person(address: str) -> bool:
    """Whether one person reads what goes there: a mail address, or a Slack member's id; all else is a channel."""
    return "@" in address or (address[:1] in ("U", "W") and address.isalnum() and address.isupper())


def _follow_ups(notice: Notice, announcing: Announcing) -> Iterable[Draft]:
    """Edits of the messages that told of the miss, and a reply in their threads; mails cannot be edited."""
    for (cycle_id, kind, _, destination), delivery in announcing.said.items():
        if cycle_id != notice.cycle_id or kind not in TOLD_OF_A_MISS or delivery in announcing.mailed:
            continue
        alone = sum(1 for other in announcing.said.values() if other == delivery) == 1
        if alone:
            payload = slack_alert([notice], announcing.as_of, announcing.app_url) | {"mode": "update"}
            yield _follow_up(notice, notice.kind, destination, delivery, payload, announcing)
        yield _follow_up(notice, f"{notice.kind}: reply", destination, delivery, slack_reply(notice), announcing)


def _follow_up(notice: Notice, kind: str, destination: str, follows: str, payload: Mapping[str, object], announcing: Announcing) -> Draft:
    return Draft(
        channel="slack",
        destination=destination,
        kind=kind,
        sequence=notice.sequence,
        group_key=notice.cycle_id,
        payload=dict(payload),
        created_at=announcing.as_of,
        release_at=announcing.release(announcing.as_of),
        members=(Member(notice.cycle_id, kind, notice.sequence),),
        follows=follows,
    )


def _group_key(cycles: Sequence[str]) -> str:
    if len(cycles) == 1:
        return cycles[0]
    return "group/" + hashlib.sha256("\n".join(sorted(cycles)).encode()).hexdigest()[:32]
