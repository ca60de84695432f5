"""What an alert says: the headline that is read in five seconds, and the lines under it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from slamon.core.alerts import BulkImport, BuyerTouch, Notice
from slamon.core.instants import NEVER
from slamon.messages.escaping import ELLIPSIS, clipped, link, shown
from slamon.messages.page import Line, Mark
from slamon.messages.wording import MARKS, ago, length, moment, plural, working

WORST = 5
MOST_NAMED = 3
SUBJECT_LIMIT = 150
HEADLINE_LIMIT = 80
SETTLED = ("answered late", "corrected")

_STATES: dict[str, tuple[Mark, str]] = {
    "warning": ("risk", "Due soon"),
    "breach": ("missed", "Past target"),
    "escalation": ("missed", "Still past target"),
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


def alert_of(notices: Sequence[Notice], as_of: int, app_url: str, *, personal: bool = False) -> Alert:
    """The alert for notices that go to one destination, ``personal`` when one person reads it; ``ValueError`` for none."""
    if not notices:
        raise ValueError("an alert is made of at least one notice")
    if notices[0].bulk is not None:
        return _of_import(notices, notices[0].bulk, as_of, app_url, personal=personal)
    return _single(notices[0], as_of, personal=personal) if len(notices) == 1 else _grouped(notices, as_of, app_url, personal=personal)


def _of_import(notices: Sequence[Notice], bulk: BulkImport, as_of: int, app_url: str, *, personal: bool) -> Alert:
    """What is said of the leads of one import, once: how many, by whom, when, and the first few."""
    alert, first = _grouped(notices, as_of, app_url, personal=personal), notices[0]
    by = shown(bulk.by, 40)
    when = moment(bulk.at, first.timezone)
    headline = clipped(f"{_state(first)[1]}: {len(notices):,} of {bulk.leads:,} leads imported by {by}", HEADLINE_LIMIT - 2)
    told = f"One import of {plural(bulk.leads, 'lead')} by {by}, {when}: said once, the rest is in the reports."
    subject = clipped(f"{headline}, {_about(notices)}", SUBJECT_LIMIT)
    lines = (Line(told), *alert.lines)
    return replace(alert, headline=headline, subject=subject, sentence=f"{headline}. {told} {alert.sentence}", lines=lines)


def _state(notice: Notice) -> tuple[Mark, str]:
    if notice.kind == "corrected":
        return _CORRECTIONS.get(notice.state, ("none", "Corrected"))
    if not notice.lead and notice.kind in _PERIOD_STATES:
        return _PERIOD_STATES[notice.kind]
    return _STATES[notice.kind]


def _single(notice: Notice, as_of: int, *, personal: bool) -> Alert:
    mark, state = _state(notice)
    settled, ask = notice.kind in SETTLED, _ask(notice, personal=personal)
    what = f"{_subject(notice)}, {_progress(notice)}"
    lead = f"{who(notice)}, {what}; held by {_holder(notice)}" if notice.lead else what
    lines = (*_who_line(notice), _why_line(notice), *_clock_line(notice), *(() if settled else _touch_line(notice, as_of)))
    return Alert(
        mark,
        clipped(f"{state}: {_subject(notice) if settled else what}", HEADLINE_LIMIT - 2),
        clipped(f"{state}: {who(notice)}, {what}" if notice.lead else f"{state}: {what}", SUBJECT_LIMIT),
        f"{state}: {lead}, due {moment(notice.due_at, notice.timezone)}. {ask}",
        f"Past target: {what}" if settled else "",
        lines,
        (),
        ask,
        _notes([notice], as_of),
        _mentioned(notice),
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


def _holder(notice: Notice) -> str:
    return shown(notice.holder_name, 40) or shown(notice.holder, 40) or "nobody yet"


def _who_line(notice: Notice) -> tuple[Line, ...]:
    held = f"held by {_holder(notice)}" if notice.lead or notice.holder or notice.holder_name else ""
    team = f"team {shown(notice.team, 30)}" if notice.team else ""
    promise = shown(notice.title, 60) if notice.lead else ""
    words = [each for each in (who(notice) if notice.lead else "", held, team, promise) if each]
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
    late = f"{_worked(notice)} past target" if notice.late_by_s and missed else ""
    cause = f"cause: {shown(notice.cause, 30)}" if notice.cause and missed else ""
    return (Line("Clock: " + " · ".join(filter(None, (*spans, closed, late, cause)))),)


def _worked(notice: Notice) -> str:
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
    if notice.kind == "escalation":
        return f"Could you help {_holder(notice)} with this one, please? A call or a reassignment would be appreciated."
    return f"Could {'you' if personal else 'someone'} pick this up, please? We support with a reassignment if helpful."


def news_of(notice: Notice) -> str:
    """What became of a lead that was alerted, with thanks."""
    when = moment(notice.answered_at, notice.timezone)
    if notice.kind == "answered late":
        late = f", {_worked(notice)} past target" if notice.late_by_s else ""
        return f"Thank you, {_holder(notice)}: answered {when}{late}."
    if notice.kind == "corrected" and notice.state == "met":
        answer = f": the answer of {when} is in the CRM now" if notice.answered_at != NEVER else ""
        return f"Thank you{answer}; this one counts as kept. The first message is taken back."
    if notice.kind == "corrected":
        return f"{_state(notice)[1]}: newer CRM data changed the verdict. Thank you for keeping it true."
    return f"{_state(notice)[1]}, {_progress(notice)}."


def _mentioned(notice: Notice) -> str:
    """Who can act is named: the holder at the breach, the manager at an escalation; a message that only edits names nobody."""
    role = {"breach": "holder", "escalation": "manager"}.get(notice.kind)
    ids = (recipient.address for recipient in notice.recipients if recipient.channel == "slack" and recipient.role == role)
    return next((each for each in ids if each[:1] in ("U", "W") and each.isalnum() and each.isupper()), "")


def _notes(notices: Sequence[Notice], as_of: int) -> tuple[str, ...]:
    first, alone = notices[0], len(notices) == 1
    slas = sorted({f"{notice.sla} {notice.version}" for notice in notices})
    more = f" and {len(slas) - MOST_NAMED} more" if len(slas) > MOST_NAMED else ""
    verdict = f"verdict {shown(first.cycle_id, 60)}" if alone else ""
    data = f"data as of {moment(as_of, first.timezone)}"
    then = f"next: {shown(first.next_step, 60)}" if alone and first.next_step and first.kind not in SETTLED else ""
    at = f" at {moment(first.next_at, first.timezone)}" if then and first.next_at != NEVER else ""
    return (
        " · ".join(filter(None, (f"SLA {', '.join(slas[:MOST_NAMED])}{more}", verdict))),
        " · ".join(filter(None, (data, then + at))),
    )


def _grouped(notices: Sequence[Notice], as_of: int, app_url: str, *, personal: bool) -> Alert:
    worst = sorted(notices, key=lambda notice: (notice.kind in SETTLED, -(notice.late_by_s or 0), notice.due_at, notice.cycle_id))
    open_ones = [notice for notice in notices if notice.kind not in SETTLED]
    mark, headline = _group_headline(open_ones or list(notices), settled=len(notices) - len(open_ones))
    several = len({notice.title for notice in notices}) > 1
    leads = [_lead(notice, named=several) for notice in worst[:WORST]]
    if len(worst) > WORST:
        leads.append(AlertedLead(f"and {len(worst) - WORST:,} more", struck=False, news="", address=app_url, anchor="See all"))
    summary = _summary(notices, open_ones)
    return Alert(
        mark,
        headline,
        f"{headline}, {_about(notices)}",
        f"{headline}. {summary} {'; '.join(lead.text for lead in leads)}.",
        "",
        (Line(summary),),
        tuple(leads),
        _ask_for_all(open_ones, personal=personal),
        _notes(worst, as_of),
    )


def _ask_for_all(open_ones: Sequence[Notice], *, personal: bool) -> str:
    if not open_ones:
        return "Thank you!" if personal else "Thank you all!"
    if all(notice.kind == "warning" for notice in open_ones):
        return "Answers by then keep these promises. Thank you!"
    if personal and all(notice.kind == "escalation" for notice in open_ones):
        return "Could you help with these, please? A call or a reassignment would be appreciated."
    told = "you pick these up" if personal else "the team share these out"
    return f"Could {told}, please? We support with reassignments if helpful."


def _group_headline(notices: Sequence[Notice], *, settled: int) -> tuple[Mark, str]:
    kinds = {notice.kind for notice in notices}
    mark, state = _state(notices[0]) if len(kinds) == 1 else ("missed", "Past target or due soon")
    done = f", {settled:,} settled" if settled and notices[0].kind not in SETTLED else ""
    return mark, f"{state}: {plural(len(notices), 'lead')}{done}"


def _about(notices: Sequence[Notice]) -> str:
    titles = {notice.title for notice in notices}
    return shown(titles.pop(), 70) if len(titles) == 1 else f"{len(titles)} promises"


def _summary(notices: Sequence[Notice], open_ones: Sequence[Notice]) -> str:
    causes = Counter(shown(notice.cause, 30) for notice in open_ones if notice.cause).most_common(1)
    top = f" Most frequent cause: {causes[0][0]} ({causes[0][1]:,} of {len(open_ones):,})." if causes else ""
    about = _about(notices)
    return f"{about}{'' if about.endswith(ELLIPSIS) else '.'}{top}{' Worst first:' if open_ones else ''}"


def _lead(notice: Notice, *, named: bool) -> AlertedLead:
    """One lead of several; ``named`` says its promise, for the message is about more than one."""
    late = f"{_worked(notice)} past target" if notice.late_by_s else f"due {moment(notice.due_at, notice.timezone)}"
    settled = notice.kind in SETTLED
    promise = shown(notice.title, 50) if named and notice.lead else ""
    text = " · ".join(filter(None, (who(notice), promise, f"held by {_holder(notice)}" if notice.lead else "", late)))
    return AlertedLead(text, settled, f"{MARKS[_state(notice)[0]]} {news_of(notice)}" if settled else "", link(notice.link))
