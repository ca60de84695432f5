"""The six promises written out by hand in Polars, for these six terms only: what an analyst who knows Polars well would write.

``judge`` gives the same states, due instants, answers and monthly counts as slamon on the same files. What slamon also does
(ids, warnings, holders, causes, delays, the strict clock, versions, late evidence, forecasts) is left out here.
"""

from pathlib import Path

import polars as pl
from peers.polars_facts import DAY, FOREVER, HOUR, Known, Office, in_force, known_facts, starts_of, with_attributes


def judge(folder: Path, as_of: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cycles (sla, lead, started_at, state, due_at, answered_at) and months (sla, period, group, counted, reversed, net)."""
    known = known_facts(folder, as_of)
    berlin, newyork, london = (Office.read(folder, name) for name in ("berlin", "newyork", "london"))
    starts = starts_of(known)
    cycles = [
        _disposition(known, starts, newyork),
        _first_contact(known, starts, berlin),
        _meeting_or_decision(known, starts, london),
        _persistence(known, starts, berlin),
    ]
    months = [_months(known, "sal", None, berlin, "monthly-sal"), _months(known, "sql", "amount", newyork, "monthly-pipeline")]
    leads = pl.read_parquet(folder / "leads.parquet")["lead"]
    whole = pl.concat(cycles)  # by sla, and in each as histories are: sorted
    return whole.with_columns(lead=leads.gather(whole["lead"])), pl.concat(months).sort("sla", "period", "group")


def _first_contact(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Within 4 working hours; 2 for enterprise and mid-market, 1 for enterprise from 50,000 on."""
    starts = in_force(starts, office)
    enterprise = pl.col("segment") == "enterprise"
    hours = (
        pl.when(enterprise & (pl.col("amount") >= 50_000))
        .then(1)
        .when(enterprise | (pl.col("segment") == "mid-market"))
        .then(2)
        .otherwise(4)
    )
    target = starts.select(hours.cast(pl.Int64) * HOUR).to_series()
    due = office.reached(office.worked(starts["at"]) + target)
    return _deadline("first-contact", known, starts, known.rows("contact"), known.rows("disqualified"), due)


def _disposition(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Within 3 working days at the same time of day, for American leads."""
    starts = in_force(starts, office).filter(pl.col("country").is_in(["US", "CA", "MX"]))
    opening = office.next_opening(starts["at"])
    day = office.day(opening["number"] + 3).rename(lambda name: f"{name}_due")
    moved = (
        pl.col("begin_due") + pl.max_horizontal("at", "begin") - pl.col("begin") + pl.col("since_midnight") - pl.col("since_midnight_due")
    )
    due = starts.select("at").hstack(opening).hstack(day).select(pl.max_horizontal(pl.min_horizontal(moved, "end_due"), "begin_due"))
    return _deadline("disposition", known, starts, known.rows("decision"), pl.Series([], dtype=pl.UInt32), due.to_series())


def _meeting_or_decision(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Within 24 working hours, not counting the time on hold or with nobody."""
    starts = in_force(starts, office)
    answers, cancels = known.rows("meeting_or_decision"), known.rows("disqualified")
    until = pl.DataFrame({"a": known.at(known.next_in(answers, starts)), "c": known.at(known.next_in(cancels, starts))})
    starts = starts.with_columns(
        until=until.select(pl.min_horizontal("a", "c").fill_null(FOREVER)).to_series(), run=office.worked(starts["at"]) + 24 * HOUR
    ).with_row_index("cycle")
    return _deadline("meeting-or-decision", known, starts, answers, cancels, _paused_due(starts, _pauses(known), office))


def _pauses(known: Known) -> pl.DataFrame:
    """Intervals (lead, begin, end) on hold or with nobody, disjoint, in the order of histories."""
    same, following = pl.col("lead").shift(-1) == pl.col("lead"), pl.col("at").shift(-1)
    end = pl.when(same).then(following).otherwise(FOREVER)
    owned = known.events.lazy().select("lead", "at", "owned", "held", first=pl.col("lead") != pl.col("lead").shift(1, fill_value=-1))
    owned = owned.filter(pl.col("owned") | pl.col("first")).with_columns(end=end).filter(~pl.col("held"))
    stages = known.events.lazy().filter("stage").select("lead", "at", "on_hold", end=end).filter("on_hold")
    both = pl.concat([each.select("lead", begin="at", end="end") for each in (owned, stages)]).sort("lead", "begin").collect()
    overlapping = both["lead"].is_in(stages.select(pl.col("lead").unique()).collect()["lead"].implode())
    return pl.concat([both.filter(~overlapping), _islands(both.filter(overlapping))]).sort("lead", "begin")


def _islands(intervals: pl.DataFrame) -> pl.DataFrame:
    """Overlapping intervals of one lead joined; sorted by lead and begin, as they come."""
    so_far = pl.col("end").cum_max().shift(1).over("lead")
    begins = intervals.with_columns(island=((pl.col("begin") > so_far) | so_far.is_null()).cum_sum())
    return begins.group_by("island", maintain_order=True).agg(pl.first("lead"), pl.first("begin"), pl.max("end")).drop("island")


def _paused_due(starts: pl.DataFrame, pauses: pl.DataFrame, office: Office) -> pl.Series:
    """Due moved by the working time inside each pause that begins before it; null while a pause has not ended."""
    pairs = (
        starts.lazy()
        .select("cycle", "lead", "at", "until", "run")
        .join(pauses.lazy(), on="lead", how="inner", maintain_order="left_right")
        .with_columns(begin=pl.max_horizontal("begin", "at"), end=pl.min_horizontal("end", "until"))
        .filter(pl.col("begin") < pl.col("end"))
        .collect()
    )
    open_ = pairs["end"] == FOREVER
    closing = pairs.select(pl.when(open_).then("begin").otherwise("end")).to_series()
    stood = office.worked(closing) - office.worked(pairs["begin"])
    total = stood.cum_sum() - stood
    pairs = pairs.with_columns(stood=stood, total=total, open=open_)
    first = pairs.select(pl.when(pl.col("cycle") != pl.col("cycle").shift(1)).then("total").forward_fill().fill_null(0)).to_series()
    counts = pairs["begin"] < office.reached(pairs["run"] + total - first)
    moved = pairs.filter(counts).group_by("cycle").agg(pl.sum("stood"), pl.any("open"))
    each = starts.select("cycle", "run").join(moved, on="cycle", how="left", maintain_order="left")
    due = office.reached(each["run"] + each["stood"].fill_null(0))
    return pl.select(pl.when(~each["open"].fill_null(value=False)).then(due)).to_series()


def _deadline(sla: str, known: Known, starts: pl.DataFrame, answers: pl.Series, cancels: pl.Series, due: pl.Series) -> pl.DataFrame:
    """The cycles of a deadline: which starts open one, what answered it, in what state it is."""
    starts = starts.select("lead", "pos", "at").with_columns(due=due)
    answer, cancel = known.next_in(answers, starts), known.next_in(cancels, starts)
    starts = _closing(starts.with_columns(answer=answer, answer_at=known.at(answer), cancel=cancel, cancel_at=known.at(cancel)))
    kept = starts.filter(_opening(starts))
    following = pl.when(pl.col("lead").shift(-1) == pl.col("lead")).then(pl.col("pos").shift(-1))
    late = following.is_not_null() & (pl.col("answer") > following)
    kept = kept.with_columns(late=late.fill_null(value=False))
    kept = kept.with_columns(pl.when(~pl.col("late")).then(name).alias(name) for name in ("answer", "answer_at"))
    kept = _closing(kept).with_columns(answered_at=pl.when(~pl.col("cancels")).then("answer_at"))
    return _verdicts(sla, kept, pl.col("closes").is_not_null() & ~pl.col("cancels"), known.as_of)


def _closing(starts: pl.DataFrame) -> pl.DataFrame:
    """What closes each cycle in time: its answer, or a cancellation before due that came before the answer."""
    no_due = pl.col("due").is_null()
    answered = pl.col("answer").is_not_null() & (no_due | (pl.col("answer_at") <= pl.col("due")))
    cancelled = pl.col("cancel").is_not_null() & (no_due | (pl.col("cancel_at") < pl.col("due")))
    cancels = (cancelled & (~answered | (pl.col("cancel") < pl.col("answer")))).fill_null(value=False)
    return starts.with_columns(cancels=cancels, closes=pl.when(cancels).then("cancel").when(answered).then("answer"))


def _opening(starts: pl.DataFrame) -> pl.Series:
    """Which starts open a cycle: the first of each lead, then the first one that the cycle before it lets through.

    A start opens the next cycle when the one before is closed or past due, and a day has passed or it was cancelled since.
    """
    starts = starts.with_row_index("n")
    opens = starts["lead"] != starts["lead"].shift(1, fill_value=-1)
    latest = starts.filter(opens & (starts["lead"] == starts["lead"].shift(-1, fill_value=-1)))
    rest = starts.filter(~opens)
    while len(latest):
        pairs = latest.join(rest.select("lead", "pos", "at", "n"), on="lead", suffix="_next", maintain_order="left_right")
        free = (pl.col("at_next") > pl.col("due")).fill_null(value=False) | (pl.col("pos_next") > pl.col("closes")).fill_null(value=False)
        settled = (pl.col("at_next") >= pl.col("at") + DAY) | (pl.col("pos_next") > pl.col("cancel")).fill_null(value=False)
        chosen = pairs.filter(free & settled & (pl.col("pos_next") > pl.col("pos"))).unique("lead", keep="first", maintain_order=True)
        opens = opens.scatter(chosen["n_next"], True) if len(chosen) else opens
        latest = starts[chosen["n_next"]]
    return opens


def _verdicts(sla: str, kept: pl.DataFrame, met: pl.Expr, as_of: int) -> pl.DataFrame:
    state = pl.when(met).then(pl.lit("met")).when(pl.col("cancels")).then(pl.lit("cancelled"))
    state = state.when(pl.col("due") < as_of).then(pl.lit("breached")).otherwise(pl.lit("pending"))
    return kept.select(pl.lit(sla).alias("sla"), "lead", started_at="at", state=state, due_at="due", answered_at="answered_at")


def _persistence(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Four attempts on different working dates within ten; a reply, a meeting or a decision ends it early."""
    starts = in_force(starts, office).select("lead", "pos", "at")
    ending = known.next_in(known.rows("ending"), starts)
    last_day = office.next_opening(starts["at"])["number"] + 9
    attempts = _attempts(known, office)
    made = attempts["pos"].search_sorted(starts["pos"], side="right")
    each = starts.with_columns(
        end=ending,
        end_at=known.at(ending),
        contact=known.events["activity"].gather(ending),
        open=True,
        ended=False,
        counted=0,
        due=pl.lit(None, pl.Int64),
        closes=pl.lit(None, pl.UInt32),
    )
    for turn in range(4):
        attempt = attempts[made]
        mine = attempt["lead"] == each["lead"]
        each = _round(
            each.with_columns(
                attempt.select(attempt_pos=pl.when(mine).then("pos"), attempt_at=pl.when(mine).then("at")),
                limit=office.day(last_day - (3 - turn))["end"],
            )
        )
        made = attempt["next"]
    each = each.with_columns(closes=pl.when("open").then("attempt_pos").otherwise("closes"))
    each = each.with_columns(cancels=pl.col("ended") & (pl.col("counted") == 0) & ~pl.col("contact"))
    each = each.with_columns(cancels=pl.col("cancels").fill_null(value=False), answered_at=known.at(each["closes"]))
    each = each.with_columns(cancel=pl.when("cancels").then("closes"))
    return _verdicts("persistence", each.filter(_opening(each)), pl.col("closes").is_not_null() & ~pl.col("cancels"), known.as_of)


def _attempts(known: Known, office: Office) -> pl.DataFrame:
    """All attempts, each with the place of the lead's first one on a later working date; a last row stands for none."""
    attempts = known.events.lazy().filter("attempt").select("lead", "pos", "at").collect()
    attempts = attempts.with_columns(number=office.number(attempts["at"])).with_row_index("place")
    new_date = (pl.col("number") != pl.col("number").shift(1)) | (pl.col("lead") != pl.col("lead").shift(1))
    following = pl.when(new_date).then("place").backward_fill().shift(-1)
    found = attempts.select("lead", "pos", "at", next=following.fill_null(len(attempts)).cast(pl.UInt32))
    return pl.concat([found, pl.DataFrame([[-1, None, None, len(attempts)]], found.schema, orient="row")])


def _round(each: pl.DataFrame) -> pl.DataFrame:
    """One more attempt of each open cycle: counted in time, or the cadence ended before it, or it stays open until it is missed."""
    in_time = (pl.col("end_at") <= pl.col("limit")).fill_null(value=False)
    ends = pl.col("open") & in_time & (pl.col("attempt_pos").is_null() | (pl.col("end") < pl.col("attempt_pos")))
    counts = pl.col("open") & ~ends & (pl.col("attempt_at") <= pl.col("limit")).fill_null(value=False)
    return each.with_columns(
        due=pl.when("open").then("limit").otherwise("due"),
        closes=pl.when(ends).then("end").otherwise("closes"),
        ended=pl.col("ended") | ends,
        counted=pl.col("counted") + counts,
        open=counts,
    )


def _months(known: Known, stage: str, value: str | None, office: Office, sla: str) -> pl.DataFrame:
    """First entries of a stage by month and segment, less those that left within 30 days, in the month in which they left."""
    entries = known.events.lazy().filter(stage).select("lead", "pos", "at").unique("lead", keep="first", maintain_order=True).collect()
    gone = known.at(known.next_in(known.rows("exit"), entries))
    entries = with_attributes(known, entries).select(
        "at", group=pl.col("segment").fill_null("(none)"), worth=pl.col(value).fill_null(0.0) if value else pl.lit(1.0), gone=gone
    )
    entries = entries.with_columns(gone=pl.when(pl.col("gone") <= pl.col("at") + 30 * DAY).then("gone"))
    counted, left = (_by_month(entries, column, office) for column in ("at", "gone"))
    both = counted.join(left, on=["period", "group"], how="full", coalesce=True, suffix="_left")
    months = office.months.filter(pl.col("begin") <= known.as_of)["period"]
    named = months.to_frame().join(pl.DataFrame({"group": ["", "enterprise", "mid-market", "smb"]}), how="cross")
    rows = both.join(named, on=["period", "group"], how="full", coalesce=True).filter(pl.col("period").is_in(months.implode()))
    rows = rows.with_columns(pl.col("worth", "worth_left").fill_null(0.0))
    return rows.select(
        pl.lit(sla).alias("sla"), "period", "group", counted="worth", reversed="worth_left", net=pl.col("worth") - pl.col("worth_left")
    )


def _by_month(entries: pl.DataFrame, column: str, office: Office) -> pl.DataFrame:
    """Worth by period and group, and by period alone (the empty group)."""
    some = entries.filter(pl.col(column).is_not_null() & (pl.col(column) >= office.months["begin"][0]))
    place = office.months["begin"].search_sorted(some[column], side="right") - 1
    some = some.select("group", "worth", period=office.months["period"].gather(place))
    total = some.group_by("period").agg(pl.sum("worth")).with_columns(group=pl.lit(""))
    return pl.concat([some.group_by("period", "group").agg(pl.sum("worth")), total.select("period", "group", "worth")])
