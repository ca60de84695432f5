"""The facts and calendars of the benchmark in DuckDB, made ready for the six promises of ``duckdb_queries``.

The file's own order (``at``, then when it was recorded) is the order of each lead's events, so a row's number in the file orders
them. A lead has few events, so "the next answer after the start" is a hash join on the lead and a minimum.
"""

from pathlib import Path

import duckdb

HOUR = 3_600_000_000
DAY = 24 * HOUR
SKEW = 300_000_000
FOREVER = 2**63 - 1


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, as_of: int) -> None:
    """Create the tables known, told, starts and following, those of the calendars, and an empty one for cycles."""
    people = database.sql(f"SELECT id FROM '{folder}/people.parquet' WHERE automated").fetchall()
    known = KNOWN.format(as_of=as_of, limit=as_of + SKEW, machines=", ".join(f"'{machine}'" for (machine,) in people))
    for statement in (*_tables(folder), known, TOLD, STARTS, FOLLOWING):
        database.execute(statement)


def worked(at: str, opening: str) -> str:
    """Working time until an instant, given the last opening that began by then."""
    return f'({opening}.worked + least({at}, {opening}."end") - {opening}.begin)'


def _tables(folder: Path) -> list[str]:
    """Each file as a view of its own; calendars, small, as tables."""
    return [
        (
            'CREATE VIEW events AS SELECT * EXCLUDE ("at"), "at" AS instant, file_row_number AS row '
            f"FROM read_parquet('{folder}/events.parquet', file_row_number = true)"
        ),
        f"CREATE TABLE leads AS SELECT lead, CAST(file_row_number AS INTEGER) AS code FROM read_parquet('{folder}/leads.parquet', file_row_number = true)",
        *(f"CREATE TABLE {name} AS FROM '{folder}/{name}.parquet'" for name in ("openings", "dates", "months")),
        "CREATE TYPE sla AS ENUM ('disposition', 'first-contact', 'meeting-or-decision', 'persistence')",
        "CREATE TYPE state AS ENUM ('pending', 'met', 'breached', 'cancelled')",
        "CREATE TABLE cycles (sla sla, lead INTEGER, started_at BIGINT, state state, due_at BIGINT, answered_at BIGINT)",
    ]


# What was known by as_of, merged leads united (no survivor is merged away itself), and what each event is to the promises.
# No promise asks for a touch: only those that say something of the lead are kept.
KNOWN = f"""
CREATE TABLE known AS
WITH merges AS (
    SELECT e.lead, arg_max(l.code, e.row) AS survivor FROM events e JOIN leads l ON l.lead = e.value
    WHERE e.kind = 5 AND e.seen_at <= {{as_of}} AND e.instant <= {{limit}} GROUP BY e.lead
), described AS (
    SELECT row, coalesce(survivor, e.lead) AS lead, instant, name, attributes,
        kind = 0 AS stage,
        kind = 1 AND NOT automated AND NOT coalesce(actor IN ({{machines}}) AND direction IS DISTINCT FROM 'inbound', false) AS person,
        recorded_at <= instant + {DAY} AS in_time,
        coalesce(direction = 'outbound', false) AS outbound,
        coalesce(direction = 'inbound', false) AS inbound,
        kind = 1 AS activity,
        kind = 3 OR owner IS NOT NULL AS owned,
        coalesce(owner NOT IN ({{machines}}) AND name IS DISTINCT FROM 'unassigned', false) AS held
    FROM events e LEFT JOIN merges m ON m.lead = e.lead
    WHERE seen_at <= {{as_of}} AND instant <= {{limit}} AND (kind <> 2 OR attributes IS NOT NULL)
)
SELECT row, lead, instant, attributes, activity, owned, held, stage,
    stage AND name = 'mql' AS mql,
    stage AND name = 'on_hold' AS on_hold,
    stage AND name = 'sal' AS sal,
    stage AND name = 'sql' AS sql,
    stage AND name IN ('recycled', 'disqualified') AS is_exit,
    person AND outbound AND in_time AND name IN ('call', 'email') AS attempt,
    person AND outbound AND in_time AND name IN ('call', 'email', 'meeting') AS contact,
    stage AND in_time AND name IN ('sal', 'sql', 'recycled', 'disqualified') AS decision,
    in_time AND ((person AND name = 'meeting') OR (stage AND name IN ('sal', 'sql', 'recycled'))) AS meeting_or_decision,
    stage AND name = 'disqualified' AS disqualified,
    (person AND (name = 'meeting' OR (name = 'reply' AND inbound))) OR (stage AND name IN ('sal', 'sql', 'recycled', 'disqualified')) AS ending
FROM described
"""

# What was said of leads and when, each distinct text parsed once.
TOLD = """
CREATE TABLE told AS
WITH texts AS (SELECT DISTINCT attributes FROM known WHERE attributes IS NOT NULL), parsed AS (
    SELECT attributes, attributes ->> '$.segment' AS segment, attributes ->> '$.country' AS country,
        CAST(attributes ->> '$.amount' AS DOUBLE) AS amount
    FROM texts
)
SELECT row, lead, instant, segment, country, amount FROM known JOIN parsed USING (attributes)
"""

# Every start, with what was known of its lead at that instant: the last telling of each attribute (arg_max leaves out nulls).
STARTS = """
CREATE TABLE starts AS
SELECT s.row, any_value(s.lead) AS lead, any_value(s.instant) AS instant,
    arg_max(t.segment, t.row) AS segment, arg_max(t.country, t.row) AS country, arg_max(t.amount, t.row) AS amount
FROM (SELECT row, lead, instant FROM known WHERE mql) s LEFT JOIN told t ON t.lead = s.lead AND t.instant <= s.instant
GROUP BY s.row
"""

_NEXT = ("contact", "decision", "meeting_or_decision", "disqualified", "ending")

# The first event of each sort after each start; within a lead later rows are never earlier, so minima go together.
FOLLOWING = f"""
CREATE TABLE following AS
SELECT s.row, any_value(s.lead) AS lead, any_value(s.instant) AS instant, any_value(s.segment) AS segment, any_value(s.country) AS country, any_value(s.amount) AS amount,
    {", ".join(f"min(e.row) FILTER (e.{name}) AS {name}_row, min(e.instant) FILTER (e.{name}) AS {name}_at" for name in _NEXT)},
    arg_min(e.activity, e.row) FILTER (e.ending) AS ending_is_contact
FROM starts s LEFT JOIN (FROM known WHERE {" OR ".join(_NEXT)}) e ON e.lead = s.lead AND e.row > s.row
GROUP BY s.row
"""

IN_FORCE = "instant >= (SELECT min(begin) FROM months WHERE calendar = '{calendar}')"
