"""The operator is told of Slack destinations that are gone: those of one reason together, each once a day."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from sqlalchemy import Connection

from slamon.core.working_time.instants import DAY, MINUTE
from slamon.jobs.troubles.causes import Cause, short
from slamon.store.outbox import Member
from slamon.store.outbox.recipients import recipients
from slamon.store.outbox.troubles import OPERATOR, Diverted, diverted, told_since

GATHERED = MINUTE
"""What one cause makes go astray goes astray together: the first waits so long for the others."""
MOST_NAMED = 20


def gone_causes(connection: Connection, now: int) -> Iterator[Cause]:
    """One for each reason by which destinations are gone that the operator was not told of in the last day."""
    found = sorted(diverted(connection, now - DAY), key=lambda each: (each.reason, each.destination))
    told = told_since(connection, [_key(each) for each in found], now - DAY)
    for reason, alike in groupby((each for each in found if _key(each) not in told), key=lambda each: each.reason):
        news = list(alike)
        if min(each.since for each in news) <= now - GATHERED:
            yield _cause(reason, news, recipients(connection, [each.destination for each in news[:MOST_NAMED]]), now)


def _key(each: Diverted) -> str:
    return f"gone/{short(each.destination)}"


def _cause(reason: str, news: list[Diverted], called: Mapping[str, str], now: int) -> Cause:
    many, messages = len(news), sum(each.messages for each in news)
    named = ", ".join(called[each.destination] for each in news[:MOST_NAMED]) + (
        f" and {many - MOST_NAMED} more" if many > MOST_NAMED else ""
    )
    went = f"{messages:,} messages" if messages > 1 else "1 message"
    return Cause(
        f"gone/{short(reason)}",
        "slack",
        "A Slack destination is gone" if many == 1 else f"{many} Slack destinations are gone",
        (
            f"Slack does not let us post to {named} ({reason}).",
            f"{went} went to the default channel in {'its' if many == 1 else 'their'} place, with a note.",
        ),
        _ask(news),
        tuple(Member(_key(each), OPERATOR, now // MINUTE) for each in news),
    )


def _ask(news: list[Diverted]) -> str:
    """What mends it: people are mended in the list of people, channels in the settings."""
    if all("@" in each.destination or each.destination[:1] in ("U", "W") for each in news):
        return "Please see under which address or id they are in Slack now, and name that in people.yaml or the CRM. Thank you."
    return "Please name another destination in slamon.yaml or the SLA's alerts, or invite the app there. Thank you."
