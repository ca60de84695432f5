"""The two quotas in Polars: what entered a stage by month and segment, less what left it again."""

import polars as pl
from peers.polars_facts import DAY, DISQUALIFIED, RECYCLED, ROWS, Known, either, with_attributes
from peers.polars_offices import Office


def months(known: Known, stage: int, value: str | None, office: Office, sla: str) -> pl.DataFrame:
    """First entries of a stage by month and segment, less those that left within 30 days, in the month in which they left."""
    entries = known.of(*either([stage])).with_columns(lead=(pl.col("id") // ROWS).cast(pl.Int32))
    entries = entries.filter((pl.col("lead") != pl.col("lead").shift(1)).fill_null(value=True))
    entries = with_attributes(known, known.with_next(entries, either([RECYCLED, DISQUALIFIED]), "gone")).select(
        group=pl.col("segment").cast(pl.String).fill_null("(none)"),
        worth=pl.col(value).fill_null(0.0) if value else pl.lit(1.0),
        entered=office.period(pl.col("at")),
        left=office.period(pl.when(pl.col("gone_at") <= pl.col("at") + 30 * DAY).then("gone_at")),
    )
    counted, left = (_by_month(entries, column) for column in ("entered", "left"))
    both = counted.join(left, on=["period", "group"], how="full", coalesce=True, suffix="_left")
    begun = office.months.filter(pl.col("begin") <= known.as_of).select("period")
    named = begun.join(pl.DataFrame({"group": ["", "enterprise", "mid-market", "smb"]}), how="cross")
    rows = both.join(named, on=["period", "group"], how="full", coalesce=True).filter(pl.col("period").is_in(begun["period"].implode()))
    rows = rows.with_columns(pl.col("worth", "worth_left").fill_null(0.0))
    return rows.select(
        pl.lit(sla).alias("sla"), "period", "group", counted="worth", reversed="worth_left", net=pl.col("worth") - pl.col("worth_left")
    )


def _by_month(entries: pl.DataFrame, column: str) -> pl.DataFrame:
    """Worth by period and group, and by period alone (the empty group)."""
    some = entries.lazy().filter(pl.col(column).is_not_null()).select("group", "worth", period=column)
    each = some.group_by("period", "group").agg(pl.sum("worth")).collect()
    total = each.group_by("period").agg(pl.sum("worth")).with_columns(group=pl.lit(""))
    return pl.concat([each, total.select("period", "group", "worth")])
