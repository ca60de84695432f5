"""The four figures of the month, large: sales' promise, the same as buyers felt it, marketing's quota, and a share of leads."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, MonthlyCompliance, MonthPoint
from slamon.messages.escaping import shown
from slamon.messages.footing import change, judged, not_known, ratio_figure, ratio_sentence, share_of
from slamon.messages.page import Mark, Tile
from slamon.messages.standing import Standing
from slamon.messages.wording import goal, month_before, number, of_quota, plural

BARS = "▁▂▃▄▅▆▇█"

Shares = list[float | None]


def tiles(mail: MonthlyCompliance, sales: Standing) -> tuple[Tile, ...]:
    """Tiles of the last month given; one without a figure is left out."""
    if not mail.months:
        return ()
    this, months = mail.months[-1], mail.months
    before = month_before(this.period)
    moved = [_moved([getattr(point, name) for point in months], before) for name in ("sales_share", "strict_share", "marketing_share")]
    found = (
        *((_sales_tile(this, months, mail.sales_objective, sales, moved[0]),) if this.sales_share is not None else ()),
        *((_strict_tile(this, months, moved[1]),) if this.strict_share is not None and this.strict_n else ()),
        *((_quota_tile(this, months, moved[2]),) if this.marketing_share is not None else ()),
    )
    return (*found, *_ratio_tile(mail.ratios))


def sales_figure(this: MonthPoint, objective: float | None) -> str:
    """``91 %``, or ``17 of 19`` when few were due."""
    return share_of(this.sales_share, this.sales_n, objective)


def _moved(shares: Shares, before: str) -> str:
    return change(shares[-1], shares[-2] if len(shares) > 1 else None, before)


def _sales_tile(this: MonthPoint, months: Sequence[MonthPoint], objective: float | None, sales: Standing, moved: str) -> Tile:
    """Kept only when each of sales' promises is: a share of all leads together was promised to nobody."""
    mark, word = _verdict(sales)
    target = f"target {goal(objective)}" if objective is not None else ""
    count = f"{sales.kept_of} kept" if sales.decided > 1 or not target else ""
    aim = " · ".join(filter(None, (target, count))) if sales.decided else "no objective agreed"
    return Tile(
        "Sales: leads kept in time", sales_figure(this, objective), mark, word, aim, moved, bars([point.sales_share for point in months])
    )


def _verdict(stands: Standing) -> tuple[Mark, str]:
    if not stands.decided:
        return "none", ""
    return ("missed", "missed") if stands.missed else ("kept", "kept")


def _strict_tile(this: MonthPoint, months: Sequence[MonthPoint], moved: str) -> Tile:
    beside = "" if this.deadline_share is None else f", {share_of(this.deadline_share, this.strict_n)} by their promise"
    aim = f"{plural(this.strict_n, 'deadline')}{beside}"
    shares = [point.strict_share if point.strict_n else None for point in months]
    return Tile("Deadlines only, 24×7, as buyers felt it", share_of(this.strict_share, this.strict_n), "none", "", aim, moved, bars(shares))


def _quota_tile(this: MonthPoint, months: Sequence[MonthPoint], moved: str) -> Tile:
    share = this.marketing_share or 0.0
    mark, word = _reached(share)
    figure = number(this.marketing_net) if share < 0 else of_quota(share)
    quota = f"quota {number(this.marketing_target)}"
    return Tile("Marketing: of its quota", figure, mark, word, quota, moved, bars([point.marketing_share for point in months]))


def _reached(share: float) -> tuple[Mark, str]:
    return ("kept", "kept") if share >= 1 else ("missed", "missed")


def _ratio_tile(ratios: Sequence[Attainment]) -> list[Tile]:
    """Marketing's first share of leads or pipeline, else sales' first; a cohort has the name of its own month."""
    totals = sorted((ratio for ratio in ratios if not ratio.group), key=lambda ratio: ratio.promised_by != "marketing")
    if not totals:
        return []
    ratio = totals[0]
    figure = ratio_figure(ratio)
    aim = f"target {'at most ' if ratio.at_most else ''}{goal(ratio.target)}" if ratio.target is not None else ""
    whose = f"{ratio_sentence(ratio)}, {number(ratio.cohort or 0)} in all"
    told = " · ".join(filter(None, (whose, *not_known(ratio), change(ratio.share, ratio.previous, "the cohort before"))))
    return [Tile(shown(ratio.title, 60), figure, *judged(ratio), aim, told)]


def bars(shares: Sequence[float | None]) -> str:
    """A year as a row of bars, lowest to highest; a dot where there is nothing. Empty for fewer than three months."""
    known = [share for share in shares if share is not None]
    if len(known) < 3:  # noqa: PLR2004 - two bars say less than the change beside them
        return ""
    low, high = min(known), max(known)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if share is None else BARS[round((share - low) * scale)] for share in shares)
