"""The facts of the benchmark in Polars, made ready for the six promises of ``polars_queries``.

The file's own order (``at``, then when it was recorded) is the order of each lead's events, so ``id``, the lead times 2**32 and
the row's number in the file, puts histories in order. What an event is to the promises is one of thirteen codes, in time or
logged late: packed below the id, one sort of plain integers orders all of them. "The next answer" is then an as-of join on ids.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

HOUR = 3_600_000_000
DAY = 24 * HOUR
SKEW = 300_000_000
ROWS = 2**32
STAGE, ACTIVITY, OWNER, MERGED = 0, 1, 3, 5
TOLD = ("segment", "country", "amount")
NEEDED = ("lead", "at", "recorded_at", "kind", "name", "actor", "owner", "direction", "attributes", "automated")

# What an event is to the promises; LATE is added to what was logged more than a day later.
MQL, ON_HOLD, SAL, SQL, RECYCLED, DISQUALIFIED, OTHER_STAGE, ATTEMPT, MEETING_OUT, MEETING, REPLY, TAKEN_OFF, ASSIGNED = range(1, 14)
LATE = 16
CODES = 32
STAGES = {"mql": MQL, "on_hold": ON_HOLD, "sal": SAL, "sql": SQL, "recycled": RECYCLED, "disqualified": DISQUALIFIED}
DECISION = (SAL, SQL, RECYCLED, DISQUALIFIED)
CONTACT = (ATTEMPT, MEETING_OUT)
MEETING_OR_DECISION = (SAL, SQL, RECYCLED, MEETING_OUT, MEETING)


def late(codes: Iterable[int]) -> tuple[int, ...]:
    return tuple(code + LATE for code in codes)


def either(codes: Iterable[int]) -> tuple[int, ...]:
    """In time or late."""
    return (*codes, *late(codes))


@dataclass(frozen=True, slots=True)
class Known:
    """What was known by ``as_of``: events (id, at, what) and tellings (lead, at, segment, country, amount) in the order of histories.

    ``holders`` has a row for each owner event (id, lead, at, holder), ``holder`` being a row of ``people`` or null for nobody.
    """

    events: pl.DataFrame
    logged_late: pl.DataFrame
    """Those of the events that were logged late: few."""
    told: pl.DataFrame
    holders: pl.DataFrame
    people: pl.DataFrame
    absences: list[tuple[pl.Series, pl.Series]]
    """Since and until of everybody's first absence, second and so on; null for those who have fewer."""
    as_of: int

    def of(self, *codes: int) -> pl.DataFrame:
        events = self.logged_late if min(codes) > LATE else self.events
        return events.filter(pl.col("what").is_in(codes))

    def with_next(self, starts: pl.DataFrame, codes: Iterable[int], name: str, *also: str) -> pl.DataFrame:
        """A frame with lead and id, and the next such event of the lead: ``name`` is its id, ``name_at`` its instant; nulls for none."""
        columns = [f"{name}_{column}" for column in ("at", *also)]
        found = self.of(*codes).select(pl.col("id").alias(name), pl.col("at", *also).name.prefix(f"{name}_"))
        joined = starts.join_asof(found, left_on="id", right_on=name, strategy="forward", allow_exact_matches=False, coalesce=False)
        same = pl.col(name) // ROWS == pl.col("lead")
        return joined.with_columns(pl.when(same).then(column).alias(column) for column in (name, *columns))


def moment_of_lead() -> pl.Expr:
    return pl.col("lead").cast(pl.Int128) * 2**63


def moment(at: str) -> pl.Expr:
    """A lead and an instant as one number, so that an as-of join on it is one by lead."""
    return moment_of_lead() + pl.col(at)


