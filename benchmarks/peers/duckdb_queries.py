"""The six promises written out by hand in DuckDB's SQL, for these six terms only: what an analyst who knows it well would write.

``judge`` gives every column of slamon's verdicts, and the same monthly counts, from the same files. It leaves out what these terms
and data do not ask for: versions, credit, imports, deletions, excuses, accepted evidence, owners' calendars, attributes that are no
numbers; and what slamon works out beside the columns of its verdicts: cycle ids, warnings, reasons, forecasts.
"""

from pathlib import Path

import duckdb
import pyarrow as pa
from peers.duckdb_facts import DAY, FOREVER, HOUR, IS, prepare
from peers.duckdb_offices import begins, compile_offices, day, reached, worked
from peers.duckdb_verdicts import CHAIN, TYPES, candidates, closed, verdicts

SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "preserve_insertion_order": False}
BERLIN, NEWYORK, LONDON = range(3)


def judge(folder: Path, as_of: int) -> tuple[pa.Table, pa.Table]:
    """Cycles, with the columns of ``slamon verdicts`` in no order, and months (sla, period, group, counted, reversed, net)."""
    with duckdb.connect(config=SETTINGS) as database:
        compile_offices(database, folder)
        prepare(database, folder, as_of)
        for statement in (*TYPES, *PAUSES, TURNS, *_promises(begins(database))):
            database.execute(statement)
        database.execute(CHAIN)
        months = [MONTHS.format(sla="monthly-sal", stage=IS["sal"], worth="1.0", office=BERLIN, as_of=as_of)]
        months.append(MONTHS.format(sla="monthly-pipeline", stage=IS["sql"], worth="amount", office=NEWYORK, as_of=as_of))
        found = database.sql(verdicts(as_of)).to_arrow_table()
        return found, database.sql(" UNION ALL ".join(months) + " ORDER BY ALL").to_arrow_table()


def _promises(since: list[int]) -> list[str]:
    """A view of each promise: what would follow from each start if it opened a cycle."""
    deadlines = (
        ("first-contact", BERLIN, FIRST_CONTACT, "contact", "disqualified", "target"),
        ("disposition", NEWYORK, DISPOSITION, "decision", None, f"{3 * DAY}"),
        ("meeting-or-decision", LONDON, MEETING, "meeting_or_decision", "disqualified", f"{24 * HOUR}"),
    )
    found = []
    for sla, office, due, answer, cancel, target in deadlines:
        row, at = (f"{cancel}_row", f"{cancel}_at") if cancel else ("CAST(NULL AS BIGINT)", "CAST(NULL AS BIGINT)")
        columns = f"""
            row, lead, instant, several, assigned_at, due, {target} AS target, {answer}_row AS answer_row, {answer}_at AS answer_at,
            {row} AS cancel_row, {at} AS cancel_at, late_{answer}_at AS late_at, CAST(NULL AS BIGINT) AS attempts
        """
        found.append(f'CREATE VIEW "{sla}" AS {closed(f"SELECT {columns} FROM ({due}) WHERE instant >= {since[office]}")}')
    found.append(f"CREATE VIEW persistence AS {PERSISTENCE} WHERE instant >= {since[BERLIN]}")
    return [*found, candidates()]


# Within 4 working hours; 2 for enterprise and mid-market, 1 for enterprise from 50,000 on.
FIRST_CONTACT = f"""
SELECT f.*, {worked("f.instant", "s")} + f.target AS run, run + r.lag AS due
FROM following f JOIN days s ON s.key = {day(BERLIN, "f.instant")} JOIN reach r ON r.key = {reached(BERLIN, f"({worked('f.instant', 's')} + f.target)")}
"""

# Within 3 working days at the same time of day, for American leads.
DISPOSITION = f"""
SELECT f.*, greatest(least(greatest(f.instant, o.begin) + o.shift, o.due_end), o.due_begin) AS due
FROM following f JOIN days s ON s.key = {day(NEWYORK, "f.instant")} JOIN openings o ON o.key = s.opening + CAST(f.instant >= s.until AS INTEGER) WHERE american
"""

