"""The six promises written out by hand in Polars, for these six terms only: what an analyst who knows Polars well would write.

``judge`` gives every column of slamon's verdicts, and the same monthly counts, from the same files. It leaves out what these terms
and data do not ask for: versions, credit, imports, deletions, excuses, accepted evidence, owners' calendars, attributes that are no
numbers; and what slamon works out beside the columns of its verdicts: cycle ids, warnings, reasons, forecasts.
"""

from pathlib import Path

import polars as pl
from peers.polars_facts import (
    ATTEMPT,
    CONTACT,
    DAY,
    DECISION,
    DISQUALIFIED,
    HOUR,
    MEETING,
    MEETING_OR_DECISION,
    MEETING_OUT,
    REPLY,
    SAL,
    SQL,
    Known,
    either,
    known_facts,
    late,
    starts_of,
)
from peers.polars_months import months
from peers.polars_offices import Office
from peers.polars_pauses import paused_due
from peers.polars_verdicts import Promise, opening, verdicts


def judge(folder: Path, as_of: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cycles, with the columns of ``slamon verdicts``, and months (sla, period, group, counted, reversed, net)."""
    known = known_facts(folder, as_of)
    berlin, newyork, london = (Office.read(folder, name) for name in ("berlin", "newyork", "london"))
    starts = starts_of(known)
    cycles = [
        _disposition(known, starts, newyork),
        _first_contact(known, starts, berlin),
        _meeting_or_decision(known, starts, london),
        _persistence(known, starts, berlin),
    ]
    attained = [months(known, SAL, None, berlin, "monthly-sal"), months(known, SQL, "amount", newyork, "monthly-pipeline")]
    leads = pl.read_parquet(folder / "leads.parquet")["lead"]
    whole = pl.concat(cycles)  # by sla, and in each as histories are: sorted
    return whole.with_columns(lead=leads.gather(whole["lead"])), pl.concat(attained).sort("sla", "period", "group")


def _first_contact(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Within 4 working hours; 2 for enterprise and mid-market, 1 for enterprise from 50,000 on."""
    enterprise = pl.col("segment") == "enterprise"
    hours = pl.when(enterprise & (pl.col("amount") >= 50_000)).then(1).when(enterprise | (pl.col("segment") == "mid-market")).then(2)
    each = starts.filter(pl.col("at") >= office.begin).with_columns(target=hours.otherwise(4).cast(pl.Int64) * HOUR)
    each = each.with_columns(due=office.reached(office.worked(pl.col("at")) + pl.col("target")))
    each = known.with_next(known.with_next(each, CONTACT, "answer"), either([DISQUALIFIED]), "cancel")
    return _deadline(Promise("first-contact", known, office, late(CONTACT)), each)


def _disposition(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Within 3 working days at the same time of day, for American leads."""
    later = office.openings.with_columns(pl.col("begin", "end", "since_midnight").shift(-3).name.suffix("_due"))
    later = later.with_columns(shift=pl.col("begin_due") - pl.col("begin") + pl.col("since_midnight") - pl.col("since_midnight_due"))
    begin, shift, low, high = (office.of_opening(later[column], pl.col("at")) for column in ("begin", "shift", "begin_due", "end_due"))
    each = starts.filter(pl.col("at") >= office.begin, pl.col("country").is_in(["US", "CA", "MX"]))
    each = each.with_columns(due=pl.max_horizontal(pl.min_horizontal(pl.max_horizontal("at", begin) + shift, high), low))
    each = known.with_next(each, DECISION, "answer").with_columns(
        target=pl.lit(3 * DAY), cancel=pl.lit(None, pl.Int64), cancel_at=pl.lit(None, pl.Int64)
    )
    return _deadline(Promise("disposition", known, office, late(DECISION)), each)


def _meeting_or_decision(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Within 24 working hours, not counting the time on hold or with nobody."""
    each = starts.filter(pl.col("at") >= office.begin).with_columns(target=pl.lit(24 * HOUR))
    each = known.with_next(known.with_next(each, MEETING_OR_DECISION, "answer"), either([DISQUALIFIED]), "cancel")
    # Until somebody first has it the clock stands: so it never happens that less than half of the target was left then.
    promise = Promise("meeting-or-decision", known, office, late(MEETING_OR_DECISION), slow=False)
    return _deadline(promise, each.with_columns(due=paused_due(known, each, office)))


def _deadline(promise: Promise, each: pl.DataFrame) -> pl.DataFrame:
    """The cycles of a deadline: which starts open one, what answered it, in what state it is."""
    each = each.drop("segment", "country", "amount").with_columns(_closing())
    kept = each.filter(opening(each))
    following = pl.when(pl.col("lead").shift(-1) == pl.col("lead")).then(pl.col("id").shift(-1))
    cut = following.is_null() | (pl.col("answer") < following)
    kept = kept.with_columns(pl.when(cut).then(name).alias(name) for name in ("answer", "answer_at")).with_columns(_closing())
    answered = pl.when(~pl.col("cancels")).then("answer_at")
    return verdicts(promise, kept.with_columns(answered_at=answered, attempts=pl.lit(None, pl.Int64)))


def _closing() -> list[pl.Expr]:
    """What closes each cycle in time: its answer, or a cancellation before due that came before the answer."""
    no_due = pl.col("due").is_null()
    answered = pl.col("answer").is_not_null() & (no_due | (pl.col("answer_at") <= pl.col("due")))
    cancelled = pl.col("cancel").is_not_null() & (no_due | (pl.col("cancel_at") < pl.col("due")))
    cancels = (cancelled & (~answered | (pl.col("cancel") < pl.col("answer")))).fill_null(value=False)
    return [cancels.alias("cancels"), pl.when(cancels).then("cancel").when(answered).then("answer").alias("closes")]


def _persistence(known: Known, starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Four attempts on different working dates within ten; a reply, a meeting or a decision ends it early."""
    attempts = _attempts(known, office)
    each = starts.filter(pl.col("at") >= office.begin).drop("segment", "country", "amount")
    each = known.with_next(each, either((*DECISION, MEETING_OUT, MEETING, REPLY)), "end", "what")
    first = attempts.head(-1).select(attempt="id", place="place")
    each = each.join_asof(first, left_on="id", right_on="attempt", strategy="forward", allow_exact_matches=False, coalesce=False)
    place, none = each["place"].fill_null(len(attempts) - 1), {"due": None, "closes": None, "answered_at": None}
    each = each.drop("attempt", "place").with_columns(
        open=True, ended=False, attempts=pl.lit(0, pl.Int64), **{name: pl.lit(value, pl.Int64) for name, value in none.items()}
    )
    for turn in range(4):
        made = attempts.select("lead", "id", "at", "next")[place]
        mine = made["lead"] == each["lead"]
        now = made.select(attempt=pl.when(mine).then("id"), attempt_at=pl.when(mine).then("at"))
        limit = office.of_opening(office.openings["end"].shift(-(6 + turn)), pl.col("at"))
        each = _round(each.with_columns(limit=limit, **now.to_dict()))
        place = made["next"]
    complete, contact = pl.col("open"), pl.col("end_what").is_in(either((MEETING_OUT, MEETING, REPLY)))
    each = each.with_columns(
        closes=pl.when(complete).then("attempt").otherwise("closes"),
        answered_at=pl.when(complete).then("attempt_at").otherwise("answered_at"),
        cancels=pl.col("ended") & (pl.col("attempts") == 0) & ~contact,
    )
    each = each.with_columns(cancel=pl.when("cancels").then("closes"), target=pl.lit(None, pl.Int64))
    return verdicts(Promise("persistence", known, office, late([ATTEMPT])), each.filter(opening(each)))


def _attempts(known: Known, office: Office) -> pl.DataFrame:
    """All attempts, each with the place of the lead's first one on a later working date; a last row stands for none."""
    attempts = known.of(ATTEMPT).with_columns(number=office.number(pl.col("at")), lead=(pl.col("id") // 2**32).cast(pl.Int32))
    new_date = (pl.col("number") != pl.col("number").shift(1)) | (pl.col("lead") != pl.col("lead").shift(1))
    following = pl.when(new_date).then("place").backward_fill().shift(-1)
    found = attempts.with_row_index("place").select("id", "at", "lead", "place", next=following.fill_null(len(attempts)))
    return pl.concat([found, pl.DataFrame([[None, None, -1, len(attempts), len(attempts)]], found.schema, orient="row")])


def _round(each: pl.DataFrame) -> pl.DataFrame:
    """One more attempt of each open cycle: counted in time, or the cadence ended before it, or it stays open until it is missed."""
    in_time = (pl.col("end_at") <= pl.col("limit")).fill_null(value=False)
    ends = pl.col("open") & in_time & (pl.col("attempt").is_null() | (pl.col("end") < pl.col("attempt")))
    counts = pl.col("open") & ~ends & (pl.col("attempt_at") <= pl.col("limit")).fill_null(value=False)
    return each.with_columns(
        due=pl.when("open").then("limit").otherwise("due"),
        closes=pl.when(ends).then("end").otherwise("closes"),
        answered_at=pl.when(ends).then("end_at").otherwise("answered_at"),
        ended=pl.col("ended") | ends,
        attempts=pl.col("attempts") + counts,
        open=counts,
    )
