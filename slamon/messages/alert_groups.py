"""What an alert about several leads says: how many, whose, the worst first, and where the others are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from slamon.core.alerts import BulkImport, Notice
from slamon.messages.alert_states import SETTLED, state_of
from slamon.messages.alert_words import (
    HEADLINE_LIMIT,
    SUBJECT_LIMIT,
    WORST,
    Alert,
    AlertedLead,
    holder_of,
    lateness,
    news_of,
    notes_of,
    of_id,
    single,
    who,
)
from slamon.messages.escaping import ELLIPSIS, clipped, link, shown
from slamon.messages.page import Line, Mark
from slamon.messages.wording import MARKS, listed, moment, plural

MOST_HOLDERS = 4
IN_COMMON = {
    "routing": "reached a holder late or not yet",
    "data late": "have an answer that was logged late",
    "coverage": "were with somebody who was away at due",
}
"""What several leads have in common; that somebody held them stands in their lines."""
WORST_FIRST = " Worst first:"
THANKS_TO_ONE, THANKS_TO_ALL = "Thank you!", "Thank you all!"
"""Once nothing is open any more."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """How a message came together: as a person's digest of the day, since when its news waited, since when nobody looked."""

    digest: bool = False
    since: int | None = None
    away_since: int | None = None
    most: int = WORST
    """Leads that are named in the message itself."""
    listed: bool = False
    """Whether the others are named in its thread."""


AT_ONCE = Gathered()


def alert_of(notices: Sequence[Notice], as_of: int, app_url: str, *, personal: bool = False, gathered: Gathered = AT_ONCE) -> Alert:
    """The alert for notices that go to one destination, ``personal`` when one person reads it; ``ValueError`` for none."""
    if not notices:
        raise ValueError("an alert is made of at least one notice")
    if notices[0].bulk is not None:
        return _of_import(notices, notices[0].bulk, as_of, app_url, personal=personal)
    if len(notices) == 1:
        return _with_gathered(single(notices[0], as_of, personal=personal), notices, as_of, gathered)
    return _with_gathered(_grouped(notices, as_of, app_url, gathered, personal=personal), notices, as_of, gathered)


def unnamed_of(notices: Sequence[Notice]) -> list[Notice]:
    """Those of a group that its message counts and does not name, in order; the leads of an import are in the reports."""
    if notices[0].bulk is not None:
        return []
    return _worst_first(list({notice.cycle_id: notice for notice in notices}.values()))[WORST:]


def _with_gathered(alert: Alert, notices: Sequence[Notice], as_of: int, gathered: Gathered) -> Alert:
    """The same alert, saying how it came together where it was not said at once."""
    zone, first = notices[0].timezone, alert.headline
    if gathered.digest:
        first = clipped(f"The rest of today: {plural(len(notices), 'lead')}", HEADLINE_LIMIT - 2)
    told = []
    if gathered.away_since is not None:
        span = f"from {moment(gathered.away_since, zone)} to {moment(as_of, zone)}"
        told.append(f"Nothing could be judged {span}: this is what came due, each with its true time.")
    note = (f"gathered since {moment(gathered.since, zone)}",) if gathered.since is not None else ()
    lines = (*(Line(each) for each in told), *alert.lines)
    subject = alert.subject if first == alert.headline else clipped(f"{first}, {_about(notices)}", SUBJECT_LIMIT)
    sentence = alert.sentence if first == alert.headline else f"{first}. {alert.sentence}"
    return replace(alert, headline=first, subject=subject, sentence=" ".join((*told, sentence)), lines=lines, notes=(*alert.notes, *note))


def _of_import(notices: Sequence[Notice], bulk: BulkImport, as_of: int, app_url: str, *, personal: bool) -> Alert:
    """What is said of the leads of one import, once: how many, by whom, when, and the first few."""
    alert, first = _grouped(notices, as_of, app_url, AT_ONCE, personal=personal), notices[0]
    by = shown(bulk.by, 40)
    when = moment(bulk.at, first.timezone)
    headline = clipped(f"{state_of(first)[1]}: {len(notices):,} of {bulk.leads:,} leads imported by {by}", HEADLINE_LIMIT - 2)
    told = f"One import of {plural(bulk.leads, 'lead')} by {by}, {when}: said once, the rest is in the reports."
    subject = clipped(f"{headline}, {_about(notices)}", SUBJECT_LIMIT)
    lines = (Line(told), *alert.lines)
    return replace(alert, headline=headline, subject=subject, sentence=f"{headline}. {told} {alert.sentence}", lines=lines)


