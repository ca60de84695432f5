"""The facts and calendars of the benchmark in Polars, made ready for the six promises of ``polars_queries``.

The file's own order (``at``, then when it was recorded) is the order of each lead's events, so a row's number in the file orders
them, and ``lead << 32 | row`` is a key that one sort brings into the order of histories: "the next answer" is then a binary
search among the sorted keys of all answers.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

HOUR = 3_600_000_000
DAY = 24 * HOUR
SKEW = 300_000_000
FOREVER = 2**63 - 1
NEEDED = (
    *("lead", "at", "recorded_at", "seen_at", "kind", "name", "value"),
    *("actor", "owner", "direction", "outcome", "attributes", "automated"),
)
STAGE, ACTIVITY, TOUCH, OWNER, MERGED = 0, 1, 2, 3, 5
TOLD = ("segment", "country", "amount")
DECISIONS = ["sal", "sql", "recycled", "disqualified"]
EXITS = ["recycled", "disqualified"]


@dataclass(frozen=True, slots=True)
class Office:
    """One calendar: its openings in order, its dates, its months."""

    openings: pl.DataFrame
    dates: pl.DataFrame
    months: pl.DataFrame

    @classmethod
    def read(cls, folder: Path, name: str) -> "Office":
        return cls(*(pl.read_parquet(folder / f"{file}.parquet").filter(calendar=name) for file in ("openings", "dates", "months")))

    def worked(self, at: pl.Series) -> pl.Series:
        """Working time until each instant."""
        here = self.openings[self.openings["begin"].search_sorted(at, side="right") - 1]
        end = pl.DataFrame({"at": at, "end": here["end"]}).select(pl.min_horizontal("at", "end")).to_series()
        return here["worked"] + end - here["begin"]

    def reached(self, worked: pl.Series) -> pl.Series:
        """The earliest instant with that much working time until it."""
        here = self.openings[self.openings["finished"].search_sorted(worked, side="left")]
        return here["begin"] + worked - here["worked"]

    def next_opening(self, at: pl.Series) -> pl.DataFrame:
        """The opening that each instant lies in, or else the next one."""
        return self.openings[self.openings["end"].search_sorted(at, side="right")]

    def days(self) -> pl.DataFrame:
        """One row for each working date (these calendars have one opening a day), the first one's number apart."""
        return self.openings.select("number", "begin", "end", "since_midnight")

    def day(self, number: pl.Series) -> pl.DataFrame:
        """The opening of each working date."""
        return self.openings[number - self.openings["number"][0]]

    def number(self, at: pl.Series) -> pl.Series:
        """The number of the working date that each instant's local date is, or follows."""
        return self.dates["number"].gather(self.dates["midnight"].search_sorted(at, side="right") - 1)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known by ``as_of``, in the order of histories: ``pos`` counts rows; each set of rows is a sorted column of pos."""

    events: pl.DataFrame
    told: pl.DataFrame
    as_of: int

    def rows(self, flag: str) -> pl.Series:
        return self.events.filter(pl.col(flag))["pos"]

    def next_in(self, rows: pl.Series, after: pl.DataFrame) -> pl.Series:
        """For each row of a frame (lead, pos) the first of the sorted rows after it in the same lead; null if there is none."""
        found = rows.extend_constant(None, 1).gather(rows.search_sorted(after["pos"], side="right"))
        same = self.events["lead"].gather(found) == after["lead"]
        return pl.select(pl.when(same).then(found)).to_series()

    def at(self, pos: pl.Series) -> pl.Series:
        return self.events["at"].gather(pos)


def known_facts(folder: Path, as_of: int) -> Known:
    people = pl.read_parquet(folder / "people.parquet")
    machines = people.filter("automated")["id"].to_list()
    raw = (
        pl.scan_parquet(folder / "events.parquet")
        .select(NEEDED)
        .filter(pl.col("seen_at") <= as_of, pl.col("at") <= as_of + SKEW)
        .filter((pl.col("kind") != TOUCH) | pl.col("attributes").is_not_null())  # no promise asks for a touch
        .with_row_index("row")
        .collect()
    )
    flagged = _flagged(raw, machines).with_columns(_survivor(raw, folder).alias("lead"))
    events = flagged.with_columns(key=pl.col("lead").cast(pl.Int64) * 2**32 + pl.col("row")).sort("key").with_row_index("pos")
    return Known(events, _attributes(events), as_of)


def _survivor(raw: pl.DataFrame, folder: Path) -> pl.Series:
    """The lead of each row, merged leads united (no survivor is merged away itself)."""
    leads = pl.read_parquet(folder / "leads.parquet").with_row_index("survivor")
    merges = raw.lazy().filter(pl.col("kind") == MERGED).select("lead", pl.col("value").cast(pl.String)).collect()
    into = merges.join(leads, left_on="value", right_on="lead").unique("lead", keep="last")
    table = pl.int_range(0, len(leads), eager=True, dtype=pl.Int32).scatter(into["lead"], into["survivor"].cast(pl.Int32))
    return table.gather(raw["lead"])


def _flagged(raw: pl.DataFrame, machines: list[str]) -> pl.DataFrame:
    """What each event is to the six promises, as booleans, and nothing else of its texts."""
    name, direction, stage = pl.col("name"), pl.col("direction"), pl.col("kind") == STAGE
    inbound, outbound = (direction == "inbound").fill_null(value=False), (direction == "outbound").fill_null(value=False)
    by_machine = pl.col("automated") | (pl.col("actor").is_in(machines).fill_null(value=False) & ~inbound)
    person = (pl.col("kind") == ACTIVITY) & ~by_machine
    in_time = pl.col("recorded_at") <= pl.col("at") + DAY  # NEVER, where the source does not say, is before all
    held = pl.col("owner").is_not_null() & ~pl.col("owner").is_in(machines) & (name != "unassigned").fill_null(value=True)
    flags = {
        "mql": stage & (name == "mql"),
        "contact": person & outbound & in_time & name.is_in(["call", "email", "meeting"]),
        "attempt": person & outbound & in_time & name.is_in(["call", "email"]),
        "decision": stage & in_time & name.is_in(DECISIONS),
        "meeting_or_decision": in_time & ((person & (name == "meeting")) | (stage & name.is_in(["sal", "sql", "recycled"]))),
        "disqualified": stage & (name == "disqualified"),
        "ending": (person & ((name == "meeting") | ((name == "reply") & inbound))) | (stage & name.is_in(DECISIONS)),
        "exit": stage & name.is_in(EXITS),
        "sal": stage & (name == "sal"),
        "sql": stage & (name == "sql"),
        "on_hold": stage & (name == "on_hold"),
        "owned": (pl.col("kind") == OWNER) | pl.col("owner").is_not_null(),
        "held": held.fill_null(value=False),
        "stage": stage,
        "activity": pl.col("kind") == ACTIVITY,
    }
    keep = ["row", "at", "attributes"]
    return raw.lazy().select(*keep, **{flag: mask.fill_null(value=False) for flag, mask in flags.items()}).collect()


def _attributes(events: pl.DataFrame) -> pl.DataFrame:
    """What was said of leads and when, each distinct text parsed once."""
    told = events.lazy().filter(pl.col("attributes").is_not_null()).select("pos", "lead", "at", "attributes")
    texts = told.select(pl.col("attributes").unique()).with_columns(text=pl.col("attributes").cast(pl.String))
    parsed = texts.select(
        "attributes",
        segment=pl.col("text").str.json_path_match("$.segment"),
        country=pl.col("text").str.json_path_match("$.country"),
        amount=pl.col("text").str.json_path_match("$.amount").cast(pl.Float64),
    )
    said = told.join(parsed, on="attributes", how="left", maintain_order="left").collect()
    return said.with_columns(_last_told(said, name) for name in TOLD).select("pos", "lead", "at", *TOLD)


def _last_told(said: pl.DataFrame, name: str) -> pl.Series:
    """One attribute after each telling: what a telling leaves out stays as it was."""
    last = said.select(pl.when(pl.col(name).is_not_null()).then(pl.int_range(pl.len())).forward_fill()).to_series()
    same = said["lead"].gather(last) == said["lead"]
    return pl.select(pl.when(same).then(said[name].gather(last)).alias(name)).to_series()


def with_attributes(known: Known, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (pos, lead, at) with what was known of the lead at that instant."""
    place = known.told["pos"].search_sorted(rows["pos"], side="right").cast(pl.Int64) - 1
    while True:  # what is told later in the same instant counts too
        after = known.told[(place + 1).clip(0, len(known.told) - 1)]
        more = (after["pos"] > rows["pos"]) & (after["lead"] == rows["lead"]) & (after["at"] == rows["at"]) & (place + 1 < len(known.told))
        if not more.any():
            break
        place += more.cast(pl.Int64)
    found = known.told[place.clip(0)]
    same = (place >= 0) & (found["lead"] == rows["lead"])
    told = found.select(pl.when(same).then(pl.col(name)).alias(name) for name in TOLD)
    return rows.hstack(told)


def starts_of(known: Known) -> pl.DataFrame:
    return with_attributes(known, known.events.lazy().filter("mql").select("pos", "lead", "at").collect())


def in_force(starts: pl.DataFrame, office: Office) -> pl.DataFrame:
    """Starts since the first local midnight of the year."""
    return starts.filter(pl.col("at") >= office.months["begin"][0])