# Leads that were ever on hold or taken off an owner have pauses of their own: intervals in order and disjoint. ``moved`` is when
# their cycles are due: moved by the working time inside each pause that begins before due; never while a pause has not ended.
PAUSES = (
    f"""
CREATE TEMP TABLE pauses AS
WITH special AS (SELECT DISTINCT lead FROM known WHERE {IS["on_hold"]} UNION SELECT lead FROM holders WHERE dropped), stages AS (
    SELECT lead, instant AS begin, {IS["on_hold"]} AS on_hold, coalesce(lead(instant) OVER (PARTITION BY lead ORDER BY row), {FOREVER}) AS until FROM known
    WHERE {IS["stage"]} AND lead IN (FROM special)
), spans AS (
    SELECT lead, begin, until FROM stages WHERE on_hold
    UNION ALL SELECT lead, begin, until FROM holders WHERE holder IS NULL AND lead IN (FROM special)
    UNION ALL SELECT s.lead, 0, coalesce(min(h.begin), {FOREVER}) FROM special s LEFT JOIN holders h ON h.lead = s.lead GROUP BY s.lead
), flagged AS (
    SELECT *, coalesce(begin > max(until) OVER (PARTITION BY lead ORDER BY begin ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS fresh
    FROM spans
), islands AS (SELECT *, count(*) FILTER (fresh) OVER (PARTITION BY lead ORDER BY begin ROWS UNBOUNDED PRECEDING) AS island FROM flagged)
SELECT lead, min(begin) AS begin, max(until) AS until FROM islands GROUP BY lead, island
""",
    f"""
CREATE TEMP TABLE moved AS
WITH clocked AS (
    SELECT f.row, f.lead, f.instant, coalesce(least(f.meeting_or_decision_at, f.disqualified_at), {FOREVER}) AS over,
        {worked("f.instant", "s")} + {24 * HOUR} AS run
    FROM following f JOIN days s ON s.key = {day(LONDON, "f.instant")} WHERE f.lead IN (SELECT lead FROM pauses)
), pairs AS (
    SELECT c.row, c.run, greatest(p.begin, c.instant) AS begin, least(p.until, c.over) = {FOREVER} AS is_open,
        CASE WHEN is_open THEN greatest(p.begin, c.instant) ELSE least(p.until, c.over) END AS closing
    FROM clocked c JOIN pauses p ON p.lead = c.lead WHERE greatest(p.begin, c.instant) < least(p.until, c.over)
), stood AS (
    SELECT p.row, p.run, p.begin, p.is_open, {worked("p.closing", "u")} - {worked("p.begin", "b")} AS stood
    FROM pairs p JOIN days b ON b.key = {day(LONDON, "p.begin")} JOIN days u ON u.key = {day(LONDON, "p.closing")}
), before AS (
    SELECT *, CAST(run + sum(stood) OVER (PARTITION BY row ORDER BY begin ROWS UNBOUNDED PRECEDING) - stood AS BIGINT) AS target FROM stood
), counting AS (
    SELECT b.row, CAST(sum(stood) AS BIGINT) AS stood, bool_or(is_open) AS is_open
    FROM before b JOIN reach r ON r.key = {reached(LONDON, "b.target")} WHERE b.begin < b.target + r.lag GROUP BY b.row
)
SELECT row, run + coalesce(stood, 0) AS target, CASE WHEN is_open IS NOT true THEN target + r.lag END AS due
FROM clocked c LEFT JOIN counting n USING (row) JOIN reach r ON r.key = {reached(LONDON, "(c.run + coalesce(n.stood, 0))")}
""",
)

# Within 24 working hours from when somebody has the lead (or it is over before): nearly every lead is with nobody just once.
MEETING = f"""
SELECT f.* EXCLUDE since, CASE WHEN f.own THEN f.moved_due ELSE {worked("f.since", "s")} + {24 * HOUR} + r.lag END AS due
FROM (
    SELECT f.*, least(f.assigned_at, f.meeting_or_decision_at, f.disqualified_at) AS since, m.row IS NOT NULL AS own, m.due AS moved_due
    FROM following f LEFT JOIN moved m USING (row)
) f LEFT JOIN days s ON s.key = {day(LONDON, "f.since")}
LEFT JOIN reach r ON r.key = {reached(LONDON, f"({worked('f.since', 's')} + {24 * HOUR})")}
"""

# The first attempt of each working date after each start, the first four of them in order.
TURNS = f"""
CREATE TEMP TABLE turns AS
WITH attempts AS (
    SELECT a.row, a.lead, a.instant, d.number_before + CAST(a.instant >= d.midnight AS INTEGER) * d.dates AS number
    FROM known a JOIN days d ON d.key = {day(BERLIN, "a.instant")} WHERE NOT late AND {IS["attempt"]}
), dates AS (
    SELECT s.row AS start, min(a.row) AS row, min(a.instant) AS instant FROM starts s JOIN attempts a ON a.lead = s.lead AND a.row > s.row
    GROUP BY s.row, a.number
)
SELECT start AS row, min(row, 4) AS rows, min(instant, 4) AS instants FROM dates GROUP BY start
"""


