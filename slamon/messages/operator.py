"""What the operator is told of troubles: what happened, what waits, and the command that mends it; one payload for Slack and mail."""

from collections.abc import Sequence
from typing import Any

from slamon.messages import slack_blocks as slack
from slamon.messages.alert_words import Alert
from slamon.messages.escaping import shown
from slamon.messages.mail import dressed
from slamon.messages.page import Line
from slamon.messages.wording import MARKS, moment

LONGEST_LINE = 400


def operator_message(channel: str, headline: str, lines: Sequence[str], ask: str, as_of: int, timezone: str) -> dict[str, Any]:
    """The payload for a channel: a headline, what happened line by line, one ask, and as of when (microseconds UTC)."""
    told = [shown(line, LONGEST_LINE) for line in lines]
    alert = Alert(
        "missed",
        headline,
        f"slamon: {headline}",
        f"{headline}. {told[0]}",
        "",
        tuple(Line(line) for line in told),
        (),
        shown(ask, LONGEST_LINE),
        (f"as of {moment(as_of, timezone)}; from slamon, about its own messages",),
    )
    if channel != "slack":
        return {"mode": "post", "subject": alert.subject, **dressed("alert", alert=alert, title=alert.subject), "images": []}
    asked = slack.section([[slack.words(alert.ask, bold=True)]])
    body = slack.rich(slack.section([[slack.words(line)] for line in told]), asked)
    message = slack.payload(alert.sentence, [slack.header(f"{MARKS[alert.mark]} {headline}"), body, slack.context(alert.notes)])
    return message | {"only_there": True}
