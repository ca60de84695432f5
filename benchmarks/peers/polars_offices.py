"""The calendars of the benchmark in Polars, as tables of half-hours, in which every question about working time is one look-up.

Every opening, local midnight and month of these offices begins and ends on a half-hour of UTC.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

HALF = 1_800_000_000


@dataclass(frozen=True, slots=True)
class Office:
    """One calendar: its ``openings`` (one each working date), and what is known of each half-hour from the first one on.

    ``reach`` has for each half-hour of working time what to add to working time for the instant at which so much has passed.
    """

    slots: pl.DataFrame
    openings: pl.DataFrame
    months: pl.DataFrame
    reach: pl.Series

    @property
    def begin(self) -> int:
        """The first local midnight of the year."""
        return int(self.months["begin"][0])

    @classmethod
    def read(cls, folder: Path, name: str) -> "Office":
        tables = (pl.read_parquet(folder / f"{file}.parquet").filter(calendar=name) for file in ("openings", "dates", "months"))
        openings, dates, months = (table.drop("calendar") for table in tables)
        months = months.with_columns(pl.col("period").cast(pl.Enum(months["period"])))
        halves = openings.select(slot=pl.int_ranges("begin", "end", HALF)).explode("slot")
        reach = halves.select(pl.col("slot") - pl.int_range(pl.len()) * HALF - openings["worked"][0])
        return cls(_slots(openings, dates, months), openings, months, reach.to_series())

    def _of(self, column: str, at: pl.Expr) -> pl.Expr:
        return pl.lit(self.slots[column]).gather(at // HALF - self.slots["slot"][0] // HALF)

    def worked(self, at: pl.Expr) -> pl.Expr:
        """Working time until each instant."""
        return self._of("worked", at) + self._of("open", at) * (at % HALF)

    def reached(self, worked: pl.Expr) -> pl.Expr:
        """The earliest instant with that much working time until it."""
        return worked + pl.lit(self.reach).gather((worked - 1 - self.openings["worked"][0]) // HALF)

    def of_opening(self, column: pl.Series, at: pl.Expr) -> pl.Expr:
        """What a column over the openings says of the one that each instant lies in, or else the next one."""
        return pl.lit(column).gather(self._of("opening", at))

    def number(self, at: pl.Expr) -> pl.Expr:
        """The number of the working date that each instant's local date is, or follows."""
        return self._of("number", at)

    def period(self, at: pl.Expr) -> pl.Expr:
        """The month in the calendar's zone."""
        return self._of("period", at)


def _slots(openings: pl.DataFrame, dates: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """For each half-hour the working time until it, whether it is open, the next opening's row, its date's number and its month."""
    opened = openings.with_row_index("opening").select("opening", "begin", "end", "worked")
    periods = months.select("period", month="begin", until="end")
    slots = pl.select(slot=pl.int_range(openings["begin"][0], openings["end"][-1], HALF)).with_columns(pl.col("slot").set_sorted())
    joined = slots.join_asof(opened, left_on="slot", right_on="begin").join_asof(dates, left_on="slot", right_on="midnight")
    is_open = pl.col("slot") < pl.col("end")
    return joined.join_asof(periods, left_on="slot", right_on="month").select(
        "slot",
        "number",
        worked=pl.col("worked") + pl.min_horizontal("slot", "end") - pl.col("begin"),
        open=is_open.cast(pl.Int64),
        opening=pl.col("opening") + ~is_open,
        period=pl.when(pl.col("slot") < pl.col("until")).then("period"),
    )
