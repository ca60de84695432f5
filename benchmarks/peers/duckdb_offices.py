"""The calendars of the benchmark in DuckDB: a table of days and one of working half-hours, so that working time is one look-up.

No opening of these offices passes midnight UTC, and each begins and ends on a half-hour. Each office has its own range of keys.
"""

from pathlib import Path

import duckdb

DAY = 86_400_000_000
HALF = 1_800_000_000
OFFICES = ("berlin", "newyork", "london")
DAYS, HALVES = 1_000, 100_000
"""How many keys each office has: of days since BEGIN, and of half-hours of working time since any."""
BEGIN = 20_000
"""Number of a day (since 1970) in 2024, before any opening here."""


def compile_offices(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables openings, months, days (what is known of each day in UTC) and reach (the instants of working half-hours)."""
    office = " ".join(f"WHEN '{name}' THEN {number}" for number, name in enumerate(OFFICES))
    names = ("openings", "dates", "months")
    files = {name: f"SELECT * EXCLUDE (calendar), CASE calendar {office} END AS office FROM '{folder}/{name}.parquet'" for name in names}
    database.execute(f"CREATE TYPE period AS ENUM (SELECT DISTINCT period FROM '{folder}/months.parquet' ORDER BY ALL)")
    database.execute(f"CREATE TABLE months AS SELECT * REPLACE (CAST(period AS period) AS period) FROM ({files['months']})")
    for statement in (OPENINGS.format(**files), DAYS_AND_HOURS.format(**files), REACH):
        database.execute(statement)


def begins(database: duckdb.DuckDBPyConnection) -> list[int]:
    """Each office's first local midnight of the year."""
    return [int(begin) for (begin,) in database.sql("SELECT min(begin) FROM months GROUP BY office ORDER BY office").fetchall()]


def day(office: int | str, at: str) -> str:
    """The key of the day that an instant lies in; ``office`` by its number."""
    return f"({at} // {DAY} + {office} * {DAYS} - {BEGIN})"


def worked(at: str, days: str) -> str:
    """Working time until an instant, given its day."""
    return f"({days}.worked + greatest(least({at}, {days}.until) - {days}.begin, 0))"


def reached(office: int | str, run: str) -> str:
    """The key in ``reach`` for an amount of working time; the instant is that plus ``lag``."""
    return f"(({run} - 1) // {HALF} + {office} * {HALVES})"


# With the last instants of the attempts of a cadence that starts in it, and how far an instant moves in three working days: to the
# same time of day, within that day's hours.
OPENINGS = """
CREATE TABLE openings AS
SELECT office * 10000 + row_number() OVER days AS key, * EXCLUDE ("end"), "end" AS until,
    since_midnight - lead(since_midnight, 3) OVER days + lead(begin, 3) OVER days - begin AS shift,
    lead(begin, 3) OVER days AS due_begin, lead("end", 3) OVER days AS due_end, {limits}
FROM ({openings}) WINDOW days AS (PARTITION BY office ORDER BY begin)
""".replace("{limits}", ", ".join(f'lead("end", {6 + turn}) OVER days AS limit{turn + 1}' for turn in range(4)))

# Each day from midnight to midnight UTC: its opening (or the next one, of which nothing has passed in it), the working time before,
# the number of the local date before the one that begins in it (and by how much that one's is more), and the opening's month.
DAYS_AND_HOURS = f"""
CREATE TABLE days AS
WITH opened AS (
    SELECT o.*, coalesce(lag(o.begin) OVER (PARTITION BY o.office ORDER BY o.begin), o.begin) // {DAY} AS before, m.period
    FROM openings o LEFT JOIN months m ON m.office = o.office AND o.begin >= m.begin AND o.begin < m."end"
), spread AS (SELECT *, unnest(range(least(before + 1, begin // {DAY}), begin // {DAY} + 1)) AS number_of_day FROM opened),
dated AS (SELECT office, midnight // {DAY} AS number_of_day, max(midnight) AS midnight, max(number) AS number FROM ({{dates}}) GROUP BY ALL)
SELECT s.number_of_day + s.office * {DAYS} - {BEGIN} AS key, s.office, s.worked, s.begin, s.until, s.key AS opening, s.period,
    d.midnight, lag(d.number) OVER by_day AS number_before, d.number - number_before AS dates
FROM spread s LEFT JOIN dated d ON d.office = s.office AND d.number_of_day = s.number_of_day
WINDOW by_day AS (PARTITION BY s.office ORDER BY s.number_of_day)
"""

REACH = f"""
CREATE TABLE reach AS
WITH halves AS (SELECT *, unnest(range(0, until - begin, {HALF})) AS passed FROM openings)
SELECT (worked + passed) // {HALF} + office * {HALVES} AS key, begin - worked AS lag FROM halves
"""
