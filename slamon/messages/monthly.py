"""The monthly compliance report for executives: is the agreement working, and what changed."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, MonthlyCompliance, MonthPoint
from slamon.messages.charts import twelve_months_chart
from slamon.messages.escaping import shown
from slamon.messages.footing import change, compliance_table, final_table, landing, not_counted, notes, share_of, span
from slamon.messages.page import Line, Page, Part, Row, Table
from slamon.messages.tiles import sales_figure, tiles
from slamon.messages.weekly import CAUSES
from slamon.messages.wording import FEW, goal, month, month_before, number, of_those_due, percent

MOST_QUOTAS = 2
TREND = 3


def monthly_page(mail: MonthlyCompliance) -> Page:
    """The report as a page; the subject is the answer."""
    this = mail.months[-1] if mail.months else MonthPoint(mail.period, None, 0, None, None, 0, None)
    return Page(
        title=f"SLA compliance · {month(mail.period)}",
        subject=f"{month(mail.period)} SLA: {_answer(mail, this)}",
        verdict=(_verdict(mail, this), *_trend(mail.months[-TREND:])),
        parts=tuple(_parts(mail, this)),
        notes=_notes(mail),
        tiles=tiles(mail),
        picture=twelve_months_chart(mail.months, mail.sales_objective) if mail.months else None,
        twin=_twin(mail.months) if mail.months else None,
    )


def _parts(mail: MonthlyCompliance, this: MonthPoint) -> list[Part]:
    parts = [Part("What changed and why", tuple(_changes(mail, this)))]
    if mail.next_month:
        parts.append(Part("Next month", tuple(_next(mail.next_month))))
    if mail.promises:
        parts.append(Part("Promises, lead by lead", table=compliance_table(mail.promises)))
    if mail.quotas or mail.ratios:
        parts.append(Part("Quotas and shares", table=final_table(mail.quotas, mail.ratios)))
    return parts


def _answer(mail: MonthlyCompliance, this: MonthPoint) -> str:
    sales, marketing = "sales had nothing due", "marketing had no quota"
    if this.sales_share is not None:
        target = f" (target {goal(mail.sales_objective)})" if mail.sales_objective is not None else ""
        sales = f"sales kept {sales_figure(this, mail.sales_objective)}{target}"
    if this.marketing_share is not None:
        marketing = f"marketing {percent(this.marketing_share, 1.0)} of quota"
    return f"{sales}, {marketing}"


def _verdict(mail: MonthlyCompliance, this: MonthPoint) -> str:
    sales, marketing = "Sales had no lead due.", "Marketing had no quota."
    if this.sales_share is not None:
        due = f"of {this.sales_n:,} due leads" if this.sales_n >= FEW else "due leads"
        sales = f"Sales {_held(this.sales_share, mail.sales_objective)}: {sales_figure(this, mail.sales_objective)} {due}."
    if this.marketing_target:
        held = _held(this.marketing_share, 1.0)
        marketing = f"Marketing {held}: {number(this.marketing_net)} of {number(this.marketing_target)}."
    return f"{sales} {marketing}"


def _held(share: float | None, target: float | None) -> str:
    if share is None or target is None:
        return "has no target"
    return "kept its promise" if share >= target else "fell short"


def _trend(months: Sequence[MonthPoint]) -> list[str]:
    if len(months) < TREND:
        return []
    sales = " → ".join(share_of(point.sales_share, point.sales_n) for point in months)
    marketing = " → ".join(percent(point.marketing_share) for point in months)
    return [f"Three months: sales {sales}; marketing {marketing}."]


def _changes(mail: MonthlyCompliance, this: MonthPoint) -> list[Line]:
    """At most three lines: what moved, the most frequent cause, what was taken back; causes, never people."""
    lines = []
    before = mail.months[-2].sales_share if len(mail.months) > 1 else None
    missed, due = sum(promise.breached for promise in mail.promises), sum(promise.n for promise in mail.promises)
    if due:
        moved = change(this.sales_share, before, month_before(mail.period))
        lines.append(Line(f"{missed:,} of {due:,} promises to leads were past target{f'; sales {moved}' if moved else ''}."))
    total = sum(count for _, count in mail.causes)
    if total:
        cause, count = mail.causes[0]
        lines.append(Line(f"Most frequent cause is {CAUSES.get(cause, shown(cause, 60))} ({of_those_due(count, total)} misses)."))
    back = sum(quota.reversed or 0 for quota in mail.quotas if not quota.group)
    if back:
        lines.append(Line(f"{number(back)} leads counted before were taken back and are subtracted here."))
    return lines or [Line("Nothing was due this month.")]


def _next(quotas: Sequence[Attainment]) -> list[Line]:
    return [Line(_outlook(quota)) for quota in [each for each in quotas if not each.group][:MOST_QUOTAS]]


def _outlook(quota: Attainment) -> str:
    heading = f", landing {landing(quota)}" if landing(quota) else ""
    likely = f", {percent(quota.probability)} likely to reach it" if quota.probability is not None else ""
    return f"{shown(quota.title, 50)}: quota {number(quota.target)}{heading}{likely}."


def _twin(months: Sequence[MonthPoint]) -> Table:
    return Table(("month", "sales kept", "24×7", "of quota", "leads due"), tuple(map(_month_row, months)))


def _month_row(point: MonthPoint) -> Row:
    sales, strict = share_of(point.sales_share, point.sales_n), share_of(point.strict_share, point.sales_n)
    return Row("none", "", (month(point.period), sales, strict, percent(point.marketing_share), f"{point.sales_n:,}"))


def _notes(mail: MonthlyCompliance) -> tuple[str, ...]:
    kept = "Locked: these figures stay, later truth is listed as a restatement."
    state = kept if mail.locked else "Not locked yet: figures may still change."
    period = f"Period: {span(mail.starts_at, mail.ends_at, mail.footing.timezone)}, {mail.footing.timezone}. {state}"
    key = "Below 20 leads: counts, no percentages. In brackets: 95 % interval. A lead belongs to the month in which it was due."
    return tuple(filter(None, (period, not_counted(mail.promises), key, *notes(mail.footing))))
