"""What an alert says: the headline that is read in five seconds, and the lines under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from slamon.core.alerts import BuyerTouch, Notice
from slamon.core.working_time.instants import NEVER
from slamon.messages.alert_states import SETTLED, state_of
from slamon.messages.escaping import clipped, link, shown
from slamon.messages.page import Line, Mark
from slamon.messages.wording import ago, length, moment, working

WORST = 5
MOST_NAMED = 3
SUBJECT_LIMIT = 150
HEADLINE_LIMIT = 80
LEAST_OF_A_NAME = 12

CIRCUMSTANCES = {"data late": "an answer was logged late", "coverage": "the holder was away at due"}
"""What the clock's split does not show of why a target passed; whose turn it was, it does."""


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


def single(notice: Notice, as_of: int, *, personal: bool) -> Alert:
    """The alert of one lead, or of one period, in full."""
    mark, state = state_of(notice)
    settled, ask = notice.kind in SETTLED, _ask(notice, personal=personal)
    what = ", ".join(filter(None, (_subject(notice), _progress(notice))))
    held = f"; held by {holder_of(notice)}" if notice.lead and (notice.holder or notice.holder_name or not settled) else ""
    lead = f"{who(notice)}, {what}{held}" if notice.lead else what
    why = () if settled and notice.lead else (_why_line(notice),)
    clock = () if notice.kind == "cleared" else _clock_line(notice)
    lines = (*_who_line(notice), *why, *clock, *(() if settled else _touch_line(notice, as_of)))
    return Alert(
        mark,
        _headline(notice, state, settled=settled),
        clipped(f"{state}: {who(notice)}, {what}" if notice.lead else f"{state}: {what}", SUBJECT_LIMIT),
        f"{state}: {lead}, due {moment(notice.due_at, notice.timezone)}. {ask}",
        f"{'Due soon' if notice.kind == 'cleared' else 'Past target'}, due {moment(notice.due_at, notice.timezone)}" if settled else "",
        lines,
        (),
        ask,
        notes_of([notice], as_of),
        "" if personal else mentioned(notice),
    )


def _headline(notice: Notice, state: str, *, settled: bool) -> str:
    """What happened, to which lead, and how far past its target: the name gives way where all is too long for a heading."""
    progress = "" if settled else _progress(notice)
    after = f", {progress}" if progress else ""
    named = who(notice) if notice.lead else _subject(notice)
    room = HEADLINE_LIMIT - 4 - len(state) - len(after)
    return clipped(f"{state}: {clipped(named, max(room, LEAST_OF_A_NAME))}{after}", HEADLINE_LIMIT - 2)


def lasts(notice: Notice) -> bool:
    """Whether its words have to hold at any time; what is settled has no time that passes."""
    return notice.at_any_time and notice.kind not in SETTLED


def _subject(notice: Notice) -> str:
    return shown(notice.intent, 40) if notice.lead and notice.intent else shown(notice.title, 50)


def _progress(notice: Notice) -> str:
    target = shown(notice.target, 40)
    if lasts(notice):
        return f"target {target}" if target else ""
    if notice.elapsed_s is None or not target[:1].isdigit():
        return target
    return f"{length(notice.elapsed_s)} of {target}"


def who(notice: Notice) -> str:
    """The lead and its company, or the promise where there is no lead."""
    if not notice.lead:
        return shown(notice.title, 60)
    name, company, lead = shown(notice.lead_name, 40), shown(notice.company, 40), shown(notice.lead, 40)
    if not name:  # two leads of one company are told apart
        return f"{company} ({lead})" if company else lead
    return f"{name}, {company}" if company else name


def of_id(notice: Notice) -> str:
    """The lead's id, where it is not called by it anyway."""
    lead = shown(notice.lead, 40)
    return "" if lead in who(notice) else lead


def holder_of(notice: Notice) -> str:
    """Who holds the lead, as people are called."""
    return _holder(notice) or "nobody yet"


def _holder(notice: Notice) -> str:
    return shown(notice.holder_name, 40) or shown(notice.holder, 40)


