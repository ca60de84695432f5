"""The fine print of every report: how old the data are, which definitions hold, what a stage means, what was restated."""

from collections.abc import Sequence

from slamon.core.scorecards import Attainment, Compliance, Footing, Heard
from slamon.messages.escaping import shown
from slamon.messages.page import Mark, Row, Table
from slamon.messages.wording import FEW, NOTHING, ago, date, goal, length, moment, month_name, number, of_those_due, percent, plural, signed

MOST_ROWS = 6
MOST_NOTES = 6
TITLE_LIMIT = 80


def notes(footing: Footing) -> tuple[str, ...]:
    """Lines of fine print; long lists end with how many more there are."""
    return tuple(
        filter(
            None,
            (
                *footing.remarks,
                _as_of(footing),
                _joined("Definitions", [f"{sla} {version}" for sla, version, _ in footing.definitions], " · ", 12),
                *(f"{shown(stage, 30)}: {shown(means, 300)}" for stage, means in footing.stages[:MOST_NOTES]),
                _joined("Restated", [shown(each, 200) for each in footing.restatements], " ", MOST_NOTES),
                _joined("Data", [shown(each, 120) for each in footing.findings], " · ", MOST_NOTES),
            ),
        )
    )


def heard_note(heard: Heard | None) -> str:
    """What people heard of us, and what came of it; empty when nothing was said."""
    if heard is None or not (heard.messages or heard.told):
        return ""
    each = f", {number(heard.messages / (heard.people * heard.days))} a person and day, {heard.most} at most" if heard.people else ""
    acted = f"{of_those_due(heard.acted, heard.told)} notices were answered within a day" if heard.told else ""
    cleared = f"{heard.cleared:,} settled before they were said" if heard.cleared else ""
    silenced = f"{heard.silenced:,} silenced, counted all the same" if heard.silenced else ""
    told = f"{plural(heard.messages, 'alert')} to {heard.people:,} {'person' if heard.people == 1 else 'people'}{each}"
    return f"Heard: {'; '.join(filter(None, (told, acted, cleared, silenced)))}."


