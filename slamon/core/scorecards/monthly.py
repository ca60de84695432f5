"""The monthly compliance mail: is the agreement kept, over twelve months, in few numbers."""

from collections.abc import Sequence

from slamon.core.definitions import DefinitionSet, Quota
from slamon.core.kinds.attainment import Attained
from slamon.core.scorecards.compliance import Tally, causes, compliance, due_within, has_strict_clock, strict_tally, tally
from slamon.core.scorecards.figures import Attainment, Footing, MonthlyCompliance, MonthPoint
from slamon.core.scorecards.heard import MessageLog, heard, titles_of
from slamon.core.scorecards.standing import earlier, headline_quota, matured_ratios, quotas_at
from slamon.core.verdicts import Judged, Judgement
from slamon.core.working_time.periods import Period, period_before

MONTHS = 12


def monthly_compliance(
    judgement: Judgement, definitions: DefinitionSet, month: Period, footing: Footing, log: MessageLog | None = None, *, locked: bool
) -> MonthlyCompliance:
    """Everything the mail about a month shows (``month`` in the report's zone), as of the judgement's instant.

    ``log`` is what was said in it; None where nobody keeps one.
    """
    facts = judgement.facts
    before = earlier(month, footing.timezone, MONTHS - 1)
    sales = [judged for judged in judgement.per_lead if judged.versions[-1].promised_by == "sales"]
    headline = headline_quota(definitions)
    points = [_point(judgement, sales, headline, each) for each in [month, *before]]
    began = min((int(judged.obligations.start.min()) for judged in judgement.per_lead if len(judged.obligations)), default=month.starts_at)
    known = [point for point, each in zip(points, [month, *before], strict=True) if each is month or each.ends_at > began]
    return MonthlyCompliance(
        period=month.label,
        starts_at=month.starts_at,
        ends_at=month.ends_at,
        sales_objective=_objective(sales, month),
        months=tuple(reversed(known)),
        promises=tuple(compliance(judged, definitions, facts, month, before[:4]) for judged in judgement.per_lead),
        quotas=quotas_at(judgement, definitions, _middle(month), month.ends_at),
        ratios=matured_ratios(judgement, definitions, min(month.ends_at, judgement.as_of + 1)),
        causes=causes(sales, month.starts_at, month.ends_at),
        next_month=_next_month(judgement, definitions, month, footing.timezone),
        locked=locked,
        footing=footing,
        heard=heard(log, titles_of(definitions), month, footing.timezone) if log else None,
    )


def _middle(month: Period) -> int:
    """An instant that lies in the month in every zone."""
    return month.starts_at + (month.ends_at - month.starts_at) // 2


def _next_month(judgement: Judgement, definitions: DefinitionSet, month: Period, zone: str) -> tuple[Attainment, ...]:
    following = period_before(month.label, zone, steps=-1)
    if judgement.as_of < following.starts_at:
        return ()
    return quotas_at(judgement, definitions, _middle(following), following.ends_at)


def _point(judgement: Judgement, sales: Sequence[Judged], headline: Quota | None, month: Period) -> MonthPoint:
    found, strict, deadlines = Tally(0, 0), Tally(0, 0), Tally(0, 0)
    for judged in sales:
        within = due_within(judged, month.starts_at, month.ends_at)
        found += tally(judged, within)
        strict += strict_tally(judged, within)
        deadlines += tally(judged, within & has_strict_clock(judged))
    row = _attained(judgement, headline, month)
    return MonthPoint(
        period=month.label,
        sales_share=found.share,
        sales_n=found.met + found.breached,
        strict_share=strict.share,
        marketing_share=None if row is None or not row.target or row.net is None else row.net / row.target,
        marketing_net=0.0 if row is None or row.net is None else row.net,
        marketing_target=None if row is None else row.target,
        strict_n=strict.met + strict.breached,
        deadline_share=deadlines.share,
    )


def _attained(judgement: Judgement, headline: Quota | None, month: Period) -> Attained | None:
    middle = _middle(month)
    if headline is None:
        return None
    mine = (row for row in judgement.attained if row.sla == headline.sla and not row.group)
    return next((row for row in mine if row.starts_at <= middle < row.ends_at), None)


def _objective(sales: Sequence[Judged], month: Period) -> float | None:
    """The objective that all of sales' promises with cycles due share; nobody agreed to a mixture of several."""
    found = [(judged.versions[-1].objective, tally(judged, due_within(judged, month.starts_at, month.ends_at))) for judged in sales]
    agreed = {objective.compliance if objective else None for objective, counts in found if counts.met + counts.breached}
    return agreed.pop() if len(agreed) == 1 else None