def thanks(notice: Notice) -> str:
    """``Thank you, Rita``, or without a name where nobody holds the lead."""
    return ", ".join(filter(None, ("Thank you", _holder(notice))))


def _who_line(notice: Notice) -> tuple[Line, ...]:
    known = notice.holder or notice.holder_name
    held = f"Held by {holder_of(notice)}" if known or (notice.lead and notice.kind not in SETTLED) else ""
    team = f"team {shown(notice.team, 30)}" if notice.team else ""
    words = [each for each in (held, team, f"lead {of_id(notice)}" if of_id(notice) else "") if each]
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
    if notice.routing_s is None or (lasts(notice) and not notice.held):
        return ()
    routing = [f"routing {length(notice.routing_s)}"] if notice.routing_s or not notice.held else []
    closed = f"{length(notice.closed_s)} closed, not counted" if notice.closed_s and not lasts(notice) else ""
    missed = notice.state == "breached"
    late = f"{worked(notice)} past target" if notice.late_by_s and missed and not lasts(notice) else ""
    fact = CIRCUMSTANCES.get(notice.cause, "") if missed else ""
    told = [*routing, *(() if lasts(notice) else _spans(notice)), *filter(None, (closed, late, fact))]
    return (Line("Clock: " + " · ".join(told)),) if told else ()


def _spans(notice: Notice) -> list[str]:
    """Each holder's own part, those beyond the first few together."""
    spans = [f"{shown(each.name, 30) or 'in a queue'} {length(each.seconds)}" for each in notice.held[:MOST_NAMED]]
    rest = notice.held[MOST_NAMED:]
    return [*spans, f"{len(rest)} more {length(sum(each.seconds for each in rest))}"] if rest else spans


def worked(notice: Notice) -> str:
    """How late a lead is, in the words of its target's clock."""
    return working(notice.late_by_s) if "working" in notice.target else length(notice.late_by_s)


def lateness(notice: Notice) -> str:
    """How late a lead is, or when it was due."""
    return f"{worked(notice)} past target" if notice.late_by_s and not lasts(notice) else f"due {moment(notice.due_at, notice.timezone)}"


def _touch_line(notice: Notice, as_of: int) -> tuple[Line, ...]:
    newest = sorted(notice.touches, key=lambda touch: -touch.at)[:3]
    lasting = [f"{_touch(touch)} ({moment(touch.at, notice.timezone)})" for touch in newest]
    told = lasting if lasts(notice) or not newest else _when_said_once(newest, as_of)
    return (Line("Buyer: " + " · ".join(told)),) if told else ()


def _when_said_once(touches: Sequence[BuyerTouch], as_of: int) -> list[str]:
    """``Pricing page (16 h)``, ``Webinar (4 days ago)``: the last one says what the others leave out."""
    told = [f"{_touch(touch)} ({ago(touch.at, as_of)})" for touch in touches]
    return [*(each.removesuffix(" ago)") + ")" if each.endswith(" ago)") else each for each in told[:-1]), told[-1]]


def _touch(touch: BuyerTouch) -> str:
    return shown(touch.asset, 40) or shown(touch.touch, 40)


def _ask(notice: Notice, *, personal: bool) -> str:
    if notice.kind in SETTLED:
        return news_of(notice, beside=notice.due_at)
    if not notice.lead:
        return "Could we look at this one together, please?"
    if notice.kind == "warning":
        return f"An answer by {moment(notice.due_at, notice.timezone)} keeps the promise. Thank you!"
    if notice.kind == "reminder":
        return "A short look would be appreciated, please. We support with a reassignment if helpful."
    if notice.kind == "escalation":
        return _help(notice, personal=personal)
    return f"Could {'you' if personal else 'someone'} pick this up, please? We support with a reassignment if helpful."


def _help(notice: Notice, *, personal: bool) -> str:
    """What an escalation asks: to help the holder, or to find one."""
    if name := _holder(notice):
        return f"Could you help {name} with this one, please? A call or a reassignment would be appreciated."
    asked = "Could you find who takes it" if personal else "Who could take it"
    return f"Nobody holds this one yet. {asked}, please? An assignment would be appreciated."


