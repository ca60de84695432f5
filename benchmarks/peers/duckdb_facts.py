"""The facts of the benchmark in DuckDB, made ready for the six promises: what was known, every start, and what followed it.

The file's own order (``at``, then when it was recorded) is the order of each lead's events, so a row's number in the file orders
them. A lead has few events, so "the next answer after the start" is a hash join on the lead and a minimum.
"""

from pathlib import Path

import duckdb

HOUR = 3_600_000_000
DAY = 24 * HOUR
SKEW = 300_000_000
FOREVER = 2**63 - 1

STAGES = {"mql": 1, "on_hold": 2, "disqualified": 4, "sal": 5, "sql": 6, "recycled": 7}
IS = {
    "mql": "what = 1",
    "on_hold": "what = 2",
    "stage": "what BETWEEN 1 AND 7",
    "disqualified": "what = 4",
    "sal": "what = 5",
    "sql": "what = 6",
    "is_exit": "(what = 4 OR what = 7)",
    "decision": "what BETWEEN 4 AND 7",
    "meeting_or_decision": "what BETWEEN 5 AND 9",
    "contact": "what BETWEEN 9 AND 10",
    "attempt": "what = 10",
    "heard": "(what BETWEEN 8 AND 9 OR what = 11)",
    "ending": "(what BETWEEN 4 AND 9 OR what = 11)",
    "owned": "what BETWEEN 12 AND 13",
}
"""What an event is to the promises: 1 to 7 stages, 8 a meeting and 9 an outbound one, 10 another attempt, 11 a reply, 12 taken off, 13 assigned."""


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, as_of: int) -> None:
    """Create the tables leads, people, away, known, told, holders, starts and following."""
    people = database.sql(f"SELECT id FROM '{folder}/people.parquet' WHERE automated").fetchall()
    seen = f"seen_at <= {as_of} AND instant <= {as_of + SKEW}"
    actor, owner = (" OR ".join(f"{column} = '{machine}'" for (machine,) in people) for column in ("actor", "owner"))
    known = KNOWN.format(seen=seen, machine_acts=actor, machine_owns=owner)
    for statement in (*_tables(folder), known, MERGES, UNITED, *TOLD, HOLDERS, STARTS, FOLLOWING):
        database.execute(statement)


def _tables(folder: Path) -> list[str]:
    """The events as a view; leads and people as tables, and each person's absences, those that overlap as one."""
    numbered = "file_row_number = true"
    return [
        (
            'CREATE VIEW events AS SELECT * EXCLUDE ("at"), "at" AS instant, file_row_number AS row '
            f"FROM read_parquet('{folder}/events.parquet', {numbered})"
        ),
        f"CREATE TABLE leads AS SELECT lead, CAST(file_row_number AS INTEGER) AS code FROM read_parquet('{folder}/leads.parquet', {numbered})",
        f"CREATE TYPE person AS ENUM (SELECT id FROM '{folder}/people.parquet')",
        f"CREATE TYPE team AS ENUM (SELECT DISTINCT team FROM '{folder}/people.parquet' WHERE team IS NOT NULL ORDER BY ALL)",
        f"CREATE TABLE people AS SELECT CAST(id AS person) AS id, CAST(team AS team) AS team, active FROM '{folder}/people.parquet'",
        AWAY.format(folder=folder),
    ]


AWAY = """
CREATE TABLE away AS
WITH flagged AS (
    SELECT *, coalesce(since > max(until) OVER (PARTITION BY person ORDER BY since ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS fresh
    FROM '{folder}/absences.parquet'
), islands AS (SELECT *, count(*) FILTER (fresh) OVER (PARTITION BY person ORDER BY since ROWS UNBOUNDED PRECEDING) AS island FROM flagged)
SELECT CAST(person AS person) AS person, min(since) AS since, max(until) AS until FROM islands GROUP BY person, island
"""

# Which leads were merged into which (no survivor is merged away itself). There are few, so their events are put right afterwards.
MERGES = """
CREATE TABLE merges AS
SELECT k.lead, arg_max(l.code, k.row) AS survivor FROM known k JOIN leads l ON l.lead = k.merged_into GROUP BY k.lead
"""
UNITED = "UPDATE known SET lead = survivor FROM merges WHERE known.lead = merges.lead"

# What was known by as_of, and what each event is to the promises: one number, so that no text is looked at twice. What goes out by
# itself is left out, and so are touches that say nothing of the lead: no promise asks for them.
KNOWN = f"""
CREATE TABLE known AS
SELECT row, lead, instant, attributes, recorded_at > instant + {DAY} AS late,
    CAST(CASE kind
        WHEN 0 THEN CASE name {" ".join(f"WHEN '{name}' THEN {code}" for name, code in STAGES.items())} ELSE 3 END
        WHEN 1 THEN CASE
            WHEN automated THEN 0
            WHEN direction = 'inbound' THEN CASE name WHEN 'meeting' THEN 8 WHEN 'reply' THEN 11 ELSE 0 END
            WHEN {{machine_acts}} THEN 0
            WHEN name = 'meeting' THEN CASE WHEN direction = 'outbound' THEN 9 ELSE 8 END
            WHEN direction = 'outbound' AND (name = 'call' OR name = 'email') THEN 10
            ELSE 0 END
        WHEN 3 THEN CASE WHEN owner IS NULL OR name = 'unassigned' OR {{machine_owns}} THEN 12 ELSE 13 END
        ELSE 0 END AS UTINYINT) AS what,
    CASE WHEN what = 13 THEN CAST(owner AS person) END AS holder,
    CASE WHEN kind = 5 THEN value END AS merged_into
FROM events WHERE {{seen}} AND (kind IN (0, 3, 5) OR (kind = 1 AND NOT automated) OR attributes IS NOT NULL)
"""