def known_facts(folder: Path, as_of: int) -> Known:
    people = pl.read_parquet(folder / "people.parquet").with_row_index("person")
    machines = people.filter("automated")["id"].to_list()
    raw = (
        pl.scan_parquet(folder / "events.parquet")
        .filter(pl.col("seen_at") <= as_of, pl.col("at") <= as_of + SKEW)
        .select("lead", "at", "owner", "attributes", what=_what(machines))
        .filter((pl.col("what") > 0) | pl.col("attributes").is_not_null())  # no promise asks for a touch
        .collect()
    )
    ids = _survivor(folder, as_of).gather(raw["lead"]).cast(pl.Int64) * ROWS + pl.int_range(len(raw), eager=True)
    raw = raw.drop("lead").with_columns(id=ids)
    events = _ordered(raw)
    return Known(
        events,
        events.filter(pl.col("what") > LATE),
        _told(raw),
        _holders(events, raw, people, machines),
        people,
        _absences(folder, people),
        as_of,
    )


def _ordered(raw: pl.DataFrame) -> pl.DataFrame:
    """All that matters to the promises (id, at, what), sorted by id; sorting plain integers takes a third of sorting rows."""
    keys = raw.lazy().filter(pl.col("what") > 0).select((pl.col("id") * CODES + pl.col("what")).sort().alias("key"))
    events = keys.select(id=(pl.col("key") // CODES).set_sorted(), what=(pl.col("key") % CODES).cast(pl.UInt8)).collect()
    return events.with_columns(at=raw["at"].gather(events["id"] % ROWS))


def _survivor(folder: Path, as_of: int) -> pl.Series:
    """Which lead each lead is now, merged leads united (no survivor is merged away itself)."""
    merges = pl.scan_parquet(folder / "events.parquet").filter(kind=MERGED).select("lead", "value", "seen_at", "at").collect()
    leads = pl.read_parquet(folder / "leads.parquet").with_row_index("survivor")
    known = merges.filter(pl.col("seen_at") <= as_of, pl.col("at") <= as_of + SKEW).select("lead", pl.col("value").cast(pl.String))
    into = known.join(leads, left_on="value", right_on="lead", maintain_order="left").unique("lead", keep="last")
    return pl.int_range(0, len(leads), eager=True, dtype=pl.Int32).scatter(into["lead"], into["survivor"].cast(pl.Int32))


def _what(machines: list[str]) -> pl.Expr:
    """What each event is to the six promises, as a code; 0 for nothing."""
    name, kind, direction = pl.col("name"), pl.col("kind"), pl.col("direction")
    inbound, outbound = (direction == "inbound").fill_null(value=False), (direction == "outbound").fill_null(value=False)
    by_machine = pl.col("automated") | (pl.col("actor").is_in(machines).fill_null(value=False) & ~inbound)
    activity = (
        pl.when((name == "call") | (name == "email"))
        .then(pl.when(outbound).then(pl.lit(ATTEMPT, pl.UInt8)))
        .when(name == "meeting")
        .then(pl.when(outbound).then(pl.lit(MEETING_OUT, pl.UInt8)).otherwise(pl.lit(MEETING, pl.UInt8)))
        .when((name == "reply") & inbound)
        .then(pl.lit(REPLY, pl.UInt8))
    )
    stage = pl.lit(OTHER_STAGE, pl.UInt8)
    for label, code in STAGES.items():
        stage = pl.when(name == label).then(pl.lit(code, pl.UInt8)).otherwise(stage)
    machine = pl.col("owner").is_null() | pl.col("owner").is_in(machines) | (name == "unassigned").fill_null(value=False)
    owner = pl.when(machine).then(pl.lit(TAKEN_OFF, pl.UInt8)).otherwise(pl.lit(ASSIGNED, pl.UInt8))
    logged_late = pl.when(pl.col("recorded_at") > pl.col("at") + DAY).then(pl.lit(LATE, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
    done = pl.when(kind == STAGE).then(stage).when((kind == ACTIVITY) & ~by_machine).then(activity) + logged_late
    return pl.when(kind == OWNER).then(owner).otherwise(done).fill_null(0)


def _holders(events: pl.DataFrame, raw: pl.DataFrame, people: pl.DataFrame, machines: list[str]) -> pl.DataFrame:
    """Each owner event, and whose the lead is from then on."""
    owned = events.lazy().filter(pl.col("what").is_between(TAKEN_OFF, ASSIGNED))
    owners = owned.select("id", "at", lead=(pl.col("id") // ROWS).cast(pl.Int32), held=pl.col("what") == ASSIGNED).collect()
    codes = people.select(owner=pl.col("id").cast(pl.Categorical), holder="person")
    named = owners.with_columns(owner=raw["owner"].gather(owners["id"] % ROWS)).join(codes, on="owner", how="left", maintain_order="left")
    return named.select("id", "lead", "at", "held", holder=pl.when("held").then("holder"))


def _absences(folder: Path, people: pl.DataFrame) -> list[tuple[pl.Series, pl.Series]]:
    """Absences, by their number: columns over the people."""
    away = pl.read_parquet(folder / "absences.parquet").with_columns(number=pl.int_range(pl.len()).over("person"))
    each = [
        people.join(away.filter(number=number), left_on="id", right_on="person", how="left", maintain_order="left")
        for number in away["number"].unique()
    ]
    return [(one["since"], one["until"]) for one in each]


def _told(raw: pl.DataFrame) -> pl.DataFrame:
    """What was said of leads and when, each distinct text parsed once."""
    told = raw.lazy().filter(pl.col("attributes").is_not_null()).select("id", "at", "attributes").sort("id")
    texts = told.select(pl.col("attributes").unique()).with_columns(text=pl.col("attributes").cast(pl.String))
    parsed = texts.select(
        "attributes",
        segment=pl.col("text").str.json_path_match("$.segment"),
        country=pl.col("text").str.json_path_match("$.country"),
        amount=pl.col("text").str.json_path_match("$.amount").cast(pl.Float64),
    ).with_columns(pl.col("segment", "country").cast(pl.Categorical))
    said = (
        told.join(parsed, on="attributes", how="left", maintain_order="left")
        .with_columns(lead=(pl.col("id") // ROWS).cast(pl.Int32))
        .collect()
    )
    return said.with_columns(_last_told(said, name) for name in TOLD).select("lead", "at", *TOLD)


def _last_told(said: pl.DataFrame, name: str) -> pl.Series:
    """One attribute after each telling: what a telling leaves out stays as it was."""
    last = said.select(pl.when(pl.col(name).is_not_null()).then(pl.int_range(pl.len())).forward_fill()).to_series()
    same = said["lead"].gather(last) == said["lead"]
    return pl.select(pl.when(same).then(said[name].gather(last)).alias(name)).to_series()


def with_attributes(known: Known, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (lead, at) with what was known of the lead at that instant, whatever its order within the instant."""
    told = known.told.select(moment("at").alias("moment"), pl.col("lead").alias("told_of"), *TOLD)
    joined = rows.with_columns(moment=moment("at")).join_asof(told, on="moment").drop("moment")
    same = pl.col("told_of") == pl.col("lead")
    return joined.with_columns(pl.when(same).then(name).alias(name) for name in TOLD).drop("told_of")


def starts_of(known: Known) -> pl.DataFrame:
    """Every start (id, lead, at), what was known of the lead, when somebody first held it, and whether the lead has several."""
    mine = (pl.col("id") // ROWS).cast(pl.Int32)
    starts = (
        known.of(*either([MQL]))
        .with_columns(lead=mine)
        .with_columns(
            several=(pl.col("lead") == pl.col("lead").shift(1)).fill_null(value=False)
            | (pl.col("lead") == pl.col("lead").shift(-1)).fill_null(value=False)
        )
    )
    before = known.holders.select("id", "held", owned="lead")
    joined = known.with_next(starts, [ASSIGNED], "assigned").join_asof(before, on="id")
    held = pl.col("held") & (pl.col("owned") == pl.col("lead"))
    joined = joined.with_columns(assigned_at=pl.when(held).then("at").otherwise("assigned_at")).drop("assigned", "held", "owned")
    return with_attributes(known, joined)