def _grouped(notices: Sequence[Notice], as_of: int, app_url: str, gathered: Gathered, *, personal: bool) -> Alert:
    worst = _worst_first(notices)
    open_ones = [notice for notice in notices if notice.kind not in SETTLED]
    mark, headline = _group_headline(open_ones or list(notices), settled=len(notices) - len(open_ones))
    several = len({notice.title for notice in notices}) > 1
    leads = [_lead(notice, named=several) for notice in worst[: gathered.most]]
    if len(worst) > gathered.most:
        rest = f"and {len(worst) - gathered.most:,} more{' in the thread' if gathered.listed else ''}"
        leads.append(AlertedLead(rest, struck=False, news="", address=app_url, anchor="See all"))
    summary = _summary(notices, open_ones, personal=personal)
    return Alert(
        mark,
        headline,
        f"{headline}, {_about(notices)}",
        f"{headline}. {summary} {'; '.join(lead.text for lead in leads)}.",
        "",
        (Line(summary),),
        tuple(leads),
        _ask_for_all(open_ones, personal=personal),
        notes_of(worst, as_of),
    )


def _worst_first(notices: Sequence[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda notice: (notice.kind in SETTLED, -(notice.late_by_s or 0), notice.due_at, notice.cycle_id))


def _ask_for_all(open_ones: Sequence[Notice], *, personal: bool) -> str:
    if not open_ones:
        return THANKS_TO_ONE if personal else THANKS_TO_ALL
    if all(notice.kind == "reminder" for notice in open_ones):
        return "A short look at these would be appreciated, please. We support with reassignments if helpful."
    if all(notice.kind == "warning" for notice in open_ones):
        return "Answers by then keep these promises. Thank you!"
    if personal and all(notice.kind == "escalation" for notice in open_ones):
        return "Could you help with these, please? A call or a reassignment would be appreciated."
    told = "you pick these up" if personal else "the team share these out"
    return f"Could {told}, please? We support with reassignments if helpful."


def _group_headline(notices: Sequence[Notice], *, settled: int) -> tuple[Mark, str]:
    kinds = {notice.kind for notice in notices}
    mark, state = state_of(notices[0]) if len(kinds) == 1 else ("missed", "Past target or due soon")
    done = f", {settled:,} settled" if settled and notices[0].kind not in SETTLED else ""
    return mark, f"{state}: {plural(len(notices), 'lead')}{done}"


def _about(notices: Sequence[Notice]) -> str:
    titles = {notice.title for notice in notices}
    return shown(titles.pop(), 70) if len(titles) == 1 else f"{len(titles)} promises"


def _summary(notices: Sequence[Notice], open_ones: Sequence[Notice], *, personal: bool) -> str:
    """Which promise, who can act on how many, and the most frequent cause."""
    causes = Counter(IN_COMMON[notice.cause] for notice in open_ones if notice.cause in IN_COMMON).most_common(1)
    top = f" {causes[0][1]:,} of {len(open_ones):,} {causes[0][0]}." if causes else ""
    about = _about(notices)
    held = "" if personal else _held_by(open_ones)
    return f"{about}{'' if about.endswith(ELLIPSIS) else '.'}{held}{top}{WORST_FIRST if open_ones else ''}"


def _held_by(open_ones: Sequence[Notice]) -> str:
    """``Held by Rita (3), Tom (2) and 2 others.``: who can act, where that is more than one."""
    many = Counter(holder_of(notice) for notice in open_ones if notice.lead).most_common()
    if len(many) < 2:  # noqa: PLR2004 - one holder stands beside each lead
        return ""
    rest = sum(count for _, count in many[MOST_HOLDERS:])
    told = [f"{name} ({count:,})" for name, count in many[:MOST_HOLDERS]] + ([f"others ({rest:,})"] if rest else [])
    return f" Held by {listed(told)}."


def in_a_line(notice: Notice) -> AlertedLead:
    """One lead of a list: who, whose, and how late."""
    text = " · ".join((who(notice), holder_of(notice), lateness(notice), *_id(notice)))
    return AlertedLead(text, struck=False, news="", address=link(notice.link), anchor=_anchor(notice), cycle_id=notice.cycle_id)


def _anchor(notice: Notice) -> str:
    """The link to a lead is its id, so that commands which ask for one can be given it."""
    return shown(notice.lead, 40) or "Open"


def _id(notice: Notice) -> tuple[str, ...]:
    """The lead's id, where neither its link nor its name says it."""
    return (of_id(notice),) if notice.lead and of_id(notice) and not link(notice.link) else ()


def _lead(notice: Notice, *, named: bool) -> AlertedLead:
    """One lead of several; ``named`` says its promise, for the message is about more than one."""
    settled = notice.kind in SETTLED
    promise = shown(notice.title, 50) if named and notice.lead else ""
    held = f"held by {holder_of(notice)}" if notice.lead else ""
    text = " · ".join(filter(None, (who(notice), promise, held, lateness(notice), *_id(notice))))
    news = f"{MARKS[state_of(notice)[0]]} {news_of(notice)}" if settled else ""
    return AlertedLead(text, settled, news, link(notice.link), _anchor(notice), notice.cycle_id)
