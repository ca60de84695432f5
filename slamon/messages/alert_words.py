"""What an alert says: the headline that is read in five seconds, and the lines under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from slamon.core.alerts import BuyerTouch, Notice
from slamon.core.instants import NEVER
from slamon.messages.escaping import clipped, link, shown
from slamon.messages.page import Line, Mark
from slamon.messages.wording import ago, length, moment, working

WORST = 5
MOST_NAMED = 3
SUBJECT_LIMIT = 150
HEADLINE_LIMIT = 80
SETTLED = ("answered late", "corrected")

_STATES: dict[str, tuple[Mark, str]] = {
    "warning": ("risk", "Due soon"),
    "breach": ("missed", "Past target"),
    "escalation": ("missed", "Still past target"),
    "reminder": ("missed", "Still waiting"),
    "unstable": ("none", "Keeps changing"),
    "answered late": ("kept", "Answered late"),
}
_PERIOD_STATES: dict[str, tuple[Mark, str]] = {"warning": ("risk", "At risk"), "breach": ("missed", "Target missed")}
"""Of quotas and ratios, which have a period and no lead."""

_CORRECTIONS: dict[str, tuple[Mark, str]] = {
    "met": ("kept", "Corrected, kept"),
    "breached": ("missed", "Corrected, past target"),
    "cancelled": ("none", "Corrected, not counted"),
    "excused": ("none", "Excused, not counted"),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert says, before it is dressed: ``struck`` is what was said first and no longer holds."""

    mark: Mark
    headline: str
    subject: str
    sentence: str
    struck: str
    lines: tuple[Line, ...]
    leads: tuple["AlertedLead", ...]
    ask: str
    notes: tuple[str, ...]
    mention: str = ""


@dataclass(frozen=True, slots=True)
class AlertedLead:
    """One lead of a grouped alert; ``struck`` when its news is good."""

    text: str
    struck: bool
    news: str
    address: str
    anchor: str = "Open"
    cycle_id: str = ""
    """Whose line it is, so that later news can change it; empty for a line about no single lead."""


def is_settled(notice: Notice) -> bool:
    """Whether nothing is asked of anybody any more: answered late, or corrected and no miss."""
    return notice.kind == "answered late" or (notice.kind == "corrected" and notice.state != "breached")


def state_of(notice: Notice) -> tuple[Mark, str]:
    """The mark of a notice and the word that stands beside it."""
    if notice.kind == "corrected":
        return _CORRECTIONS.get(notice.state, ("none", "Corrected"))
    if not notice.lead and notice.kind in _PERIOD_STATES:
        return _PERIOD_STATES[notice.kind]
    return _STATES[notice.kind]


def single(notice: Notice, as_of: int, *, personal: bool) -> Alert:
    """The alert of one lead, or of one period, in full."""
    mark, state = state_of(notice)
    settled, ask = notice.kind in SETTLED, _ask(notice, personal=personal)
    what = f"{_subject(notice)}, {_progress(notice)}"
    lead = f"{who(notice)}, {what}; held by {holder_of(notice)}" if notice.lead else what
    lines = (*_who_line(notice), _why_line(notice), *_clock_line(notice), *(() if settled else _touch_line(notice, as_of)))
    return Alert(
        mark,
        clipped(f"{state}: {_subject(notice) if settled else what}", HEADLINE_LIMIT - 2),
        clipped(f"{state}: {who(notice)}, {what}" if notice.lead else f"{state}: {what}", SUBJECT_LIMIT),
        f"{state}: {lead}, due {moment(notice.due_at, notice.timezone)}. {ask}",
        f"Past target: {_subject(notice)}, due {moment(notice.due_at, notice.timezone)}" if settled else "",
        lines,
        (),
        ask,
        notes_of([notice], as_of),
        "" if personal else mentioned(notice),
    )


def _subject(notice: Notice) -> str:
    return shown(notice.intent, 40) if notice.lead and notice.intent else shown(notice.title, 50)


def _progress(notice: Notice) -> str:
    target = shown(notice.target, 40)
    if notice.elapsed_s is None or not target[:1].isdigit():
        return target
    return f"{length(notice.elapsed_s)} of {target}"


def who(notice: Notice) -> str:
    """The lead and its company, or the promise where there is no lead."""
    if not notice.lead:
        return shown(notice.title, 60)
    return ", ".join(filter(None, (shown(notice.lead_name, 40) or shown(notice.lead, 40), shown(notice.company, 40))))


def holder_of(notice: Notice) -> str:
    """Who holds the lead, as people are called."""
    return shown(notice.holder_name, 40) or shown(notice.holder, 40) or "nobody yet"


def _who_line(notice: Notice) -> tuple[Line, ...]:
    held = f"held by {holder_of(notice)}" if notice.lead or notice.holder or notice.holder_name else ""
    team = f"team {shown(notice.team, 30)}" if notice.team else ""
    words = [each for each in (who(notice) if notice.lead else "", held, team) if each]
    return (Line(" · ".join(words), link(notice.link), "Open in the CRM"),) if words else ()


def _why_line(notice: Notice) -> Line:
    due = f"due {moment(notice.due_at, notice.timezone)}"
    if not notice.lead:
        told = [shown(text, 100) for text in (notice.intent, notice.value) if text]
        return Line(" · ".join([*told, f"The period ends {moment(notice.due_at, notice.timezone)}"]))
    worth = f"worth {_worth(notice.value)}" if notice.value else ""
    return Line("Why: " + " · ".join(filter(None, (shown(notice.intent or notice.title, 60), worth, due))))


