"""The monthly compliance report for executives: is the agreement working, and what changed."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, Ignored, MonthlyCompliance, MonthPoint
from slamon.messages.charts import twelve_months_chart
from slamon.messages.escaping import shown
from slamon.messages.footing import change, compliance_table, final_table, heard_note, held, landing, not_counted, notes, share_of, span
from slamon.messages.page import Line, Page, Part, Row, Table
from slamon.messages.standing import Standing, light, sales_sentence, standing
from slamon.messages.tiles import sales_figure, tiles
from slamon.messages.weekly import CAUSES
from slamon.messages.wording import month, month_before, number, of_quota, of_those_due, percent, plural

MOST_QUOTAS = 2
MOST_QUIETER = 3
TREND = 3


def monthly_page(mail: MonthlyCompliance) -> Page:
    """The report as a page; the subject is the answer."""
    this = mail.months[-1] if mail.months else MonthPoint(mail.period, None, 0, None, None, 0, None)
    counted = (*mail.quotas, *mail.ratios)
    sales, marketing = standing("sales", mail.promises, counted), standing("marketing", mail.promises, counted)
    return Page(
        title=f"SLA compliance · {month(mail.period)}",
        subject=f"{month(mail.period)} SLA: {_answer(sales, marketing, this, mail.sales_objective)}",
        verdict=(_verdict(sales, marketing, this), *_trend(mail.months[-TREND:], mail.sales_objective)),
        parts=tuple(_parts(mail, this)),
        notes=_notes(mail),
        lights=(light(sales), light(marketing)),
        tiles=tiles(mail, sales),
        picture=twelve_months_chart(mail.months, mail.sales_objective) if mail.months else None,
        twin=_twin(mail) if mail.months else None,
    )


def _parts(mail: MonthlyCompliance, this: MonthPoint) -> list[Part]:
    parts = [Part("What changed and why", tuple(_changes(mail, this)))]
    if mail.next_month:
        parts.append(Part("The month after", tuple(_next(mail.next_month))))
    if mail.promises:
        parts.append(Part("Promises, lead by lead", table=compliance_table(mail.promises)))
    if mail.quotas or mail.ratios:
        parts.append(Part("Quotas and shares", table=final_table(mail.quotas, mail.ratios)))
    if mail.heard and mail.heard.ignored:
        parts.append(Part("Could these notices be quieter, please?", tuple(_quieter(mail.heard.ignored))))
    return parts


def _quieter(ignored: Sequence[Ignored]) -> list[Line]:
    """Promises whose notices led to nothing four weeks long: a proposal, no verdict."""
    return [
        Line(
            f"{shown(each.title, 60)}: {of_those_due(each.ignored, each.told)} notices of four weeks had no answer within a day. "
            "We propose fewer alerts there; its definition lists them."
        )
        for each in ignored[:MOST_QUIETER]
    ]


def _answer(sales: Standing, marketing: Standing, this: MonthPoint, objective: float | None) -> str:
    figure = f" ({sales_figure(this, objective)})" if sales.decided and this.sales_share is not None else ""
    quota = f" ({of_quota(this.marketing_share)} of quota)" if marketing.decided and this.marketing_share is not None else ""
    told = sales_sentence(sales)
    return f"{f'sales kept {sales.kept_of}{figure}' if sales.decided else told[:1].lower() + told[1:]}, {_marketing(marketing)}{quota}"


def _marketing(stands: Standing) -> str:
    if stands.decided:
        return f"marketing kept {stands.kept_of}"
    return "marketing's promises still run" if stands.on_pace or stands.at_risk else "marketing had no quota"


def _verdict(sales: Standing, marketing: Standing, this: MonthPoint) -> str:
    told = _marketing(marketing)
    quota = f"; {number(this.marketing_net)} of {number(this.marketing_target)}" if this.marketing_target else ""
    return f"{sales_sentence(sales)}. {told[:1].upper()}{told[1:]}{quota}."


def _trend(months: Sequence[MonthPoint], objective: float | None) -> list[str]:
    if len(months) < TREND:
        return []
    sales = " → ".join(share_of(point.sales_share, point.sales_n, objective) for point in months)
    marketing = " → ".join(of_quota(point.marketing_share) for point in months)
    return [f"Three months: sales {sales}; marketing's quota {marketing}."]


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
        cause, count = max(mail.causes, key=lambda each: each[1])
        misses = f"{of_those_due(count, total)} miss{'' if total == 1 else 'es'}"
        lines.append(Line(f"Most frequent cause is {CAUSES.get(cause, shown(cause, 60))} ({misses})."))
    back = sum(quota.reversed or 0 for quota in mail.quotas if not quota.group)
    if back:
        taken = "was taken back and is" if number(back) == "1" else "were taken back and are"
        lines.append(Line(f"{plural(back, 'lead')} counted before {taken} subtracted here."))
    return lines or [Line("Nothing was due this month.")]


def _next(quotas: Sequence[Attainment]) -> list[Line]:
    return [Line(_outlook(quota)) for quota in [each for each in quotas if not each.group][:MOST_QUOTAS]]


def _outlook(quota: Attainment) -> str:
    told = f"{month(quota.period)}: {shown(quota.title, 60)}: "
    if quota.state in ("met", "breached"):
        return f"{told}ended at {number(quota.net)}, quota {number(quota.target)}."
    heading = f", landing {landing(quota)}" if landing(quota) else ""
    likely = f", {percent(quota.probability)} likely to reach it" if quota.probability is not None else ""
    record = f", {held(quota)}" if heading and held(quota) else ""
    return f"{told}quota {number(quota.target)}{heading}{likely}{record}."


def _twin(mail: MonthlyCompliance) -> Table:
    rows = tuple(_month_row(point, mail.sales_objective) for point in mail.months)
    return Table(("month", "sales kept", "deadlines only, 24×7", "of quota", "leads due"), rows)


def _month_row(point: MonthPoint, objective: float | None) -> Row:
    sales = share_of(point.sales_share, point.sales_n, objective)
    strict = share_of(point.strict_share, point.strict_n) if point.strict_n else "n/a"
    return Row("none", "", (month(point.period), sales, strict, of_quota(point.marketing_share), f"{point.sales_n:,}"))


def _notes(mail: MonthlyCompliance) -> tuple[str, ...]:
    kept = "Locked: these figures stay, later truth is listed as a restatement."
    state = kept if mail.locked else "Not locked yet: figures may still change."
    period = f"Period: {span(mail.starts_at, mail.ends_at, mail.footing.timezone)}, {mail.footing.timezone}. {state}"
    key = "Below 20 leads: counts, no percentages. In brackets: 95 % interval. A lead belongs to the month in which it was due."
    return tuple(filter(None, (period, not_counted(mail.promises), key, heard_note(mail.heard), *notes(mail.footing))))