def short_notes(footing: Footing, defines: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The fine print of the daily note: age of the data, definitions, and what the first stage of its headline means."""
    definitions = _joined("Definitions", [f"{sla} {version}" for sla, version, _ in footing.definitions], " · ", 6)
    means = [f"{shown(stage, 30)}: {shown(sentence, 120)}" for stage, sentence in defines[:1]]
    return tuple(filter(None, (*footing.remarks, _as_of(footing), definitions, *means)))


def remarks(due_at: int, zone: str, *, late: bool, partial: bool) -> tuple[str, ...]:
    """What a report that comes late, or without all its data, says of itself."""
    said = {
        f"Sent late: it was due {moment(due_at, zone)}.": late,
        "Partial: not every source was read to the end of the period, so figures may still change.": partial,
    }
    return tuple(words for words, true in said.items() if true)


def _as_of(footing: Footing) -> str:
    whose = f"{shown(footing.company, 60)} · " if footing.company else ""
    if footing.newest_fact_at is None:
        return f"{whose}Data as of {moment(footing.as_of, footing.timezone)}; no facts yet"
    newest = f"newest fact {ago(footing.newest_fact_at, footing.as_of)} ({moment(footing.newest_fact_at, footing.timezone)})"
    return f"{whose}Data as of {moment(footing.as_of, footing.timezone)}; {newest}"


def _joined(label: str, words: Sequence[str], separator: str, most: int) -> str:
    if not words:
        return ""
    more = f"{separator}and {len(words) - most} more" if len(words) > most else ""
    return f"{label}: {separator.join(words[:most])}{more}"


def span(starts_at: int, ends_at: int, zone: str) -> str:
    """``9 Nov 2026 to 15 Nov 2026``: the local dates of a half-open period."""
    return f"{date(starts_at, zone)} to {date(ends_at - 1, zone)}"


def not_counted(promises: Sequence[Compliance]) -> str:
    """One line on what is beside the figures: pending, cancelled, excused and unknown cycles, with the reasons."""
    parts = []
    for promise in promises[:MOST_ROWS]:
        counts = [
            (promise.pending, "pending"),
            (promise.cancelled, "cancelled"),
            (promise.excused, "excused"),
            (promise.unknown, "not to be judged"),
        ]
        told = ", ".join(f"{count:,} {word}" for count, word in counts if count)
        reasons = ", ".join(f"{shown(reason, 40)} {count:,}" for reason, count in promise.reasons[:3])
        if told:
            parts.append(f"{promise.sla}: {told}" + (f" ({reasons})" if reasons else ""))
    return f"Not counted: {'; '.join(parts)}" if parts else ""


def compliance_table(promises: Sequence[Compliance], period: str = "") -> Table:
    """One row a promise, missed ones first: result with n and interval, target and half-time; with a ``period`` also what was before."""
    rows = _troubled_first([_compliance_row(promise, period) for promise in promises])
    return Table(("promise", "kept", "target", "half within"), rows[:MOST_ROWS], max(len(promises) - MOST_ROWS, 0))


def _troubled_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Missed ones, then those at risk, then the rest as they come: what a table leaves out is never its trouble."""
    return tuple(sorted(rows, key=lambda row: {"missed": 0, "risk": 1}.get(row.mark, 2)))


def _compliance_row(promise: Compliance, period: str) -> Row:
    kept = of_those_due(promise.met, promise.n, (promise.low, promise.high), promise.objective)
    cells = (shown(promise.title, TITLE_LIMIT), kept, goal(promise.objective), _half(promise))
    return Row(*_kept(promise), cells, _compliance_remark(promise, period) if period else "")


def _half(promise: Compliance) -> str:
    if promise.n == 0 or (promise.p50_s is None and promise.p95_s is None):
        return NOTHING
    return "not reached" if promise.p50_s is None else length(promise.p50_s)


def _kept(promise: Compliance) -> tuple[Mark, str]:
    if promise.kept is None:
        return "none", "no target" if promise.n else "none due"
    return ("kept", "kept") if promise.kept else ("missed", "missed")


def _compliance_remark(promise: Compliance, period: str) -> str:
    spoken = promise.p50_s is not None or promise.p95_s is not None
    late = f"95 % within {length(promise.p95_s)}" if promise.p95_s is not None else "95 % not reached" if spoken else ""
    aim, previous = promise.objective, promise.previous_share
    before = f"last {period} {share_of(previous, promise.previous_n, aim)}" if previous is not None else ""
    trailing = f"four {period}s {percent(promise.trailing_share, aim)}" if promise.trailing_share is not None else ""
    strict = f"24×7 {share_of(promise.strict_share, promise.n)}" if promise.strict_share is not None else ""
    return " · ".join(filter(None, (late, before, trailing, strict, _budget(promise))))


def share_of(share: float | None, n: int, beside: float | None = None) -> str:
    """A share whose n stands elsewhere: ``91 %``, or ``17 of 19`` when few."""
    return "n/a" if share is None else percent(share, beside) if n >= FEW else f"{round(share * n)} of {n}"


def _budget(promise: Compliance) -> str:
    if not promise.budget or promise.budget_left is None:
        return ""
    whose = f"{shown(month_name(promise.budget_period), 20)}'s budget" if promise.budget_period else "budget"
    burning = {"fast": ", fast burn", "slow": ", slow burn"}.get(promise.burning, "")
    small = " of less than one lead" if promise.budget < 1 else ""
    if promise.budget_left < 0:
        return f"{whose}{small} passed by {plural(-promise.budget_left, 'lead')}{burning}"
    if small:
        return f"{whose}{small}{burning}"
    return f"{whose} left {number(promise.budget_left)} of {plural(promise.budget, 'lead')}{burning}"


def attainment_table(quotas: Sequence[Attainment], ratios: Sequence[Attainment]) -> Table:
    """Quotas and ratios while their period runs, troubled ones first, then totals: so far, target, landing (P10 to P90)."""
    rows = _attainment_rows(quotas, ratios)
    return Table(("promise", "so far", "target", "landing"), rows[:MOST_ROWS], max(len(rows) - MOST_ROWS, 0))


def final_table(quotas: Sequence[Attainment], ratios: Sequence[Attainment]) -> Table:
    """Quotas and ratios of a period that is over, missed ones first, then totals: result and target."""
    rows = tuple(Row(row.mark, row.word, row.cells[:3], row.remark) for row in _attainment_rows(quotas, ratios))
    return Table(("promise", "result", "target"), rows[:MOST_ROWS], max(len(rows) - MOST_ROWS, 0))


def _attainment_rows(quotas: Sequence[Attainment], ratios: Sequence[Attainment]) -> tuple[Row, ...]:
    return _troubled_first([_attainment_row(each) for each in sorted([*quotas, *ratios], key=lambda each: bool(each.group))])


def _attainment_row(each: Attainment) -> Row:
    title = shown(each.title, TITLE_LIMIT) + (f": {shown(each.group, 30)}" if each.group else "")
    if each.kind == "ratio":
        bound = f"{'at most' if each.at_most else 'at least'} {goal(each.target)}" if each.target is not None else NOTHING
        return Row(*judged(each), (title, _ratio_result(each), bound, NOTHING), _ratio_remark(each))
    target = NOTHING if each.target is None else number(each.target)
    return Row(*judged(each), (title, number(each.net), target, landing(each) or NOTHING), _quota_remark(each))


def _ratio_result(each: Attainment) -> str:
    """``62 % of 140``; of money the share of the sum, whose n is no number of leads."""
    if not each.value:
        return of_those_due(round(each.counted), round(each.cohort or 0), beside=each.target)
    return NOTHING if each.share is None else f"{percent(each.share, each.target)} of {number(each.cohort)}"


def _ratio_remark(each: Attainment) -> str:
    before = f"period before {percent(each.previous, each.target)}" if each.previous is not None else ""
    young = f"{each.immature:,} not old enough yet" if each.immature else ""
    return " · ".join(filter(None, (ratio_sentence(each), *not_known(each), young, before)))


def ratio_figure(each: Attainment) -> str:
    """``43 %``, or ``17 of 19`` leads when they are few."""
    return percent(each.share, each.target) if each.value else share_of(each.share, round(each.cohort or 0), each.target)


def ratio_sentence(each: Attainment) -> str:
    """``January's leads``; of what is known at the entry ``sourced 43 % of January's pipeline (source: webinar)``."""
    if not each.where:
        return cohort_of(each)
    share = "n/a" if each.share is None else ratio_figure(each)
    figure = f"{'sourced ' if each.sourced else ''}{share} of {cohort_of(each)}"
    return f"{figure} ({shown(each.where, 60)})"


def not_known(each: Attainment) -> tuple[str, ...]:
    """What is not known of a ratio's members, and of how many: ``12 left out: source is not known``."""
    return tuple(f"{count:,} left out: {shown(reason, 60)}" for reason, count in each.reasons[:2])


def cohort_of(ratio: Attainment) -> str:
    """``January's leads``, or ``pipeline``: whose share it is, for a cohort may be judged long after its period."""
    name, what = month_name(ratio.period), "pipeline" if ratio.value else "leads"
    return f"{name}'s {what}" if name != ratio.period else f"{what} of {ratio.period}"


def landing(quota: Attainment) -> str:
    """``84-101``: where a quota is expected to land, P10 to P90; empty without a forecast."""
    return "" if quota.p10 is None or quota.p90 is None else f"{number(quota.p10)}–{number(quota.p90)}"


def held(quota: Attainment) -> str:
    """``inside P10–P90 in 9 of the last 11 periods``: how often landings like this one held; empty where nobody knows yet."""
    return f"inside P10–P90 in {quota.record.inside} of the last {plural(quota.record.of, 'period')}" if quota.record else ""


def _quota_remark(each: Attainment) -> str:
    running = each.state == "pending" and each.expected_to_date is not None
    expected = f"expected to date {number(each.expected_to_date)}" if running else ""
    likely = f"{percent(each.probability)} likely to reach it" if each.probability is not None else ""
    taken_back = f"{number(each.reversed)} reversed" if each.reversed else ""
    before = f"period before {number(each.previous)}" if each.previous is not None else ""
    return " · ".join(filter(None, (expected, likely, held(each) if running else "", taken_back, before)))


_STATES: dict[str, tuple[Mark, str]] = {
    "met": ("kept", "reached"),
    "breached": ("missed", "missed"),
    "pending": ("none", "open"),
    "too few": ("none", "too few"),
    "unknown": ("none", "not to be judged"),
}


def judged(each: Attainment) -> tuple[Mark, str]:
    """The mark and the word of an attainment; those without a state of their own are only shown."""
    if each.at_risk:
        return "risk", "at risk"
    if each.state == "pending" and each.kind == "quota":
        return "kept", "on pace"
    if each.state == "met" and each.where:
        return "kept", "kept"  # nobody had to reach anything
    return _STATES.get(each.state, ("none", each.state))


def change(now: float | None, before: float | None, than: str) -> str:
    """``+2 points on March``; empty without both."""
    if now is None or before is None:
        return ""
    points = signed(now - before)
    return f"{points} point{'' if points in ('+1', '−1') else 's'} on {than}"
