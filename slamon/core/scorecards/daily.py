"""The daily progress note: both promises on one local date."""

import numpy as np

from slamon.core.definitions import Cadence, Deadline, DefinitionSet, Quota
from slamon.core.facts import Facts
from slamon.core.scorecards.compliance import due_within, tally
from slamon.core.scorecards.figures import DailyNote, Footing, LeadLine, Pace
from slamon.core.scorecards.lead_lines import at_risk, lead_line, open_rows, saves
from slamon.core.scorecards.standing import counted_between, headline_quota, pace, quotas_at
from slamon.core.verdicts import PENDING, Judged, Judgement
from slamon.core.verdicts.delays import clock_runs
from slamon.core.working_time.instants import DAY, HOUR, SECOND
from slamon.core.working_time.openings import Openings
from slamon.core.working_time.periods import Period, period_containing

SOON = 4 * HOUR
NAMED = 5


def daily_note(judgement: Judgement, definitions: DefinitionSet, day: Period, footing: Footing) -> DailyNote:
    """What happened to both promises on a day (``day`` in the report's zone), as of the judgement's instant."""
    facts = judgement.facts
    sales = [judged for judged in judgement.per_lead if judged.versions[-1].promised_by == "sales"]
    counts = [tally(judged, due_within(judged, day.starts_at, day.ends_at)) for judged in sales]
    still_open = sum(int((due_within(each, day.starts_at, day.ends_at) & (each.state == PENDING)).sum()) for each in sales)
    met, missed = sum(each.met for each in counts), sum(each.breached for each in counts)
    calendar = definitions.workspace_calendar()
    openings = calendar.openings_around(np.array([day.starts_at, day.ends_at, facts.as_of], np.int64))
    soon = int(calendar.advance_micros(np.array([facts.as_of], np.int64), np.array([SOON], np.int64))[0])
    risky = at_risk(sales, facts, soon)
    number, total = _working_days(openings, day)
    return DailyNote(
        date=day.label,
        working_day=number,
        working_days=total,
        due=met + missed + still_open,
        met=met,
        past_target=missed,
        open=still_open,
        oldest_open_s=_oldest(sales, judgement, day),
        quotas=quotas_at(judgement, definitions, min(facts.as_of, day.ends_at - 1), day.ends_at),
        yesterday=_counted(definitions, facts, *_previous_working_day(openings, day)),
        at_risk=_named(risky, judgement),
        at_risk_total=len(risky),
        saved=next(iter(saves(sales, facts, day.starts_at, day.ends_at, 1)), None),
        pace=_pace(judgement, definitions, day),
        footing=footing,
        defines=_defined(definitions),
    )


def _counted(definitions: DefinitionSet, facts: Facts, since: int, until: int) -> tuple[tuple[str, float], ...]:
    quotas = [versions[-1] for versions in definitions.versions().values() if isinstance(versions[-1], Quota)]
    return tuple((quota.sla, counted_between(quota, definitions, facts, since, until)) for quota in quotas)


def _defined(definitions: DefinitionSet) -> tuple[tuple[str, str], ...]:
    """The stages that the headline counts; without a quota those that start the first of sales' promises."""
    headline = headline_quota(definitions)
    others = [each for each in definitions.definitions if isinstance(each, Deadline | Cadence) and each.promised_by == "sales"]
    patterns = headline.counts if headline else others[0].start if others else ()
    named = {name for pattern in patterns for name in pattern.stage or ()}
    return tuple((stage.stage, stage.means) for stage in definitions.stages if stage.stage in named)


def _named(risky: list[tuple[Judged, int]], judgement: Judgement) -> tuple[LeadLine, ...]:
    return tuple(lead_line(judged, judgement.facts, row) for judged, row in risky[:NAMED])


def _pace(judgement: Judgement, definitions: DefinitionSet, day: Period) -> Pace | None:
    headline = headline_quota(definitions)
    if headline is None:
        return None
    zone = definitions.calendar_of(headline).timezone
    at = min(judgement.as_of, day.ends_at - 1)
    return pace(headline, definitions, judgement.facts, period_containing(at, headline.per, zone, headline.fiscal_year_starts), at)


def _working_days(openings: Openings, day: Period) -> tuple[int, int]:
    """Which working day of its month a date is (a closed one: the last before it), and how many the month has."""
    date = np.datetime64(day.label, "D")
    month = date.astype("datetime64[M]")
    first, after = (int(each.astype("datetime64[D]").astype(np.int64)) for each in (month, month + 1))
    days = openings.days[(openings.days >= first) & (openings.days < after)]
    return int((days <= int(date.astype(np.int64))).sum()), len(days)


def _previous_working_day(openings: Openings, day: Period) -> tuple[int, int]:
    """The instants ``[from, to)`` of the last working date before a day."""
    today = int(np.datetime64(day.label, "D").astype(np.int64))
    earlier = openings.days[openings.days < today]
    date = int(earlier[-1]) if len(earlier) else today - 1
    since, until = openings.offsets.from_wall(np.array([date, date + 1], np.int64) * DAY).tolist()
    return since, until


def _oldest(sales: list[Judged], judgement: Judgement, day: Period) -> int | None:
    """The oldest open cycle's age in whole seconds of its own clock."""
    ages = []
    for judged in sales:
        rows = open_rows(judged, day.starts_at, day.ends_at)
        if judged.versions[-1].kind == "deadline" and len(rows):
            each = judged.obligations.take(rows)
            now = np.full(len(rows), judgement.as_of)
            began, ended = clock_runs(each, judged.promised, judged.calendars, np.minimum(each.start, now), now)
            ages.append(int((ended - began).max()) // SECOND)
    return max(ages, default=None)
