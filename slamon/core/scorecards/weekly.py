"""The weekly scorecard: both promises over one week, for both teams."""

from slamon.core.definitions import DefinitionSet
from slamon.core.scorecards.compliance import causes, compliance, teams
from slamon.core.scorecards.figures import Footing, WeeklyScorecard
from slamon.core.scorecards.heard import MessageLog, heard, recalled_in_vain, titles_of
from slamon.core.scorecards.lead_lines import saves, waiting_longest
from slamon.core.scorecards.standing import earlier, headline_quota, matured_ratios, pace, quotas_at
from slamon.core.verdicts import Judgement
from slamon.core.working_time.periods import Period, period_containing

NAMED = 3


def weekly_scorecard(
    judgement: Judgement, definitions: DefinitionSet, week: Period, footing: Footing, log: MessageLog | None = None
) -> WeeklyScorecard:
    """Everything the scorecard of a week shows (``week`` in the report's zone), as of the judgement's instant.

    ``log`` is what was said in it; None where nobody keeps one.
    """
    facts = judgement.facts
    before = earlier(week, footing.timezone, 4)
    sales = [judged for judged in judgement.per_lead if judged.versions[-1].promised_by == "sales"]
    now = min(judgement.as_of, week.ends_at - 1)
    headline = headline_quota(definitions)
    way = None
    if headline is not None:
        zone = definitions.calendar_of(headline).timezone
        way = pace(headline, definitions, facts, period_containing(now, headline.per, zone, headline.fiscal_year_starts), now)
    return WeeklyScorecard(
        period=week.label,
        starts_at=week.starts_at,
        ends_at=week.ends_at,
        promises=tuple(compliance(judged, definitions, facts, week, before) for judged in judgement.per_lead),
        quotas=quotas_at(judgement, definitions, now, week.ends_at),
        ratios=matured_ratios(judgement, definitions, week.ends_at),
        causes=causes(sales, week.starts_at, week.ends_at),
        teams=teams(sales, facts, week.starts_at, week.ends_at),
        look_at=waiting_longest(sales, facts, week.starts_at, week.ends_at, NAMED),
        saves=saves(sales, facts, week.starts_at, week.ends_at, NAMED),
        pace=way,
        footing=footing,
        recalled=recalled_in_vain(sales, facts, log.recalled) if log else (),
        heard=heard(log, titles_of(definitions), week, footing.timezone) if log else None,
    )
