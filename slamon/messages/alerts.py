"""Alerts as Slack and mail payloads: one lead in full, several in one message, and the edits when news come."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slamon.core.alerts import Notice
from slamon.core.telling import Silence
from slamon.messages import slack_blocks as slack
from slamon.messages.alert_groups import AT_ONCE, Gathered, alert_of, in_a_line
from slamon.messages.alert_states import SETTLED
from slamon.messages.alert_words import Alert, AlertedLead, news_of, who
from slamon.messages.escaping import link, shown
from slamon.messages.known_leads import called
from slamon.messages.line_edits import ABOUT, BULLET, LINES, counted, line_marks
from slamon.messages.mail import dressed
from slamon.messages.page import Line
from slamon.messages.wording import MARKS, moment, plural

MOST_BASELINED = 20
MOST_LINKED = 100
"""Longer lists name the leads without their links, so that they take few messages."""
LIST_LIMIT = 11_500
MOST_REPLIED = 10
"""Of more news at once the reply names so many; each lead's own line says its news too."""


def slack_alert(
    notices: Sequence[Notice],
    as_of: int,
    app_url: str | None = None,
    *,
    personal: bool = False,
    gathered: Gathered = AT_ONCE,
    quiet: bool = False,
) -> dict[str, Any]:
    """The Slack payload for notices that go to one destination: one in full, several grouped, worst first; ``quiet`` notifies nobody.

    ``personal`` when one person reads it: then it asks that person, not a team. The mode is ``update`` when all that is new
    edits what was said before (answered late, corrected), else ``post``.
    """
    alert = alert_of(notices, as_of, link(app_url or ""), personal=personal, gathered=gathered)
    first = [slack.words(alert.struck, strike=True)] if alert.struck else None
    lines = [[slack.words(line.text), *_open(line.address, line.anchor)] for line in alert.lines]
    if lines and alert.mention and not quiet:
        lines[0] += [slack.words(" "), slack.mention(alert.mention)]
    ask = [[slack.words(alert.ask, bold=True)]] if alert.ask else []
    body = [slack.section([*([first] if first else []), *lines])]
    if alert.leads:
        body.append(slack.bullets([_bullet(lead) for lead in alert.leads]))
    blocks = [slack.header(f"{MARKS[alert.mark]} {alert.headline}"), slack.rich(*body, *([slack.section(ask)] if ask else []))]
    mode = "update" if all(notice.kind in SETTLED for notice in notices) else "post"
    message = slack.payload(alert.sentence, [*blocks, slack.context(alert.notes)], mode=mode)
    if not alert.leads:
        return message | called(notices)
    named = {lead.cycle_id for lead in alert.leads}
    message |= called(notice for notice in notices if notice.cycle_id in named)
    return message | {LINES: line_marks(alert.leads), ABOUT: counted(alert.mark, alert.headline, notices, personal=personal)}


def slack_reply(notices: Sequence[Notice]) -> dict[str, Any]:
    """The Slack payload that tells the news of one lead, or of several, in the thread of their alert."""
    sentences = [f"{who(notice)}: {news_of(notice)}" for notice in notices[:MOST_REPLIED]]
    if len(notices) > MOST_REPLIED:
        sentences.append(f"And {len(notices) - MOST_REPLIED:,} more, each in its line above. Thank you all!")
    told = [[slack.words(sentence)] for sentence in sentences]
    return slack.payload(" ".join(sentences), [slack.rich(slack.section(told) if len(told) == 1 else slack.bullets(told))], mode="reply")


def slack_lists(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """The Slack payloads that name further leads of an alert in its thread, as few as Slack's limits allow."""
    with_links = len(notices) <= MOST_LINKED
    parts: list[list[Notice]] = [[]]
    lines: list[list[slack.Piece]] = []
    for notice in notices:
        lines.append(_listed(_longest(notice), with_link=with_links))
        if parts[-1] and slack.size([slack.section(lines)]) > LIST_LIMIT:
            parts.append([])
            lines = lines[-1:]
        parts[-1].append(notice)
    leads = [[in_a_line(notice) for notice in part] for part in parts]
    lists = [_list(part, number, len(parts), with_links=with_links) for number, part in enumerate(leads, 1) if part]
    return [each | called(part) for each, part in zip(lists, parts, strict=False)]  # of no leads there is no list


def _longest(notice: Notice) -> AlertedLead:
    """A lead's line in the longer of its words, so that it stands in the same message in both."""
    return max((in_a_line(replace(notice, at_any_time=each)) for each in (False, True)), key=lambda lead: len(lead.text))


def _listed(lead: AlertedLead, *, with_link: bool) -> list[slack.Piece]:
    return [slack.words(f"{BULLET} {lead.text}"), *(_open(lead.address, lead.anchor) if with_link else [])]


def _list(leads: Sequence[AlertedLead], number: int, parts: int, *, with_links: bool) -> dict[str, Any]:
    headline = f"Also here: {plural(len(leads), 'lead')}" + (f", part {number} of {parts}" if parts > 1 else "")
    lines = [_listed(lead, with_link=with_links) for lead in leads]
    body = slack.rich(slack.section([[slack.words(headline, bold=True)], *lines]))
    told = "; ".join(lead.text for lead in leads)
    return slack.payload(f"{headline}: {told}.", [body], mode="reply") | {LINES: line_marks(leads, first=1)}


def silence_message(silence: Silence, as_of: int, timezone: str = "UTC") -> dict[str, Any]:
    """The Slack payload that says that a silence ends soon."""
    ends = moment(silence.until, timezone)
    what = f"{silence.scope} {shown(silence.value, 60)}"
    told = f"It was asked for by {shown(silence.by, 60)}: {shown(silence.reason, 200)}."
    after = "What is still open then is told then. Thank you for looking whether it is still wanted."
    body = slack.rich(slack.section([[slack.words(told)], [slack.words(after)]]))
    notes = slack.context([f"silence {silence.id}", f"as of {moment(as_of, timezone)}"])
    sentence = f"The silence of {what} ends {ends}. {told} {after}"
    return slack.payload(sentence, [slack.header(f"A silence ends {ends}: {what}"), body, notes])


def email_alert(notices: Sequence[Notice], as_of: int, *, personal: bool = False, gathered: Gathered = AT_ONCE) -> dict[str, Any]:
    """The mail payload for notices that go to one address, ``personal`` when that is one person's."""
    alert = alert_of(notices, as_of, "", personal=personal, gathered=gathered)
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
