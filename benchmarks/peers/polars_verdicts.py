"""From the cycles of a promise to their verdicts in Polars: which starts open one, its state, whose it is, and why it was missed."""

from dataclasses import dataclass

import polars as pl
from peers.polars_facts import DAY, Known, moment
from peers.polars_offices import Office

STATE = pl.Enum(["pending", "met", "breached", "cancelled"])
CAUSE = pl.Enum(["data late", "routing", "coverage", "owner"])
SLA = pl.Enum(["disposition", "first-contact", "meeting-or-decision", "persistence"])
VERSION = pl.Enum(["2025-01-01"])
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Promise:
    """What the verdicts of a promise are made from; ``late`` are the codes of answers that were logged too late.

    ``slow`` says whether a lead may come to its first holder with less than half of the target left.
    """

    sla: str
    known: Known
    office: Office
    late: tuple[int, ...]
    slow: bool = True


def opening(starts: pl.DataFrame) -> pl.Series:
    """Which starts (sorted) open a cycle: the first of each lead, then the first one that the cycle before it lets through.

    A start opens the next cycle when the one before is closed or past due, and a day has passed or it was cancelled since.
    Most leads start once: only the others are looked at.
    """
    several = starts.select("lead", "id", "at", "due", "closes", "cancel", "several").with_row_index("n").filter("several")
    first = several["lead"] != several["lead"].shift(1, fill_value=-1)
    latest, rest = several.filter(first), several.filter(~first).select("lead", "id", "at", "n")
    opens = (~starts["several"]).scatter(latest["n"], True) if len(latest) else ~starts["several"]
    while len(latest):
        pairs = latest.join(rest, on="lead", suffix="_next", maintain_order="left_right").filter(pl.col("id_next") > pl.col("id"))
        free = (pl.col("at_next") > pl.col("due")).fill_null(value=False) | (pl.col("id_next") > pl.col("closes")).fill_null(value=False)
        settled = (pl.col("at_next") >= pl.col("at") + DAY) | (pl.col("id_next") > pl.col("cancel")).fill_null(value=False)
        chosen = pairs.filter(free & settled).unique("lead", keep="first", maintain_order=True).select(n="n_next")
        opens = opens.scatter(chosen["n"], True) if len(chosen) else opens
        latest = several.join(chosen, on="n", how="semi", maintain_order="left")
    return opens


def verdicts(promise: Promise, kept: pl.DataFrame) -> pl.DataFrame:
    """The columns of slamon's verdicts, the lead still a code.

    Of each cycle (sorted): id, lead, at, assigned_at, due, target (null: no strict clock), closes, cancels, answered_at, attempts.
    """
    as_of, office, answered = promise.known.as_of, promise.office, pl.col("answered_at")
    met = pl.col("closes").is_not_null() & ~pl.col("cancels")
    state = pl.when(met).then(pl.lit("met", STATE)).when("cancels").then(pl.lit("cancelled", STATE))
    judged = state.when(pl.col("due") < as_of).then(pl.lit("breached", STATE)).otherwise(pl.lit("pending", STATE))
    runs = {"started": "at", "held": "assigned_at", "replied": "answered_at"}
    kept = kept.with_columns(state=judged, **{run: office.worked(pl.col(at)) for run, at in runs.items()})
    in_time = answered.is_null() | (pl.col("assigned_at") <= pl.max_horizontal(answered, "at"))
    system = pl.when(pl.col("assigned_at").is_not_null() & in_time).then(pl.col("held") - pl.col("started"))
    human = pl.when(pl.col("assigned_at").is_not_null() & in_time).then(_not_negative(pl.col("replied") - pl.col("held")))
    number = pl.int_range(pl.len())
    first = pl.when((pl.col("lead") != pl.col("lead").shift(1)).fill_null(value=True)).then(number).forward_fill()
    whole = pl.concat([kept, _blamed(promise, kept)], how="horizontal")
    return whole.select(
        pl.lit(promise.sla, SLA).alias("sla"),
        pl.lit("2025-01-01", VERSION).alias("version"),
        lead="lead",
        cycle=number - first + 1,
        state="state",
        started_at="at",
        due_at="due",
        answered_at=answered,
        attempts="attempts",
        charged_to="charged_to",
        team="team",
        cause="cause",
        system_delay_s=system.otherwise(_not_negative(pl.col("replied") - pl.col("started"))) // SECOND,
        human_delay_s=human // SECOND,
        strict_state=_strict(as_of),
        period=office.period(pl.col("due")),
    )


def _not_negative(length: pl.Expr) -> pl.Expr:
    return length.clip(lower_bound=0)


def _strict(as_of: int) -> pl.Expr:
    """The same target around the clock, never later than due; never better than the verdict itself."""
    due, state = pl.min_horizontal("due", pl.col("at") + pl.col("target")), pl.col("state")
    worse = ((state == pl.lit("met", STATE)) & ~(pl.col("answered_at") <= due)) | ((state == pl.lit("pending", STATE)) & (due < as_of))
    return pl.when(pl.col("target").is_not_null()).then(pl.when(worse).then(pl.lit("breached", STATE)).otherwise(state))


def _blamed(promise: Promise, kept: pl.DataFrame) -> pl.DataFrame:
    """Who is charged with each cycle and why it was missed (charged_to, team, cause); nulls where it was not."""
    known, breached = promise.known, kept["state"] == "breached"
    missed = kept.filter(breached).select("id", "lead", "at", "due", "assigned_at", "started", "held")
    holders = known.holders.select(moment("at").alias("moment"), holder_of="lead", holder="holder")
    missed = missed.with_columns(moment=moment("due")).join_asof(holders, on="moment")
    missed = known.with_next(missed, promise.late, "late")
    holder = pl.when(pl.col("holder_of") == pl.col("lead")).then("holder")
    missed = missed.with_columns(holder=holder, due_run=promise.office.worked(pl.col("due")))
    routed = pl.col("assigned_at").is_null() | (pl.col("assigned_at") > pl.col("due")) | pl.col("holder").is_null()
    if promise.slow:
        routed |= pl.col("due_run") - pl.col("held") < pl.col("held") - pl.col("started")
    cause = pl.when((pl.col("late_at") <= pl.col("due")).fill_null(value=False)).then(pl.lit("data late", CAUSE))
    missed_by = cause.when(routed).then(pl.lit("routing", CAUSE)).when(_away(known)).then(pl.lit("coverage", CAUSE))
    found = missed.select("holder", cause=missed_by.otherwise(pl.lit("owner", CAUSE)))
    place = pl.select(pl.when(breached).then(breached.cum_sum() - 1)).to_series()
    ids, teams = (known.people[column].cast(pl.Categorical) for column in ("id", "team"))
    whole = found[place]
    return pl.DataFrame({"charged_to": ids.gather(whole["holder"]), "team": teams.gather(whole["holder"]), "cause": whole["cause"]})


def _away(known: Known) -> pl.Expr:
    """Whether the holder is inactive, or away at due: absences as columns of the people, for nobody has many."""
    holder, due = pl.col("holder"), pl.col("due")
    away = pl.lit(~known.people["active"]).gather(holder)
    for since, until in known.absences:
        away |= ((pl.lit(since).gather(holder) <= due) & (due < pl.lit(until).gather(holder))).fill_null(value=False)
    return away