# What was known of leads from when until when: each distinct text parsed once, and what a telling leaves out stays as it was.
TOLD = (
    """
CREATE TABLE texts AS
SELECT attributes, attributes ->> '$.segment' AS segment, attributes ->> '$.country' AS country, CAST(attributes ->> '$.amount' AS DOUBLE) AS amount
FROM (SELECT DISTINCT attributes FROM known WHERE attributes IS NOT NULL)
""",
    "CREATE TYPE segment AS ENUM (SELECT DISTINCT segment FROM texts WHERE segment IS NOT NULL ORDER BY ALL)",
    "CREATE TYPE country AS ENUM (SELECT DISTINCT country FROM texts WHERE country IS NOT NULL ORDER BY ALL)",
    f"""
CREATE TABLE told AS
WITH parsed AS (SELECT * REPLACE (CAST(segment AS segment) AS segment, CAST(country AS country) AS country) FROM texts)
SELECT lead, instant AS since, coalesce(lead(instant) OVER tellings, {FOREVER}) AS until,
    {", ".join(f"last_value({name} IGNORE NULLS) OVER tellings AS {name}" for name in ("segment", "country", "amount"))}
FROM known JOIN parsed USING (attributes) WINDOW tellings AS (PARTITION BY lead ORDER BY row ROWS UNBOUNDED PRECEDING)
""",
)

# Whose each lead was from when until when; ``dropped``: it was somebody's before, and now nobody's.
HOLDERS = f"""
CREATE TABLE holders AS
SELECT row, lead, instant AS begin, coalesce(lead(instant) OVER events, {FOREVER}) AS until, holder,
    holder IS NULL AND lag(holder) OVER events IS NOT NULL AS dropped
FROM known WHERE {IS["owned"]} WINDOW events AS (PARTITION BY lead ORDER BY row)
"""

# Every start, with what was known of its lead at that instant.
STARTS = f"""
CREATE TABLE starts AS
WITH several AS (SELECT lead FROM known WHERE {IS["mql"]} GROUP BY lead HAVING count(*) > 1)
SELECT s.row, s.lead, s.instant, coalesce(country IN ('US', 'CA', 'MX'), false) AS american, s.lead IN (FROM several) AS several,
    {HOUR} * CASE WHEN segment = 'enterprise' AND amount >= 50000 THEN 1 WHEN segment IN ('enterprise', 'mid-market') THEN 2 ELSE 4 END AS target
FROM known s LEFT JOIN told t ON t.lead = s.lead AND s.instant >= t.since AND s.instant < t.until WHERE {IS["mql"]}
"""

_NEXT = {
    "contact": f"NOT late AND {IS['contact']}",
    "decision": f"NOT late AND {IS['decision']}",
    "meeting_or_decision": f"NOT late AND {IS['meeting_or_decision']}",
    "disqualified": IS["disqualified"],
    "ending": IS["ending"],
}
_LATE = ("contact", "decision", "meeting_or_decision", "attempt")
_LOW = 2**64 - 1

# The first event of each sort after each start: its row, its instant and what it is, packed into one number that one minimum finds.
# Since when somebody has had the lead: from the start on if its last owner event before says so, else from the next one that does.
FOLLOWING = f"""
CREATE TABLE following AS
WITH answers AS (
    SELECT row, lead, (CAST(row AS HUGEINT) << 64) | (instant << 8) | what AS moment, {", ".join(f"{is_so} AS {name}" for name, is_so in _NEXT.items())}
    FROM known WHERE what BETWEEN 4 AND 11
), next AS (
    SELECT s.row, {", ".join(f"min(moment) FILTER ({name}) AS {name}" for name in _NEXT)}
    FROM starts s JOIN answers a ON a.lead = s.lead AND a.row > s.row GROUP BY s.row
), late AS (
    SELECT s.row, {", ".join(f"min(e.instant) FILTER ({IS[name]}) AS late_{name}_at" for name in _LATE)}
    FROM starts s JOIN known e ON e.lead = s.lead AND e.row > s.row WHERE e.late AND e.what BETWEEN 4 AND 10 GROUP BY s.row
), owned AS (
    SELECT s.row, arg_max(h.holder IS NOT NULL, h.row) FILTER (h.row < s.row) AS held,
        min(h.begin) FILTER (h.row > s.row AND h.holder IS NOT NULL) AS assigned_at
    FROM starts s JOIN holders h ON h.lead = s.lead GROUP BY s.row
)
SELECT s.*, CASE WHEN o.held THEN s.instant ELSE o.assigned_at END AS assigned_at, l.* EXCLUDE row, {IS["heard"].replace("what", "n.ending & 255")} AS ending_heard,
    {", ".join(f"CAST(n.{name} >> 64 AS BIGINT) AS {name}_row, CAST((n.{name} & {_LOW}) >> 8 AS BIGINT) AS {name}_at" for name in _NEXT)}
FROM starts s LEFT JOIN next n USING (row) LEFT JOIN late l USING (row) LEFT JOIN owned o USING (row)
"""
