"""What the operator is told of troubles: what happened, what waits, and the command that mends it; one payload for Slack and mail."""

from collections.abc import Sequence
from typing import Any

from slamon.messages import slack_blocks as slack
from slamon.messages.alert_words import Alert
from slamon.messages.escaping import shown
from slamon.messages.mail import dressed
from slamon.messages.page import Line, Mark
from slamon.messages.wording import MARKS, moment

LONGEST_LINE = 400


def operator_message(
    channel: str, headline: str, lines: Sequence[str], ask: str, as_of: int, timezone: str, *, mark: Mark = "missed"
) -> dict[str, Any]:
    """The payload for a channel: a headline, what happened line by line, one ask, and as of when (microseconds UTC)."""
    told = [shown(line, LONGEST_LINE) for line in lines]
    alert = Alert(
        mark,
        headline,
        headline if "slamon" in headline else f"slamon: {headline}",
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
    title = headline if mark == "none" else f"{MARKS[mark]} {headline}"
    message = slack.payload(alert.sentence, [slack.header(title), body, slack.context(alert.notes)])
    return message | {"only_there": True}


def test_message(channel: str, as_of: int, timezone: str) -> dict[str, Any]:
    """The payload of a test message, which asks nothing of anybody."""
    lines = ("Messages of slamon reach this place.",)
    return operator_message(
        channel, "A test message from slamon", lines, "Nothing is asked of you. Thank you.", as_of, timezone, mark="none"
    )