def _worth(value: str) -> str:
    """A bare number of the CRM with its thousands set apart; anything else as it is."""
    return f"{int(value):,}" if value.isascii() and value.isdigit() and len(value) < 13 else shown(value, 30)  # noqa: PLR2004 - below a trillion


def _clock_line(notice: Notice) -> tuple[Line, ...]:
    told = (("routing", notice.routing_s), ("owner", notice.owner_s))
    spans = [f"{holder} {length(seconds)}" for holder, seconds in told if seconds is not None]
    if not spans:
        return ()
    closed = f"{length(notice.closed_s)} closed, not counted" if notice.closed_s else ""
    missed = notice.state == "breached"
    late = f"{worked(notice)} past target" if notice.late_by_s and missed else ""
    cause = f"cause: {shown(notice.cause, 30)}" if notice.cause and missed else ""
    return (Line("Clock: " + " · ".join(filter(None, (*spans, closed, late, cause)))),)


def worked(notice: Notice) -> str:
    """How late a lead is, in the words of its target's clock."""
    return working(notice.late_by_s) if "working" in notice.target else length(notice.late_by_s)


def _touch_line(notice: Notice, as_of: int) -> tuple[Line, ...]:
    newest = sorted(notice.touches, key=lambda touch: -touch.at)[:3]
    return (Line("Buyer lately: " + " · ".join(f"{_touch(touch)} ({ago(touch.at, as_of)})" for touch in newest)),) if newest else ()


def _touch(touch: BuyerTouch) -> str:
    return shown(touch.asset, 40) or shown(touch.touch, 40)


def _ask(notice: Notice, *, personal: bool) -> str:
    if notice.kind in SETTLED:
        return news_of(notice)
    if not notice.lead:
        return "Could we look at this one together, please?"
    if notice.kind == "warning":
        return f"An answer by {moment(notice.due_at, notice.timezone)} keeps the promise. Thank you!"
    if notice.kind == "reminder":
        return "A short look would be appreciated, please. We support with a reassignment if helpful."
    if notice.kind == "escalation":
        return f"Could you help {holder_of(notice)} with this one, please? A call or a reassignment would be appreciated."
    return f"Could {'you' if personal else 'someone'} pick this up, please? We support with a reassignment if helpful."


def news_of(notice: Notice) -> str:
    """What became of a lead that was alerted, with thanks."""
    when = moment(notice.answered_at, notice.timezone)
    if notice.kind == "answered late":
        late = f", {worked(notice)} past target" if notice.late_by_s else ""
        return f"Thank you, {holder_of(notice)}: answered {when}{late}."
    if notice.kind == "unstable":
        return "The CRM's word on this one keeps changing: we say what became of it once it has held. Thank you for your patience."
    if notice.kind == "corrected" and notice.state == "met":
        answer = f": the answer of {when} is in the CRM now" if notice.answered_at != NEVER else ""
        return f"Thank you{answer}; this one counts as kept. The first message is taken back."
    if notice.kind == "corrected":
        return f"{state_of(notice)[1]}: newer CRM data changed the verdict. Thank you for keeping it true."
    return f"{state_of(notice)[1]}, {_progress(notice)}."


def mentioned(notice: Notice) -> str:
    """Who can act is named: the holder at the breach, the manager at an escalation; a message that only edits names nobody."""
    role = {"breach": "holder", "escalation": "manager"}.get(notice.kind)
    ids = (recipient.address for recipient in notice.recipients if recipient.channel == "slack" and recipient.role == role)
    return next((each for each in ids if each[:1] in ("U", "W") and each.isalnum() and each.isupper()), "")


def notes_of(notices: Sequence[Notice], as_of: int) -> tuple[str, ...]:
    """The fine print: which promise and version, which verdict, data of when, who hears next, and why somebody hears it instead."""
    first, alone = notices[0], len(notices) == 1
    slas = sorted({f"{notice.sla} {notice.version}" for notice in notices})
    more = f" and {len(slas) - MOST_NAMED} more" if len(slas) > MOST_NAMED else ""
    promise = shown(first.title, 80) if alone and first.lead else ""
    verdict = f"verdict {shown(first.cycle_id, 60)}" if alone else ""
    data = data_as_of(first, as_of)
    then = f"next: {shown(first.next_step, 60)}" if alone and first.next_step and first.kind not in SETTLED else ""
    at = f" at {moment(first.next_at, first.timezone)}" if then and first.next_at != NEVER else ""
    return (
        " · ".join(filter(None, (promise, f"SLA {', '.join(slas[:MOST_NAMED])}{more}", verdict))),
        " · ".join(filter(None, (data, then + at))),
        *([_instead(first)] if alone and _instead(first) else []),
    )


def data_as_of(notice: Notice, as_of: int) -> str:
    """The age of the data behind a message."""
    return f"data as of {moment(as_of if notice.told_until == NEVER else notice.told_until, notice.timezone)}"


def _instead(notice: Notice) -> str:
    """Why a channel hears what was meant for a person."""
    told = [recipient.instead for recipient in notice.recipients if recipient.instead and notice.lead]
    return f"Here because {shown(told[0], 80)}." if told else ""
