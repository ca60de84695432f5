"""When a deadline is due whose clock stands while a lead is on hold or with nobody, in Polars.

Nearly every lead is with nobody once, from its start until it is assigned: its clock starts then. Only the leads that were put on
hold, or taken off an owner, have pauses of their own.
"""

import polars as pl
from peers.polars_facts import HOUR, MQL, ON_HOLD, OTHER_STAGE, ROWS, Known, either, moment, moment_of_lead
from peers.polars_offices import Office

FOREVER = 2**63 - 1
TARGET = 24 * HOUR


def paused_due(known: Known, starts: pl.DataFrame, office: Office) -> pl.Series:
    """Due of each start (lead, at, assigned_at, answer_at, cancel_at; sorted); null while the clock stands."""
    over = pl.min_horizontal("answer_at", "cancel_at").fill_null(FOREVER)
    starts = starts.select("lead", "at", "assigned_at", over=over).with_row_index("cycle")
    since = pl.min_horizontal("assigned_at", pl.when(pl.col("over") < FOREVER).then("over"))
    due = starts.select(office.reached(office.worked(since) + TARGET)).to_series()
    pauses = _pauses(known)
    special = starts.join(pauses.select("lead"), on="lead", how="semi", maintain_order="left")
    moved = _moved(special.with_columns(run=office.worked(pl.col("at")) + TARGET), pauses, office)
    return due.scatter(special["cycle"], moved) if len(special) else due


def _pauses(known: Known) -> pl.DataFrame:
    """Intervals (lead, begin, end) on hold or with nobody, disjoint and in order, of leads that were ever on hold or taken off an owner."""
    on_hold = known.of(*either([ON_HOLD])).with_columns(lead=(pl.col("id") // ROWS).cast(pl.Int32))
    on_hold = known.with_next(on_hold, either(range(MQL, OTHER_STAGE + 1)), "end")
    held = on_hold.select("lead", begin="at", end=pl.col("end_at").fill_null(FOREVER))
    owners = known.holders.lazy().select("lead", "at", "held")
    dropped = (
        owners.filter(~pl.col("held") & pl.col("held").shift(1) & (pl.col("lead") == pl.col("lead").shift(1))).select("lead").collect()
    )
    special = pl.concat([held.select("lead"), dropped]).unique().sort("lead")
    mine = owners.join(special.lazy(), on="lead", how="semi", maintain_order="left").collect()
    nobody = special.select("lead", at=pl.lit(0, pl.Int64), held=pl.lit(value=False))  # nobody's, until an owner event says whose
    owned = pl.concat([nobody, mine]).sort("lead", maintain_order=True).with_columns(end=_until_next()).filter(~pl.col("held"))
    return _islands(pl.concat([held, owned.select("lead", begin="at", end="end")]).sort("lead", "begin"))


def _until_next() -> pl.Expr:
    """The instant of the lead's next row."""
    return pl.when(pl.col("lead").shift(-1) == pl.col("lead")).then(pl.col("at").shift(-1)).otherwise(FOREVER)


def _islands(intervals: pl.DataFrame) -> pl.DataFrame:
    """Overlapping intervals of one lead joined; sorted by lead and begin, as they come."""
    reach = moment("end").cum_max()
    joined = intervals.with_columns(reach=reach, fresh=(moment("begin") > reach.shift(1)).fill_null(value=True))
    ends = joined.filter(pl.col("fresh").shift(-1, fill_value=True)).select(end=(pl.col("reach") - moment_of_lead()).cast(pl.Int64))
    return joined.filter("fresh").select("lead", "begin").hstack(ends)


def _moved(starts: pl.DataFrame, pauses: pl.DataFrame, office: Office) -> pl.Series:
    """Due moved by the working time inside each pause that begins before it; null while a pause has not ended."""
    pairs = (
        starts.lazy()
        .select("cycle", "lead", "at", "over", "run")
        .join(pauses.lazy(), on="lead", how="inner", maintain_order="left_right")
        .with_columns(begin=pl.max_horizontal("begin", "at"), end=pl.min_horizontal("end", "over"))
        .filter(pl.col("begin") < pl.col("end"))
        .with_columns(open=pl.col("end") == FOREVER)
        .with_columns(closing=pl.when("open").then("begin").otherwise("end"))
        .with_columns(stood=office.worked(pl.col("closing")) - office.worked(pl.col("begin")))
        .with_columns(before=pl.col("stood").cum_sum().over("cycle") - pl.col("stood"))
        .filter(pl.col("begin") < office.reached(pl.col("run") + pl.col("before")))
    )
    moved = pairs.group_by("cycle").agg(pl.sum("stood"), pl.any("open")).collect()
    each = starts.select("cycle", "run").join(moved, on="cycle", how="left", maintain_order="left")
    due = office.reached(pl.col("run") + pl.col("stood").fill_null(0))
    return each.select(pl.when(~pl.col("open").fill_null(value=False)).then(due)).to_series()
