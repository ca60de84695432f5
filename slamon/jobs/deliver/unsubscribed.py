"""Those who look after a report hear, once, who wants its mails no more."""

from collections.abc import Mapping

from sqlalchemy import Engine

from slamon.core.alerts import wire_of
from slamon.messages.operator import operator_message
from slamon.store.database import writing
from slamon.store.outbox import Draft, Member, Queued, queue
from slamon.store.outbox.unsubscriptions import Unsubscription, told, untold


def tell_of_unsubscriptions(engine: Engine, owners: Mapping[str, str], default: str, now: int, zone: str) -> list[Queued]:
    """Queue a message for each reader of whom nobody was told, to the report's owner or to ``default``; returns what was queued."""
    with writing(engine) as connection:
        waiting = untold(connection)
        queued = queue(connection, [_draft(each, owners.get(each.report, default), now, zone) for each in waiting])
        for each in waiting:
            told(connection, each, now)
    return queued


def _draft(each: Unsubscription, owner: str, now: int, zone: str) -> Draft:
    headline = f"A reader has unsubscribed from the {each.report} report"
    lines = (f"{each.destination} did so by the link in the mail.", "The report is made, kept and sent to everybody else as before.")
    ask = f"Nothing is asked of you; to take it back: slamon subscribe {each.report} {each.destination}"
    channel = wire_of(owner)
    subject = f"unsubscribed/{each.report}/{each.destination}/{each.at}"
    return Draft(
        channel=channel,
        destination=owner,
        kind="unsubscribed",
        sequence=0,
        group_key=subject,
        payload=operator_message(channel, headline, lines, ask, now, zone, mark="none"),
        created_at=now,
        release_at=now,
        members=(Member(subject, "unsubscribed", 0),),
    )
