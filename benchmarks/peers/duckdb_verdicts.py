"""From what would follow each start to verdicts, in DuckDB's SQL: which starts open a cycle, its state, whose it is, why it was missed."""

from peers.duckdb_facts import DAY
from peers.duckdb_offices import day, worked

PROMISES = {"disposition": 1, "first-contact": 0, "meeting-or-decision": 2, "persistence": 0}
"""Each with the number of its office."""
SECOND = 1_000_000

TYPES = (
    "CREATE TYPE sla AS ENUM ('disposition', 'first-contact', 'meeting-or-decision', 'persistence')",
    "CREATE TYPE state AS ENUM ('pending', 'met', 'breached', 'cancelled')",
    "CREATE TYPE cause AS ENUM ('data late', 'routing', 'coverage', 'owner')",
    "CREATE TYPE version AS ENUM ('2025-01-01')",
)


def closed(cycles: str) -> str:
    """A query of cycles with what closes each in time: its answer, or a cancellation before due that came before the answer."""
    return f"""
    SELECT * EXCLUDE (answered, cancelled), least(answered, cancelled) AS closes, coalesce(cancelled < answered, cancelled IS NOT NULL) AS cancels
    FROM (
        SELECT *, CASE WHEN due IS NULL OR answer_at <= due THEN answer_row END AS answered,
            CASE WHEN due IS NULL OR cancel_at < due THEN cancel_row END AS cancelled
        FROM ({cycles})
    )"""


def candidates() -> str:
    """All four promises' views as one."""
    each = (f"""SELECT CAST('{sla}' AS sla) AS sla, {office} AS office, * FROM "{sla}" """ for sla, office in PROMISES.items())
    return "CREATE VIEW candidates AS " + " UNION ALL BY NAME ".join(each)


# Of leads that start several times: the first start opens a cycle, then the first that the cycle before lets through, because it is
# closed or past due, and a day has passed or it was cancelled since. A late answer is looked for until the next cycle.
CHAIN = f"""
CREATE TEMP TABLE repeated AS
WITH RECURSIVE contested AS MATERIALIZED (FROM candidates WHERE several),
after AS (
    SELECT c.sla, c.row, min(n.row) AS following FROM contested c JOIN contested n ON n.sla = c.sla AND n.lead = c.lead AND n.row > c.row
    WHERE (coalesce(n.instant > c.due, false) OR coalesce(n.row > c.closes, false))
        AND (n.instant >= c.instant + {DAY} OR coalesce(n.row > c.cancel_row, false))
    GROUP BY ALL
),
chain AS (
    SELECT sla, min(row) AS row, 1 AS cycle FROM contested GROUP BY sla, lead
    UNION ALL SELECT a.sla, a.following, cycle + 1 FROM chain c JOIN after a ON a.sla = c.sla AND a.row = c.row
),
opened AS (
    SELECT c.*, n.cycle, a.following FROM contested c JOIN chain n ON n.sla = c.sla AND n.row = c.row
    LEFT JOIN after a ON a.sla = c.sla AND a.row = c.row
),
cut AS (
    SELECT * EXCLUDE (cancels, closes) REPLACE (
        CASE WHEN following IS NULL OR answer_row < following THEN answer_row END AS answer_row,
        CASE WHEN following IS NULL OR answer_row < following THEN answer_at END AS answer_at
    ) FROM opened WHERE sla <> 'persistence'
)
FROM ({closed("FROM cut")}) UNION ALL BY NAME FROM opened WHERE sla = 'persistence'
"""


def verdicts(as_of: int) -> str:
    """The columns of slamon's verdicts."""
    columns = "sla, office, lead, instant, assigned_at, due, target, answer_at, late_at, attempts, cancels, closes"
    return f"""
    WITH cycles AS (
        SELECT {columns}, 1 AS cycle FROM candidates WHERE NOT several UNION ALL SELECT {columns}, cycle FROM repeated
    ), answered AS (
        SELECT *, {STATE.format(as_of=as_of)} AS state, CASE WHEN sla = 'persistence' OR NOT cancels THEN answer_at END AS answered_at FROM cycles
    ), stated AS (
        SELECT *, CASE WHEN state = 'breached' THEN lead END AS missed, least(due, instant + target) AS strict_due,
            assigned_at IS NOT NULL AND (answered_at IS NULL OR assigned_at <= greatest(answered_at, instant)) AS held
        FROM answered
    ), timed AS (
        SELECT c.*, {worked("c.instant", "s")} AS started, {worked("c.assigned_at", "h")} AS assigned, {worked("c.answered_at", "a")} AS replied,
            {worked("c.due", "d")} AS due_run, d.period
        FROM stated c JOIN days s ON s.key = {day("c.office", "c.instant")} LEFT JOIN days h ON h.key = {day("c.office", "c.assigned_at")}
        LEFT JOIN days a ON a.key = {day("c.office", "c.answered_at")} LEFT JOIN days d ON d.key = {day("c.office", "c.due")}
    )
    SELECT c.sla, CAST('2025-01-01' AS version) AS version, l.lead, CAST(c.cycle AS BIGINT) AS cycle, c.state, c.instant AS started_at,
        c.due AS due_at, c.answered_at, c.attempts, h.holder AS charged_to, p.team, {CAUSE} AS cause,
        CASE WHEN held THEN assigned - started WHEN replied IS NOT NULL THEN greatest(replied - started, 0) END // {SECOND} AS system_delay_s,
        CASE WHEN held AND replied IS NOT NULL THEN greatest(replied - assigned, 0) END // {SECOND} AS human_delay_s,
        {STRICT.format(as_of=as_of)} AS strict_state, c.period
    FROM timed c JOIN leads l ON l.code = c.lead
    LEFT JOIN holders h ON h.lead = c.missed AND h.begin <= c.due AND c.due < h.until
    LEFT JOIN people p ON p.id = h.holder
    LEFT JOIN away w ON w.person = h.holder AND w.since <= c.due AND c.due < w.until
    """


STATE = """
    CASE WHEN cancels THEN CAST('cancelled' AS state) WHEN closes IS NOT NULL THEN CAST('met' AS state)
        WHEN due < {as_of} THEN CAST('breached' AS state) ELSE CAST('pending' AS state) END
"""

# The same target around the clock, never later than due; never better than the verdict itself.
STRICT = """
    CASE WHEN c.target IS NULL THEN NULL
        WHEN (c.state = 'met' AND c.answered_at > c.strict_due) OR (c.state = 'pending' AND c.strict_due < {as_of}) THEN CAST('breached' AS state)
        ELSE c.state END
"""

# The first that applies. The clock of meetings stands until somebody first has the lead: so half of it is always left then.
CAUSE = """
    CASE WHEN c.missed IS NULL THEN NULL
        WHEN c.late_at <= c.due THEN CAST('data late' AS cause)
        WHEN c.assigned_at IS NULL OR c.assigned_at > c.due OR h.holder IS NULL THEN CAST('routing' AS cause)
        WHEN c.sla <> 'meeting-or-decision' AND c.due_run - c.assigned < c.assigned - c.started THEN CAST('routing' AS cause)
        WHEN NOT p.active OR w.person IS NOT NULL THEN CAST('coverage' AS cause)
        ELSE CAST('owner' AS cause) END
"""