def _rounds() -> str:
    """Each attempt is counted in time, or the cadence ended before it, or it stays open until it is missed; a query around a query for each."""
    found = f"""
    SELECT f.*, {", ".join(f"t.rows[{k}] AS a{k}, t.instants[{k}] AS at{k}" for k in range(1, 5))}, o.limit1, o.limit2, o.limit3, o.limit4, true AS counts0
    FROM following f LEFT JOIN turns t USING (row)
    JOIN days s ON s.key = {day(BERLIN, "f.instant")} JOIN openings o ON o.key = s.opening + CAST(f.instant >= s.until AS INTEGER)
    """
    for k in range(1, 5):
        ends = f"counts{k - 1} AND coalesce(ending_at <= limit{k}, false) AND (a{k} IS NULL OR ending_row < a{k})"
        found = (
            f"SELECT *, {ends} AS ends{k}, counts{k - 1} AND NOT ends{k} AND coalesce(at{k} <= limit{k}, false) AS counts{k} FROM ({found})"
        )
    return found


# Four attempts on different working dates within ten; a reply, a meeting or a decision ends it early.
PERSISTENCE = f"""
SELECT row, lead, instant, several, assigned_at, due, CAST(NULL AS BIGINT) AS target, closes AS answer_row, answer_at,
    CASE WHEN cancels THEN closes END AS cancel_row, CAST(NULL AS BIGINT) AS cancel_at, late_attempt_at AS late_at, attempts, cancels, closes
FROM (
    SELECT *, CASE WHEN counts3 THEN limit4 WHEN counts2 THEN limit3 WHEN counts1 THEN limit2 ELSE limit1 END AS due,
        CASE WHEN ended THEN ending_row WHEN counts4 THEN a4 END AS closes, CASE WHEN ended THEN ending_at WHEN counts4 THEN at4 END AS answer_at,
        CAST(counts1 AS BIGINT) + CAST(counts2 AS BIGINT) + CAST(counts3 AS BIGINT) + CAST(counts4 AS BIGINT) AS attempts,
        ended AND NOT counts1 AND NOT coalesce(ending_heard, false) AS cancels
    FROM (SELECT *, ends1 OR ends2 OR ends3 OR ends4 AS ended FROM ({_rounds()}))
)
"""

# First entries of a stage by month and segment, less those that left within 30 days, in the month in which they left.
MONTHS = f"""
(WITH zone AS (FROM months WHERE office = {{office}} AND begin <= {{as_of}}), entries AS (
    SELECT lead, min(row) AS row, min(instant) AS instant FROM known WHERE {{stage}} GROUP BY lead
), left_again AS (
    SELECT e.lead, CASE WHEN min(x.instant) <= any_value(e.instant) + 30 * {DAY} THEN min(x.instant) END AS gone
    FROM entries e JOIN (SELECT lead, row, instant FROM known WHERE {IS["is_exit"]}) x ON x.lead = e.lead AND x.row > e.row GROUP BY e.lead
), counted AS (
    SELECT e.instant, gone, coalesce(CAST(segment AS VARCHAR), '(none)') AS "group", coalesce({{worth}}, 0) AS worth
    FROM entries e LEFT JOIN left_again USING (lead) LEFT JOIN told t ON t.lead = e.lead AND e.instant >= t.since AND e.instant < t.until
), moves AS (
    SELECT instant, "group", worth AS plus, 0.0 AS minus FROM counted UNION ALL
    SELECT gone, "group", 0.0, worth FROM counted WHERE gone IS NOT NULL UNION ALL
    SELECT begin, unnest(['enterprise', 'mid-market', 'smb']), 0.0, 0.0 FROM zone
)
SELECT '{{sla}}' AS sla, period, coalesce("group", '') AS "group", CAST(sum(plus) AS DOUBLE) AS counted, CAST(sum(minus) AS DOUBLE) AS reversed,
    counted - reversed AS net
FROM moves m JOIN zone z ON m.instant >= z.begin AND m.instant < z."end" GROUP BY GROUPING SETS ((period, "group"), (period)))
"""
