"""Fills a store up with copies of the leads that are in it, so that a million leads need not be judged to see what a million cost."""

from dataclasses import replace

from sqlalchemy import Connection, Engine, Table, text

from slamon.store.database import writing
from slamon.store.schema import events, judged_leads, period_shares, verdicts
from slamon.store.verdicts.check_notes import load_notes, save_notes

ANOTHER = "'-' || n"
NEVER_SOON = 100 * 366 * 86_400 * 1_000_000
"""Microseconds: no copy comes due while anybody looks."""
RENAMED = {
    events: {
        "id": f"id || {ANOTHER}",
        "lead": f"lead || {ANOTHER}",
        "value": f"CASE WHEN kind = 'merged' THEN value || {ANOTHER} ELSE value END",
        "actor": f"actor || {ANOTHER}",
    },
    verdicts: {"cycle_id": f"cycle_id || {ANOTHER}", "lead": f"lead || {ANOTHER}"},
    judged_leads: {
        "lead": f"lead || {ANOTHER}",
        "next_at": f"next_at + {NEVER_SOON}",
        "created_by": f"created_by || {ANOTHER}",  # else all of them would be one import
    },
    period_shares: {"lead": f"lead || {ANOTHER}"},
}
"""What of a copied row is its own: whoever made a lead and its events is copied with it."""


def copy_leads(engine: Engine, times: int) -> None:
    """Let each lead be there ``times`` times, with its events, verdicts, contributions and next instant, as a check leaves them."""
    with writing(engine) as connection:
        for table, renamed in RENAMED.items():
            _copy(connection, table, renamed, times)
        notes = load_notes(connection)
        save_notes(connection, replace(notes, leads=notes.leads * times, cycles=notes.cycles * times))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _copy(connection: Connection, table: Table, renamed: dict[str, str], times: int) -> None:
    """In order of the key, and with the indexes made afterwards: many times as fast."""
    for index in table.indexes:
        index.drop(connection)
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.columns)
    values = ", ".join(renamed.get(column.name, quote(column.name)) for column in table.columns)
    numbers = (
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {times - 1})"
        if connection.dialect.name == "sqlite"
        else f"WITH numbers AS (SELECT n FROM generate_series(1, {times - 1}) AS n)"
    )
    first = ", ".join(column.name for column in table.primary_key.columns)
    rows = f"(SELECT * FROM {table.name} ORDER BY {first}) AS row CROSS JOIN numbers"
    connection.execute(text(f"INSERT INTO {table.name} ({names}) {numbers} SELECT {values} FROM {rows}"))
    for index in table.indexes:
        index.create(connection)
