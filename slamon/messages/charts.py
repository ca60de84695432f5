"""Charts for Slack and mail, drawn without a browser or a network: pace, compliance with its interval, twelve months.

Blue, orange and grey tell the series apart for colour-blind readers too, and each series is named where it ends or has its
own shape. The letters are those that the renderer brings along, so a picture is the same on every machine.
"""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from slamon.core.scorecards import Compliance, MonthPoint, Pace
from slamon.messages.escaping import shown
from slamon.messages.page import Picture
from slamon.messages.wording import goal, month, number, of_quota, of_those_due, percent, plural

BLUE, ORANGE, GREY, INK = "#0072B2", "#C75000", "#767E87", "#1F2933"
FONT = "Liberation Sans"
WIDTH = 560  # with its padding 600, the width of the mail
MOST_PROMISES = 8
NO_OBJECTIVE = "no objective"
VERDICTS = ["kept", "missed", NO_OBJECTIVE]

Rows = list[dict[str, Any]]

_QUOTED = str.maketrans("<>", "\u2039\u203a")  # the words become an attribute, which not every mail client reads as HTML 5 says


def pace_chart(pace: Pace) -> Picture:
    """Cumulative actual (blue) against expected (grey, dashed) and the quota (orange), by local date."""
    rows: Rows = [{"day": point.date, "actual": point.actual, "expected": point.expected} for point in pace.points]
    done = [row for row in rows if row["actual"] is not None]
    top = max([pace.target, *(row["expected"] for row in rows), *(row["actual"] for row in done)])
    data = alt.Chart(_data(rows)).encode(x=alt.X("day:T", axis=alt.Axis(title=None, format="%-d %b", tickCount=6, grid=False)))
    height = alt.Scale(domain=[0, top * 1.12])
    expected = data.mark_line(color=GREY, strokeDash=[5, 4], strokeWidth=2).encode(y=alt.Y("expected:Q", scale=height, axis=_left()))
    actual = data.mark_line(color=BLUE, strokeWidth=3.5).encode(y="actual:Q")
    quota = alt.Chart(_data([{"quota": pace.target}])).mark_rule(color=ORANGE, strokeWidth=2).encode(y="quota:Q")
    labels: list[Any] = [_label(rows[:1], "day:T", pace.target, f"Quota {number(pace.target)}", ORANGE, dy=-9)]
    if done:
        behind = done[-1]["actual"] < done[-1]["expected"]  # the words stand on the side away from the dashed line
        place = {"dy": 18 if behind else -14, **({"align": "right"} if len(done) > len(rows) * 0.7 else {"align": "left", "dx": 6})}
        labels.append(_point(done[-1], "actual", f"{number(done[-1]['actual'])} so far", place))
    if rows:
        labels.append(_label(rows[-1:], "day:T", pace.target * 0.08, "Dashed: expected by then", GREY, align="right", dx=-4))
    return _picture("pace", _pace_words(pace, done), alt.layer(expected, quota, actual, *labels).properties(width=WIDTH - 52, height=190))


def _pace_words(pace: Pace, done: Rows) -> str:
    title = shown(pace.title)
    if not done:
        return f"{title}, {pace.period}: nothing counted yet, quota {number(pace.target)}."
    last = done[-1]
    return (
        f"{title}, {pace.period}: {number(last['actual'])} by {last['day']}, expected {number(last['expected'])} "
        f"by then, quota {number(pace.target)}."
    )


def compliance_chart(promises: Sequence[Compliance]) -> Picture:
    """A dot (kept: circle, missed: diamond) with its Wilson interval for each promise, against its objective (upright stroke)."""
    judged = sorted((promise for promise in promises if promise.share is not None), key=lambda each: each.kept is not False)
    rows = [_compliance_row(number, promise) for number, promise in enumerate(judged[:MOST_PROMISES])]
    least = min((min(row["low"], row["objective"] or 1) for row in rows), default=0)
    base = alt.Chart(_data(rows)).encode(y=alt.Y("row:O", axis=None))  # by number: two promises may share a title
    across = alt.X("low:Q", scale=alt.Scale(domain=[max(math.floor(least * 10 - 1) / 10, 0), 1]), axis=_across())
    shape = alt.Shape("kept:N", scale=alt.Scale(domain=VERDICTS, range=["circle", "diamond", "circle"]), legend=None)
    colour = alt.Color("kept:N", scale=alt.Scale(domain=VERDICTS, range=[BLUE, ORANGE, GREY]), legend=None)
    title: dict[str, Any] = {"dy": -22, "font": FONT, "fontSize": 15, "color": INK}
    layers = alt.layer(
        base.mark_rule(strokeWidth=5, opacity=0.35).encode(x=across, x2="high:Q", color=colour),
        base.mark_tick(color=INK, thickness=2.5, size=24).encode(x="objective:Q"),
        base.mark_point(filled=True, size=170, opacity=1).encode(x="share:Q", shape=shape, color=colour),
        base.mark_text(align="left", **title).encode(x=alt.value(0), text="promise:N"),
        base.mark_text(align="right", fontWeight="bold", **title).encode(x=alt.value(WIDTH), text="words:N"),
    )
    words = "; ".join(f"{row['promise']}: {row['words']}, {row['told']}" for row in rows)
    drawn = layers.properties(width=WIDTH, height=alt.Step(56))
    return _picture("compliance", f"Share of due leads kept, with 95 % interval. {words or 'No promise had leads due'}.", drawn)


