"""The weekly scorecard for both teams: kept or not, why not, what to look at together, and thanks."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, Compliance, LeadLine, WeeklyScorecard
from slamon.messages.charts import compliance_chart
from slamon.messages.escaping import link, shown
from slamon.messages.footing import attainment_table, compliance_table, judged, not_counted, notes, span
from slamon.messages.page import Light, Line, Mark, Page, Part
from slamon.messages.wording import length, number, of_those_due, week

MOST_CAUSES = 3
MOST_LEADS = 6
MOST_TEAMS = 8

CAUSES = {
    "routing": "routing: late or no assignment",
    "coverage": "coverage: holder away or inactive",
    "owner": "owner: assigned in time, answered late",
    "data late": "data late: answered in time, logged late",
}


def weekly_page(card: WeeklyScorecard) -> Page:
    """The scorecard as a page; parts without content are left out."""
    ours = [promise for promise in card.promises if promise.promised_by == "sales"]
    theirs = [promise for promise in card.promises if promise.promised_by == "marketing"]
    judged = any(promise.share is not None for promise in card.promises)
    lights = (_sales_light(ours), _marketing_light(theirs, card.quotas, card.ratios))
    verdict = _verdict(ours, card.quotas, card.pace.sla if card.pace else "")
    name = week(card.period)
    return Page(
        title=f"SLA scorecard · {name}",
        subject=f"SLA {name}: {verdict}",
        verdict=(verdict,),
        parts=tuple(_parts(card, ours, theirs)),
        notes=_notes(card),
        lights=lights,
        picture=compliance_chart(card.promises) if judged else None,
    )


def _verdict(ours: Sequence[Compliance], quotas: Sequence[Attainment], charted: str) -> str:
    """Both promises in a sentence; of several quotas the one whose pace is followed."""
    met, n = sum(promise.met for promise in ours), sum(promise.n for promise in ours)
    sales = f"Sales kept {of_those_due(met, n)} due promises" if n else "Sales had no promise due"
    totals = [quota for quota in quotas if not quota.group and quota.promised_by == "marketing"]
    total = next((quota for quota in totals if quota.sla == charted), totals[0] if totals else None)
    if total is None:
        return f"{sales}."
    expected = f" of {number(total.expected_to_date)} expected by now" if total.expected_to_date is not None else ""
    target = f" (quota {number(total.target)})" if total.target is not None else ""
    return f"{sales}; marketing stands at {number(total.net)}{expected}{target}."


def _sales_light(promises: Sequence[Compliance]) -> Light:
    judged = [promise for promise in promises if promise.kept is not None]
    kept = sum(promise.kept is True for promise in judged)
    mark: Mark = "none" if not judged else "kept" if kept == len(judged) else "missed"
    words = (
        f"kept, {kept} of {len(judged)} on target"
        if mark == "kept"
        else f"missed, {kept} of {len(judged)} on target"
        if judged
        else "nothing to judge"
    )
    return Light(mark, f"Sales' promise: {words}")


def _marketing_light(promises: Sequence[Compliance], quotas: Sequence[Attainment], ratios: Sequence[Attainment]) -> Light:
    found = [judged(each) for each in (*quotas, *ratios) if not each.group and each.promised_by == "marketing"]
    found += [("kept", "kept") if promise.kept else ("missed", "missed") for promise in promises if promise.kept is not None]
    marks = {mark for mark, _ in found} - {"none"}
    if "missed" in marks:
        return Light("missed", "Marketing's promise: missed in part" if len(marks) > 1 else "Marketing's promise: missed")
    if "risk" in marks:
        return Light("risk", "Marketing's promise: at risk")
    if marks:
        return Light("kept", "Marketing's promise: on pace" if ("kept", "on pace") in found else "Marketing's promise: kept")
    return Light("none", "Marketing's promise: nothing to judge")


def _parts(card: WeeklyScorecard, ours: Sequence[Compliance], theirs: Sequence[Compliance]) -> list[Part]:
    parts = [Part("Sales' promise", table=compliance_table(ours, "week"))] if ours else []
    if card.quotas or card.ratios:
        parts.append(Part("Marketing's promise", table=attainment_table(card.quotas, card.ratios)))
    if theirs:
        parts.append(Part("Marketing's promise, lead by lead", table=compliance_table(theirs, "week")))
    if card.causes:
        parts.append(Part("Why targets were missed", tuple(cause_lines(card.causes))))
    if card.teams:
        parts.append(Part("Teams, in alphabetical order", tuple(_team_lines(card.teams))))
    if card.look_at:
        parts.append(Part("Let us look at these together", tuple(_lead_line(lead) for lead in card.look_at[:MOST_LEADS])))
    if card.saves:
        parts.append(Part("Thank you", tuple(_save_line(lead) for lead in card.saves[:3])))
    return parts


def cause_lines(causes: Sequence[tuple[str, int]]) -> list[Line]:
    """The three most frequent causes with their share of all misses, system before people where they are equal."""
    total = sum(count for _, count in causes)
    return [Line(f"{CAUSES.get(cause, shown(cause, 60))}: {of_those_due(count, total)}") for cause, count in causes[:MOST_CAUSES]]


def _team_lines(teams: Sequence[tuple[str, int, int]]) -> list[Line]:
    lines = [Line(f"{shown(team, 40) or 'no team'}: {of_those_due(met, met + missed)} kept") for team, met, missed in teams[:MOST_TEAMS]]
    return lines + ([Line(f"and {len(teams) - MOST_TEAMS} more")] if len(teams) > MOST_TEAMS else [])


def _lead_line(lead: LeadLine) -> Line:
    late = f"{length(lead.late_by_s)} past target" if lead.late_by_s else ""
    words = (_name(lead), shown(lead.title, 50), late, shown(lead.cause, 30))
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
    return tuple(filter(None, (period, not_counted(card.promises), key, *notes(card.footing))))
