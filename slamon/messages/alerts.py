"""Alerts as Slack and mail payloads: one lead in full, several in one message, and the edits when news come."""

from collections.abc import Sequence
from typing import Any

from slamon.core.alerts import Notice
from slamon.messages import slack_blocks as slack
from slamon.messages.alert_words import SETTLED, Alert, AlertedLead, alert_of, news_of, who
from slamon.messages.escaping import link, shown
from slamon.messages.mail import dressed
from slamon.messages.page import Line
from slamon.messages.wording import MARKS, moment, plural

MOST_BASELINED = 20


def slack_alert(notices: Sequence[Notice], as_of: int, app_url: str | None = None, *, personal: bool = False) -> dict[str, Any]:
    """The Slack payload for notices that go to one destination: one in full, several grouped, worst first.

    ``personal`` when one person reads it: then it asks that person, not a team. The mode is ``update`` when all that is new
    edits what was said before (answered late, corrected), else ``post``.
    """
    alert = alert_of(notices, as_of, link(app_url or ""), personal=personal)
    first = [slack.words(alert.struck, strike=True)] if alert.struck else None
    lines = [[slack.words(line.text), *_open(line.address, line.anchor)] for line in alert.lines]
    if lines and alert.mention:
        lines[0] += [slack.words(" "), slack.mention(alert.mention)]
    ask = [[slack.words(alert.ask, bold=True)]] if alert.ask else []
    body = [slack.section([*([first] if first else []), *lines])]
    if alert.leads:
        body.append(slack.bullets([_bullet(lead) for lead in alert.leads]))
    blocks = [slack.header(f"{MARKS[alert.mark]} {alert.headline}"), slack.rich(*body, *([slack.section(ask)] if ask else []))]
    mode = "update" if all(notice.kind in SETTLED for notice in notices) else "post"
    return slack.payload(alert.sentence, [*blocks, slack.context(alert.notes)], mode=mode)


def slack_reply(notice: Notice) -> dict[str, Any]:
    """The Slack payload that tells the news of one lead in the thread of its alert."""
    sentence = f"{who(notice)}: {news_of(notice)}"
    return slack.payload(sentence, [slack.rich(slack.section([[slack.words(sentence)]]))], mode="reply")


def email_alert(notices: Sequence[Notice], as_of: int, *, personal: bool = False) -> dict[str, Any]:
    """The mail payload for notices that go to one address, ``personal`` when that is one person's."""
    alert = alert_of(notices, as_of, "", personal=personal)
    return {"mode": "post", "subject": alert.subject, **dressed("alert", alert=alert, title=alert.subject), "images": []}


def baseline_message(counts: Sequence[tuple[str, int, int]], as_of: int, go_live: int, timezone: str = "UTC") -> dict[str, Any]:
    """What was due before go-live (an instant), in one payload for Slack and for mail: (title, breached, met) of each promise."""
    alert = _baseline(counts, as_of, moment(go_live, timezone), timezone)
    told = [[slack.words(line.text)] for line in alert.lines]
    body = slack.rich(
        slack.section(told[:1]), *([slack.bullets(told[1:])] if told[1:] else []), slack.section([[slack.words(alert.ask, bold=True)]])
    )
    message = slack.payload(alert.sentence, [slack.header(alert.headline), body, slack.context(alert.notes)])
    return message | {"subject": alert.subject, "html": dressed("alert", alert=alert, title=alert.subject)["html"]}


def _baseline(counts: Sequence[tuple[str, int, int]], as_of: int, since: str, timezone: str) -> Alert:
    missed, met = sum(count[1] for count in counts), sum(count[2] for count in counts)
    shown_ones = [Line(f"{shown(title)}: {kept:,} kept, {late:,} past target") for title, late, kept in counts[:MOST_BASELINED]]
    if len(counts) > MOST_BASELINED:
        shown_ones.append(Line(f"and {len(counts) - MOST_BASELINED} more promises"))
    return Alert(
        "none",
        "Alerts begin here",
        "SLA alerts begin: what was due before is summed up here",
        f"Alerts begin here. Before {since}, {plural(missed + met, 'lead')} were due: {met:,} kept, {missed:,} past target.",
        "",
        (Line(f"What was due before {since} is not alerted one by one; it is counted once, here:"), *shown_ones),
        (),
        "From now on each lead is heard of in time. Thank you for starting this together.",
        (f"data as of {moment(as_of, timezone)}",),
    )


def _open(address: str, anchor: str) -> list[slack.Piece]:
    return [slack.words(" · "), slack.leading_to(address, anchor)] if address else []


def _bullet(lead: AlertedLead) -> list[slack.Piece]:
    news = [slack.words(f" {lead.news}")] if lead.news else []
    return [slack.words(lead.text, strike=lead.struck), *_open(lead.address, lead.anchor), *news]
