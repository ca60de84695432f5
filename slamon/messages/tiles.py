"""The four figures of the month, large: sales' promise, the same as buyers felt it, marketing's quota, and a share of leads."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, MonthlyCompliance, MonthPoint
from slamon.messages.escaping import shown
from slamon.messages.footing import change, judged, share_of
from slamon.messages.page import Mark, Tile
from slamon.messages.wording import FEW, goal, month_before, number, percent

BARS = "▁▂▃▄▅▆▇█"

Shares = list[float | None]


def tiles(mail: MonthlyCompliance) -> tuple[Tile, ...]:
    """Tiles of the last month given; one without a figure is left out."""
    if not mail.months:
        return ()
    this, months = mail.months[-1], mail.months
    sales, strict = [point.sales_share for point in months], [point.strict_share for point in months]
    target = f"target {goal(mail.sales_objective)}" if mail.sales_objective is not None else ""
    quota = f"quota {number(this.marketing_target)}"
    found = [
        _tile("Sales: leads kept in time", sales_figure(this, mail.sales_objective), sales, mail.sales_objective, target),
        _tile("The same, 24×7, as buyers felt it", share_of(this.strict_share, this.sales_n), strict, None, ""),
        _tile("Marketing: of its quota", percent(this.marketing_share, 1.0), [point.marketing_share for point in months], 1.0, quota),
    ]
    before = month_before(this.period)
    moved = [change(each[-1], each[-2] if len(each) > 1 else None, before) for _, each in found]
    made = [_moved(tile, words) for (tile, shares), words in zip(found, moved, strict=True) if shares[-1] is not None]
    return (*made, *_ratio_tile(mail.ratios))


def sales_figure(this: MonthPoint, objective: float | None) -> str:
    """``91 %``, or ``17 of 19`` when few were due."""
    return percent(this.sales_share, objective) if this.sales_n >= FEW else share_of(this.sales_share, this.sales_n)


def _tile(label: str, figure: str, shares: Shares, objective: float | None, aim: str) -> tuple[Tile, Shares]:
    mark, word = _verdict(shares[-1], objective)
    return Tile(label, figure, mark, word, aim if objective is not None else "", "", bars(shares)), shares


def _verdict(share: float | None, objective: float | None) -> tuple[Mark, str]:
    if share is None or objective is None:
        return "none", ""
    return ("kept", "kept") if share >= objective else ("missed", "missed")


def _moved(tile: Tile, words: str) -> Tile:
    return Tile(tile.label, tile.figure, tile.mark, tile.verdict, tile.target, words, tile.bars)


def _ratio_tile(ratios: Sequence[Attainment]) -> list[Tile]:
    """Marketing's first share of leads or pipeline, else sales' first."""
    totals = sorted((ratio for ratio in ratios if not ratio.group), key=lambda ratio: ratio.promised_by != "marketing")
    if not totals:
        return []
    ratio = totals[0]
    few = (ratio.cohort or 0) < FEW
    figure = f"{number(ratio.counted)} of {number(ratio.cohort or 0)}" if few else percent(ratio.share, ratio.target)
    aim = f"target {'at most ' if ratio.at_most else ''}{goal(ratio.target)}" if ratio.target is not None else ""
    return [Tile(shown(ratio.title, 40), figure, *judged(ratio), aim, change(ratio.share, ratio.previous, "the month before"))]


def bars(shares: Sequence[float | None]) -> str:
    """A year as a row of bars, lowest to highest; a dot where there is nothing. Empty for fewer than three months."""
    known = [share for share in shares if share is not None]
    if len(known) < 3:  # noqa: PLR2004 - two bars say less than the change beside them
        return ""
    low, high = min(known), max(known)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if share is None else BARS[round((share - low) * scale)] for share in shares)
