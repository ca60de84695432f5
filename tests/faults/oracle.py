"""What must have been said to whom, worked out from the CRM's script alone, and compared with what people see.

Nothing of the program is used here: working time is counted by hand, and what was said is read from the words that
Slack's channels and the mailboxes show.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.clock import DAY, MINUTE, MONDAY, SECOND
from tests.faults.company import (
    DUE,
    ESCALATED,
    HEAD,
    MAILED,
    REPORT_AT,
    REPORT_TO,
    WARNED,
    Lead,
    address_of,
    channel_of,
    is_working_day,
    iso,
    manager_of,
)
from tests.faults.fake_mail import MailServer
from tests.faults.fake_slack import SlackWorkspace, words_of

FOREVER = 2**62
RANK = {"warning": 0, "breach": 1, "escalation": 2, "answered": 3, "corrected": 3, "cleared": 3}
HEADLINES = (
    ("still past target", "escalation"),
    ("past target", "breach"),
    ("due soon", "warning"),
    ("answered late", "answered"),
    ("answered in time", "cleared"),
    ("the target has passed", "passed"),
    ("no longer due", "warning"),
    ("corrected", "corrected"),
    ("not counted", "cleared"),
)
CLEARED_WITHIN = 5 * MINUTE
"""A warning that is over is brought up to date once that has stood for a while."""
LEAD = re.compile(r"(?<!lead )(?<!· )\bL\d{7,}\b")
"""A lead's name; its id stands after these, and is the survivor's once it was merged."""
OVER = (("answered in time", "cleared"), ("the target has passed", "passed"), ("not counted", "cleared"))
"""What a line of a message about many says became of its lead, of which somebody was warned."""


@dataclass(frozen=True, order=True)
class Saying:
    """One thing that one person or channel hears of one lead (or of a report's period)."""

    to: str
    about: str
    kind: str


@dataclass
class Verdict:
    """What the comparison came to; every list names sayings as people would."""

    lost: list[str] = field(default_factory=list)
    dup: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    late_max: int = 0
    latest: str = ""
    said: int = 0
    trail: list[str] = field(default_factory=list)
    """What happened to the messages about the leads of which something is wrong."""

    def __str__(self) -> str:
        counts = f"lost={len(self.lost)} dup={len(self.dup)} reordered={len(self.reordered)} unexpected={len(self.unexpected)}"
        return f"{counts} late_max={self.late_max / SECOND:.0f}s said={self.said}"

    def in_full(self) -> str:
        """Everything that is wrong, a line each."""
        wrong = {"lost": self.lost, "dup": self.dup, "reordered": self.reordered, "unexpected": self.unexpected}
        listed = [f"{name}: {each}" for name, them in wrong.items() for each in them[:20]]
        return "\n".join([str(self), f"latest: {self.latest}", *listed, *self.trail[:40]])

    @property
    def clean(self) -> bool:
        """Nothing is wrong."""
        return not (self.lost or self.dup or self.reordered or self.unexpected)


def expected(leads: Iterable[Lead], until: int) -> dict[Saying, int]:
    """What must have been said by an instant, each with the instant at which it was due."""
    found: dict[Saying, int] = {}
    everybody = {lead.name: lead for lead in leads}
    for lead in everybody.values():
        due, over = lead.reaches(DUE), min(lead.gone or FOREVER, *_merges(lead, everybody), FOREVER)
        told = set()
        for after, kind in ((WARNED, "warning"), (DUE, "breach"), (ESCALATED, "escalation"), (MAILED, "escalation")):
            at = lead.reaches(after)
            if at <= until and at < over and (lead.answered is None or lead.answered > at):
                for to in _recipients(lead, after, at):
                    found[Saying(to, lead.name, kind)] = at
                    told |= {to} if kind != "warning" else set()
        found |= _warned_and_over(lead, due, over, until)
        if over in _merges(lead, everybody) and told and over <= until:
            found |= _taken_back(lead, over, due, told, everybody)
        elif lead.answered is not None and lead.answered > due and lead.answered <= until:
            for to in told - {HEAD}:
                found[Saying(to, lead.name, "answered")] = lead.answered
                found[Saying(to, lead.name, "thanks")] = lead.answered
    return found


def _warned_and_over(lead: Lead, due: int, over: int, until: int) -> dict[Saying, int]:
    """What becomes of the warning: it is edited once somebody answered in time, or once the target has passed."""
    warned = lead.reaches(WARNED)
    end, kind = (lead.answered, "cleared") if lead.answered is not None and lead.answered <= due else (due, "passed")
    if not warned < end <= until - CLEARED_WITHIN or end >= over:
        return {}
    return {Saying(to, lead.name, kind): end for to in _recipients(lead, WARNED, warned)}


def _merges(lead: Lead, everybody: dict[str, Lead]) -> list[int]:
    """When it was merged into another, or another into it."""
    own = [lead.merged[0]] if lead.merged else []
    return own + [each.merged[0] for each in everybody.values() if each.merged and each.merged[1] == lead.name]


def _one(lead: Lead, everybody: dict[str, Lead]) -> list[Lead]:
    """All the records that are one lead in the end."""
    ends = {name: name for name in everybody}
    for _ in everybody:
        ends = {name: into.merged[1] if (into := everybody[end]).merged else end for name, end in ends.items()}
    return [each for each in everybody.values() if ends[each.name] == ends[lead.name]]


def _taken_back(lead: Lead, at: int, due: int, told: set[str], everybody: dict[str, Lead]) -> dict[Saying, int]:
    """A miss that was told of one record, where another one that turned out to be the same lead was answered in time."""
    one = _one(lead, everybody)
    if not any(each.answered is not None and lead.start <= each.answered <= due for each in one):
        raise ValueError("the rig plays only merges whose lead was answered in time")
    return {Saying(to, lead.name, kind): at for to in told for kind in ("corrected", "thanks")}


def _recipients(lead: Lead, after: int, at: int) -> list[str]:
    holder = address_of(lead.holder_at(at))
    return {WARNED: [holder], DUE: [holder, channel_of(lead.team)], ESCALATED: [manager_of(lead.team)], MAILED: [HEAD]}[after]


def allowed(leads: Iterable[Lead]) -> set[Saying]:
    """What may be said besides: who gets a lead that was warned of already may hear of it too."""
    kinds = ("warning", "cleared", "passed")
    return {Saying(address_of(rep), lead.name, kind) for lead in leads for _, rep in lead.holders for kind in kinds}


def expected_reports(first: int, until: int) -> dict[Saying, int]:
    """The daily reports that must have come, one a recipient and day."""
    found: dict[Saying, int] = {}
    for day in range((first - MONDAY) // DAY, (until - MONDAY) // DAY + 1):
        at = MONDAY + day * DAY + REPORT_AT
        if first < at <= until - 15 * MINUTE and is_working_day(day):
            found |= {Saying(to, f"day {day}", "report"): at for to in REPORT_TO}
    return found


@dataclass
class Shown:
    """Everything that was seen of one saying: in which messages, and when first."""

    messages: set[str] = field(default_factory=set)
    first: int = 0


def seen_in_slack(slack: SlackWorkspace) -> tuple[dict[Saying, Shown], list[str]]:
    """What every message said over its life, and messages that say nothing we know. What was deleted again is not a repeat."""
    slack.land()
    kept = {(each["channel"], each["ts"]) for each in slack.messages}
    found: dict[Saying, Shown] = {}
    strange = []
    for change in sorted(slack.changes, key=lambda change: change.at):
        message = change.message
        if change.what == "deleted" or (message["channel"], message["ts"]) not in kept:
            continue
        to, kind, leads = slack.name_of(message["channel"]), kind_of(message), sorted(set(LEAD.findall("\n".join(words_of(message)))))
        if not kind or not leads:
            strange.append(f"{to}: {' / '.join(words_of(message))[:160]}")
        told = {(lead, kind) for lead in leads if kind} | set(_lines_over(message, kind))
        for lead, what in told:
            shown = found.setdefault(Saying(to, lead, what), Shown(first=change.at))
            shown.messages.add(message["ts"])
    return found, strange


def _lines_over(message: dict[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """What the lines of a warning about many say became of their leads."""
    for line in words_of(message)[1:] if kind == "warning" else ():
        for words, what in OVER:
            if words in line.lower():
                yield from ((lead, what) for lead in LEAD.findall(line))


def kind_of(message: dict[str, Any]) -> str:
    """What a message says of its leads, by its headline; empty when it says nothing we know."""
    if message.get("thread_ts"):
        return "thanks" if "thank you" in " ".join(words_of(message)).lower() else ""
    headline = words_of(message)[0].lower()
    return next((kind for words, kind in HEADLINES if words in headline), "")


def seen_in_mail(mail: MailServer) -> tuple[dict[Saying, Shown], list[str]]:
    """What the mailboxes show, repeats of one Message-ID as one."""
    found: dict[Saying, Shown] = {}
    strange = []
    for each in mail.seen():
        subject = str(each.parsed["Subject"])
        kind = next((kind for words, kind in HEADLINES if words in subject.lower()), "")
        abouts = sorted(set(LEAD.findall(each.text))) if kind else []
        if re.search(r"SLA 20\d\d-\d\d-\d\d:", subject):
            kind, abouts = "report", [f"day {(each.at - MONDAY) // DAY}"]
        if not abouts:
            strange.append(f"{each.recipient}: {subject}")
        for about in abouts:
            shown = found.setdefault(Saying(each.recipient, about, kind), Shown(first=each.at))
            shown.messages.add(each.message_id)
    return found, strange


def compared(must: dict[Saying, int], may: set[Saying], slack: SlackWorkspace, mail: MailServer) -> Verdict:
    """Everything lost, doubled, out of order or unexpected."""
    in_slack, strange = seen_in_slack(slack)
    in_mail, strange_mails = seen_in_mail(mail)
    seen = in_slack | in_mail
    verdict = Verdict(unexpected=[*strange, *strange_mails], said=len(seen))
    for saying, at in sorted(must.items()):
        if saying not in seen:
            verdict.lost.append(f"{saying.to} did not hear {saying.kind} of {saying.about}")
        elif seen[saying].first - at > verdict.late_max:
            verdict.late_max, verdict.latest = seen[saying].first - at, f"{saying.kind} of {saying.about} to {saying.to}"
    for saying, shown in sorted(seen.items(), key=lambda each: each[0]):
        if len(shown.messages) > 1:
            verdict.dup.append(f"{saying.to} hears {saying.kind} of {saying.about} in {len(shown.messages)} messages")
        if saying not in must and saying not in may:
            verdict.unexpected.append(f"{saying.to} hears {saying.kind} of {saying.about}")
    verdict.reordered += _reordered(seen)
    wrong = set(LEAD.findall("\n".join(verdict.lost + verdict.dup + verdict.reordered + verdict.unexpected)))
    for change in slack.changes:
        lines = words_of(change.message)
        if wrong.intersection(LEAD.findall("\n".join(lines))):
            thread = " (in a thread)" if change.message.get("thread_ts") else ""
            place = slack.name_of(change.message["channel"])
            verdict.trail.append(f"{iso(change.at)} {change.what}{thread} in {place} {change.message['ts']}: {' / '.join(lines[:2])[:200]}")
    return verdict


def _reordered(seen: dict[Saying, Shown]) -> list[str]:
    """Places where later news of a lead was seen before the earlier."""
    places: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for saying, shown in seen.items():
        if saying.kind in RANK:
            places.setdefault((saying.to, saying.about), []).append((RANK[saying.kind], shown.first, saying.kind))
    wrong = []
    for (to, about), told in places.items():
        instants = [first for _, first, _ in sorted(told)]
        if instants != sorted(instants):
            wrong.append(f"{to} hears of {about}: {[kind for _, _, kind in sorted(told, key=lambda each: each[1])]}")
    return wrong
