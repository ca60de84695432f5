"""Every table, index and constraint of the database, each with a sentence; nothing else knows column names in SQL.

Instants are BIGINT microseconds since 1970-01-01 00:00 UTC (exact, and the same on SQLite and PostgreSQL); null means
it did not happen. Texts from the CRM are stored as they came, except that NUL is replaced.
"""

from slamon.store.schema.checking import changed_leads, check_notes, judged_leads, period_columns, period_shares, set_aside
from slamon.store.schema.facts import EVENT_KINDS, absences, event_history, events, people, source_tables, sync_runs
from slamon.store.schema.judgements import STATES, attainment, checks, judged_terms, rulings, transitions, verdicts
from slamon.store.schema.messages import (
    DELIVERY_STATES,
    audit,
    deliveries,
    delivery_members,
    heartbeats,
    marks,
    reports,
    tallies,
    unsubscriptions,
)
from slamon.store.schema.naming import metadata
from slamon.store.schema.telling import silences, withheld

__all__ = [
    "DELIVERY_STATES",
    "EVENT_KINDS",
    "STATES",
    "absences",
    "attainment",
    "audit",
    "changed_leads",
    "check_notes",
    "checks",
    "deliveries",
    "delivery_members",
    "event_history",
    "events",
    "heartbeats",
    "judged_leads",
    "judged_terms",
    "marks",
    "metadata",
    "people",
    "period_columns",
    "period_shares",
    "reports",
    "rulings",
    "set_aside",
    "silences",
    "source_tables",
    "sync_runs",
    "tallies",
    "transitions",
    "unsubscriptions",
    "verdicts",
    "withheld",
]
