"""What those who look after a report hear when a reader stops its mails."""

from html import escape
from typing import Any

from slamon.messages.slack_blocks import payload, rich, section, words


def unsubscribed_message(channel: str, destination: str, report: str) -> dict[str, Any]:
    """The message for a channel (slack or email): who gets which report no more, what stays, and how to take it back."""
    said = f"{destination} has unsubscribed from the {report} report, by the link in the mail."
    stays = "The report is made, kept and sent to everybody else as before."
    undo = f"If this was a mistake: slamon subscribe {report} {destination}"
    if channel == "slack":
        return payload(f"{said} {stays}", [rich(section([[words(said)], [words(stays)], [words(undo)]]))])
    lines = (said, stays, undo)
    return {
        "subject": f"A reader has unsubscribed from the {report} report",
        "text": "\n\n".join(lines) + "\n",
        "html": "<!doctype html><html><body>" + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</body></html>",
        "images": [],
    }