def news_of(notice: Notice, beside: int = NEVER) -> str:
    """What became of a lead that was alerted, with thanks; without the date where an instant of that day stands ``beside`` it."""
    when = moment(notice.answered_at, notice.timezone, beside)
    match notice.kind:
        case "answered late":
            late = f", {worked(notice)} past target" if notice.late_by_s else ""
            return f"{thanks(notice)}: answered {when}{late}."
        case "unstable":
            return "The CRM's word on this one keeps changing: we say what became of it once it has held. Thank you for your patience."
        case "cleared":
            return _cleared(notice, when)
        case "corrected":
            return _corrected(notice, when)
    return ", ".join(filter(None, (state_of(notice)[1], _progress(notice)))) + "."


def _cleared(notice: Notice, when: str) -> str:
    """What became of a lead of which somebody was warned."""
    if notice.state == "met":
        return f"Answered in time, {when}. {thanks(notice)}!"
    if notice.state == "breached" and notice.answered_at != NEVER:
        return f"Answered {when}. {thanks(notice)}!"
    if notice.asks:
        helps = "A call would be appreciated, please; we support with a reassignment if helpful."
        return f"The target was missed, and nobody answered yet. {helps}"
    if notice.state == "breached":
        return "More about it stands in a message of its own. Thank you!"
    return f"{state_of(notice)[1]}{because(notice)}. Thank you!"


def _corrected(notice: Notice, when: str) -> str:
    """What became of a miss that was told and that is judged otherwise now, and why."""
    if notice.state != "met":
        return f"{state_of(notice)[1]}{because(notice)}. Thank you for keeping it true."
    answer = f": the answer of {when} counts" if notice.answered_at != NEVER else ""
    return f"Thank you{answer}{because(notice)}. This one is kept."


def because(notice: Notice) -> str:
    """What changed a verdict, in brackets; nothing where nobody knows."""
    return f" ({shown(notice.why, 160)})" if notice.why else ""


def mentioned(notice: Notice) -> str:
    """Who can act is named: the holder at the breach, the manager at an escalation; a message that only edits names nobody."""
    role = {"breach": "holder", "escalation": "manager"}.get(notice.kind)
    ids = (recipient.address for recipient in notice.recipients if recipient.channel == "slack" and recipient.role == role)
    return next((each for each in ids if each[:1] in ("U", "W") and each.isalnum() and each.isupper()), "")


def notes_of(notices: Sequence[Notice], as_of: int) -> tuple[str, ...]:
    """The fine print: which promise and version, data of when, who hears next, and why somebody hears it instead."""
    first, alone = notices[0], len(notices) == 1
    slas = sorted({f"{notice.sla} {notice.version}" for notice in notices})
    more = f" and {len(slas) - MOST_NAMED} more" if len(slas) > MOST_NAMED else ""
    promise = shown(first.title, 80) if alone and first.lead else ""
    data = data_as_of(first, as_of)
    then = f": {shown(first.next_step, 60)}" if alone and first.next_step and first.kind not in SETTLED else ""
    at = f" at {moment(first.next_at, first.timezone, beside=as_of)}" if then and first.next_at != NEVER else ""
    return (
        " · ".join(filter(None, (promise, f"SLA {', '.join(slas[:MOST_NAMED])}{more}"))),
        " · ".join(filter(None, (data, f"next{at}{then}" if then else ""))),
        *([_instead(first)] if alone and _instead(first) else []),
    )


def data_as_of(notice: Notice, as_of: int) -> str:
    """The age of the data behind a message."""
    return f"data as of {moment(as_of if notice.told_until == NEVER else notice.told_until, notice.timezone)}"


def _instead(notice: Notice) -> str:
    """Why a channel hears what was meant for a person."""
    told = [recipient.instead for recipient in notice.recipients if recipient.instead and notice.lead]
    return f"Here because {shown(told[0], 80)}." if told else ""
