"""The weekly scorecard for both teams: kept or not, why not, what to look at together, and thanks."""

from collections.abc import Sequence

from slamon.core.scorecards import LeadLine, WeeklyScorecard
from slamon.messages.charts import compliance_chart
from slamon.messages.escaping import link, shown
from slamon.messages.footing import attainment_table, compliance_table, heard_note, not_counted, notes, span
from slamon.messages.page import Line, Page, Part
from slamon.messages.standing import light, sales_sentence, standing
from slamon.messages.wording import length, number, of_those_due, week

MOST_CAUSES = 5
MOST_LEADS = 6
MOST_TEAMS = 8
MOST_RECALLED = 3
RECALLED = "recalled three times"

CAUSES = {
    "routing": "routing: late or no assignment",
    "coverage": "coverage: holder away or inactive",
    "owner": "owner: assigned in time, answered late",
    "data late": "data late: answered in time, logged late",
    "not known": "not known: the source does not tell who held the lead",
}


def weekly_page(card: WeeklyScorecard) -> Page:
    """The scorecard as a page; parts without content are left out."""
    counted = (*card.quotas, *card.ratios)
    sales, marketing = standing("sales", card.promises, counted), standing("marketing", card.promises, counted)
    verdict = f"{sales_sentence(sales)}{_marketing_sentence(card)}."
    name = week(card.period)
    return Page(
        title=f"SLA scorecard · {name}",
        subject=f"SLA {name}: {verdict}",
        verdict=(verdict,),
        parts=tuple(_parts(card)),
        notes=_notes(card),
        lights=(light(sales), light(marketing)),
        picture=compliance_chart(card.promises) if any(promise.share is not None for promise in card.promises) else None,
    )


def _marketing_sentence(card: WeeklyScorecard) -> str:
    """Of several quotas the one whose pace is followed, as it stood at the end of the week."""
    charted = card.pace.sla if card.pace else ""
    totals = [quota for quota in card.quotas if not quota.group and quota.promised_by == "marketing"]
    total = next((quota for quota in totals if quota.sla == charted), totals[0] if totals else None)
    if total is None:
        return ""
    target = f" (quota {number(total.target)})" if total.target is not None else ""
    if total.state in ("met", "breached"):
        return f"; marketing ended at {number(total.net)}{target}"
    over = card.footing.as_of >= card.ends_at
    expected = f" of {number(total.expected_to_date)} expected by {'then' if over else 'now'}" if total.expected_to_date is not None else ""
    return f"; marketing {'stood' if over else 'stands'} at {number(total.net)}{expected}{target}"


def _parts(card: WeeklyScorecard) -> list[Part]:
    ours = [promise for promise in card.promises if promise.promised_by == "sales"]
    theirs = [promise for promise in card.promises if promise.promised_by == "marketing"]
    parts = [Part("Sales' promise", table=compliance_table(ours, "week"))] if ours else []
    if card.quotas or card.ratios:
        parts.append(Part("Marketing's promise", table=attainment_table(card.quotas, card.ratios)))
    if theirs:
        parts.append(Part("Marketing's promise, lead by lead", table=compliance_table(theirs, "week")))
    if card.causes:
        parts.append(Part("Why targets were missed", tuple(cause_lines(card.causes))))
    if card.teams:
        parts.append(Part("Teams, in alphabetical order", tuple(_team_lines(card.teams))))
    if card.look_at or card.recalled:
        parts.append(Part("Let us look at these together", tuple(_to_look_at(card))))
    if card.saves:
        parts.append(Part("Thank you", tuple(_save_line(lead) for lead in card.saves[:3])))
    return parts


def cause_lines(causes: Sequence[tuple[str, int]]) -> list[Line]:
    """Each cause with its share of all misses, in the order given: the system before people."""
    total = sum(count for _, count in causes)
    return [Line(f"{CAUSES.get(cause, shown(cause, 60))}: {of_those_due(count, total)}") for cause, count in causes[:MOST_CAUSES]]


def _team_lines(teams: Sequence[tuple[str, int, int]]) -> list[Line]:
    lines = [Line(f"{shown(team, 40) or 'no team'}: {of_those_due(met, met + missed)} kept") for team, met, missed in teams[:MOST_TEAMS]]
    return lines + ([Line(f"and {len(teams) - MOST_TEAMS} more")] if len(teams) > MOST_TEAMS else [])


def _to_look_at(card: WeeklyScorecard) -> list[Line]:
    """First what was recalled in vain, which nobody hears of any more; then what waits longest."""
    vain = [_lead_line(lead, RECALLED) for lead in card.recalled[:MOST_RECALLED]]
    more = len(card.recalled) - len(vain)
    rest = [Line(f"and {more:,} more that were {RECALLED} and are still open")] if more > 0 else []
    named = {lead.cycle_id for lead in card.recalled}
    return [*vain, *rest, *(_lead_line(lead) for lead in card.look_at if lead.cycle_id not in named)][:MOST_LEADS]


def _lead_line(lead: LeadLine, remark: str = "") -> Line:
    late = f"{length(lead.late_by_s)} past target" if lead.late_by_s else ""
    words = (_name(lead), shown(lead.title, 50), late, shown(lead.cause, 30), remark)
    return Line(" · ".join(filter(None, words)), link(lead.link))


def _name(lead: LeadLine) -> str:
    return ", ".join(filter(None, (shown(lead.lead_name, 30) or shown(lead.lead, 30), shown(lead.company, 30))))


def _save_line(lead: LeadLine) -> Line:
    who = shown(lead.holder_name, 30)
    return Line(f"{who or 'The team'} answered {_name(lead)} just in time.", link(lead.link))


def _notes(card: WeeklyScorecard) -> tuple[str, ...]:
    zone = card.footing.timezone
    key = "Below 20 leads: counts, no percentages. In brackets: 95 % interval. A lead belongs to the week in which it was due."
    period = f"Period: {span(card.starts_at, card.ends_at, zone)}, {zone}."
    return tuple(filter(None, (period, not_counted(card.promises), key, heard_note(card.heard), *notes(card.footing))))