def _compliance_row(number: int, promise: Compliance) -> dict[str, Any]:
    return {
        "row": number,
        "promise": shown(promise.title, 60),
        "told": NO_OBJECTIVE if promise.kept is None else f"objective {goal(promise.objective)}, {'kept' if promise.kept else 'missed'}",
        "share": promise.share,
        "low": promise.share if promise.low is None else promise.low,
        "high": promise.share if promise.high is None else promise.high,
        "objective": promise.objective,
        "kept": VERDICTS[2 if promise.kept is None else 0 if promise.kept else 1],
        "words": of_those_due(promise.met, promise.n, beside=promise.objective),
    }


def twelve_months_chart(months: Sequence[MonthPoint], objective: float | None) -> Picture:
    """Both promises as shares of their targets' scale, month by month: sales' leads kept and marketing's quota reached."""
    rows: Rows = [
        {"month": f"{point.period}-01", "share": share, "who": who}
        for point in months
        for who, share in (("Sales: leads kept", point.sales_share), ("Marketing: of quota", point.marketing_share))
        if share is not None
    ]
    shares = [row["share"] for row in rows] + [1.0]
    bottom = max(math.floor((min([*shares, objective or 1]) - 0.05) * 10) / 10, 0)
    names = ["Sales: leads kept", "Marketing: of quota"]
    colour = alt.Color("who:N", scale=alt.Scale(domain=names, range=[BLUE, ORANGE]), legend=_legend())
    shape = alt.Shape("who:N", scale=alt.Scale(domain=names, range=["circle", "square"]), legend=_legend())
    scale = alt.Scale(domain=[bottom, max(shares) + 0.05], zero=False, nice=False)
    axis = alt.Axis(title=None, format=".0%", tickCount=5, gridColor="#E4E7EB", domain=False)
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("yearmonth(month):O", axis=alt.Axis(title=None, format="%b", labelAngle=0, grid=False)),
        y=alt.Y("share:Q", scale=scale, axis=axis),
        color=colour,
    )
    targets = [(1.0, "Quota", ORANGE)] + ([(objective, f"Sales {goal(objective)}", BLUE)] if objective is not None else [])
    layers = [_target(share, words, colour_, scale) for share, words, colour_ in targets]
    lines = [base.mark_line(strokeWidth=3), base.mark_point(filled=True, size=80, opacity=1).encode(shape=shape)]
    return _picture("months", _months_words(months, objective), alt.layer(*layers, *lines).properties(width=WIDTH - 132, height=200))


def _months_words(months: Sequence[MonthPoint], objective: float | None) -> str:
    if not months:
        return "No month has ended yet."
    last = months[-1]
    return (
        f"{plural(len(months), 'month')} to {month(last.period)}. Sales kept {percent(last.sales_share, objective)} of leads due; "
        f"marketing reached {of_quota(last.marketing_share)} of its quota in the last one."
    )


def _target(share: float, words: str, colour: str, scale: alt.Scale) -> Any:
    base = alt.Chart(_data([{"share": share}])).encode(y=alt.Y("share:Q", scale=scale))
    rule = base.mark_rule(color=colour, strokeDash=[6, 4], strokeWidth=1.5, opacity=0.8)
    text = base.mark_text(align="left", dx=6, font=FONT, fontSize=14, color=colour).encode(x=alt.value("width"), text=alt.value(words))
    return rule + text


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", labelFontSize=15, symbolSize=120, direction="horizontal", labelLimit=260)


def _across() -> alt.Axis:
    key = "Share kept. Bar: 95 % interval. Stroke: objective. Diamond: missed."
    return alt.Axis(title=key, titleFontSize=13, titleFontWeight="normal", titleColor=GREY, format=".0%", tickCount=5, grid=False)


def _left() -> alt.Axis:
    return alt.Axis(title=None, tickCount=4, gridColor="#E4E7EB", domain=False)


def _point(row: dict[str, Any], column: str, words: str, place: dict[str, Any]) -> Any:
    base = alt.Chart(_data([row])).encode(x="day:T", y=f"{column}:Q")
    text = base.mark_text(font=FONT, fontSize=17, fontWeight="bold", color=BLUE, **place)
    return base.mark_point(filled=True, size=110, opacity=1, color=BLUE) + text.encode(text=alt.value(words))


def _label(rows: Rows, across: str, height: float, words: str, colour: str, **place: Any) -> Any:
    base = alt.Chart(_data([{**row, "height": height} for row in rows]))
    text = base.mark_text(font=FONT, fontSize=15, color=colour, **{"align": "left", "dx": 4, **place})
    return text.encode(x=across, y="height:Q", text=alt.value(words))


def _data(rows: Rows) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _picture(name: str, words: str, chart: Any) -> Picture:
    drawn = chart.configure(background="white", padding=20, font=FONT).configure_axis(
        labelFontSize=14, labelColor=INK, labelFont=FONT, tickColor="#CBD2D9", domainColor="#CBD2D9"
    )
    spec = drawn.configure_view(strokeWidth=0).to_json()
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return Picture(name, shown(words, 1000).translate(_QUOTED), vl_convert.svg_to_png(svg, scale=2), svg)
