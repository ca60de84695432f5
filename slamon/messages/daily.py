"""The daily progress note: where both promises stand today, in at most eight lines."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, DailyNote, LeadLine, Pace
from slamon.messages.charts import pace_chart
from slamon.messages.escaping import link, shown
from slamon.messages.footing import landing, short_notes
from slamon.messages.page import Line, Page, Part, Row, Table
from slamon.messages.wording import length, moment, number, plural

MOST_QUOTAS = 2
MOST_AT_RISK = 5


def daily_page(note: DailyNote) -> Page:
    """The note as a page; a line without anything to say is left out."""
    charted = note.pace.sla if note.pace else ""
    totals = sorted((quota for quota in note.quotas if not quota.group), key=lambda quota: quota.sla != charted)
    verdict = _verdict(note, totals)
    lines = (_today(note), *(_quota_line(quota, note) for quota in totals[:MOST_QUOTAS]), *_risk_line(note), *_thanks(note))
    return Page(
        title=f"SLA today · {note.date}",
        subject=f"SLA {note.date}: {verdict}",
        verdict=(verdict,),
        parts=(Part("", lines),),
        notes=short_notes(note.footing, note.defines),
        picture=pace_chart(note.pace) if note.pace else None,
        twin=pace_table(note.pace) if note.pace else None,
    )


def _verdict(note: DailyNote, totals: list[Attainment]) -> str:
    day = f"Working day {note.working_day} of {note.working_days}"
    if not totals or totals[0].expected_to_date is None:
        return f"{day}: {note.met:,} of {plural(note.due, 'lead')} due today {'is' if note.met == 1 else 'are'} answered."
    quota = totals[0]
    target = f" (quota {number(quota.target)})" if quota.target is not None else ""
    heading = f", landing {landing(quota)}" if landing(quota) else ""
    return f"{day}. {shown(quota.title, 50)}: {number(quota.net)} of {number(quota.expected_to_date)} expected{target}{heading}."


def _today(note: DailyNote) -> Line:
    if not note.due:
        return Line("Sales today: nothing was due.")
    oldest = f"; the oldest waits {length(note.oldest_open_s)}" if note.open and note.oldest_open_s is not None else ""
    return Line(f"Sales today: {note.due:,} due, {note.met:,} kept, {note.past_target:,} past target, {note.open:,} still open{oldest}.")


def _quota_line(quota: Attainment, note: DailyNote) -> Line:
    yesterday = dict(note.yesterday).get(quota.sla)
    words = [f"{number(yesterday)} last working day"] if yesterday is not None else []
    words.append(f"{number(quota.net)} so far")
    if quota.expected_to_date is not None and quota.net is not None:
        gap = quota.net - quota.expected_to_date
        words.append(f"{number(abs(gap))} {'ahead' if gap >= 0 else 'behind'}")
    return Line(f"{shown(quota.title, 50)}: {', '.join(words)}.")


def _risk_line(note: DailyNote) -> tuple[Line, ...]:
    if not note.at_risk:
        return ()
    named = _with_times(note.at_risk[:MOST_AT_RISK], note.footing.timezone)
    rest = max(note.at_risk_total - len(named), 0)
    more = f" and {rest:,} more" if rest else ""
    return (Line(f"Due within four working hours: {', '.join(named)}{more}."),)


def _with_times(leads: Sequence[LeadLine], zone: str) -> list[str]:
    """Each lead with its time; the date stands where it changes."""
    told, before = [], ""
    for lead in leads:
        day, _, time = moment(lead.due_at, zone).rpartition(" ")
        told.append(f"{_name(lead)} {time if day == before else f'{day} {time}'}")
        before = day
    return told


def _name(lead: LeadLine) -> str:
    return shown(lead.company, 24) or shown(lead.lead_name, 24) or shown(lead.lead, 24)


def _thanks(note: DailyNote) -> tuple[Line, ...]:
    if note.saved is None:
        return ()
    who = shown(note.saved.holder_name, 30)
    return (Line(f"Thank you{f', {who}' if who else ''}: {_name(note.saved)} answered just in time.", link(note.saved.link)),)


def pace_table(pace: Pace) -> Table:
    """The pace chart's data, once a week and on the last day known."""
    last = max((place for place, point in enumerate(pace.points) if point.actual is not None), default=-1)
    wanted = [place for place in range(len(pace.points)) if place % 7 == 6 or place in (last, len(pace.points) - 1)]  # noqa: PLR2004 - weekly
    rows = tuple(
        Row("none", "", (point.date, "–" if point.actual is None else number(point.actual), number(point.expected), number(pace.target)))
        for point in (pace.points[place] for place in wanted[:14])
    )
    return Table(("by", "so far", "expected", "quota"), rows)
