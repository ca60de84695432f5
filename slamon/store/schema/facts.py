"""Tables of what the sources say: events and their earlier versions, people, absences, and how far each table was read."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from slamon.store.schema.naming import metadata, one_of

MERGES = text("kind = 'merged'")
EVENT_KINDS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted", "restored")


def _event_columns() -> list[Column[Any]]:
    return [
        Column("id", Text, nullable=False, comment="source, table and the row's own id or its hash: the same at every sync"),
        Column("source", Text, nullable=False, comment="the source's name in slamon.yaml"),
        Column("source_table", Text, nullable=False, comment="the table of that source"),
        Column("lead", Text, nullable=False, comment="the lead's id in the CRM"),
        Column("at", BigInteger, nullable=False, comment="when it happened"),
        Column("recorded_at", BigInteger, comment="when the CRM stored it, if it says"),
        Column("seen_at", BigInteger, nullable=False, comment="when we first read this version of the row"),
        Column("kind", Text, nullable=False, comment="which kind of event, one of EVENT_KINDS"),
        Column("name", Text, comment="the stage, activity, touch or attribute; assigned or unassigned for owner"),
        Column("value", Text, comment="a touch's asset, an attribute's new value, the lead that a loser was merged into"),
        Column("actor", Text, comment="who did it, if the source says"),
        Column("owner", Text, comment="who owned the lead from then on, if this row says"),
        Column("direction", Text, comment="inbound or outbound, for activities"),
        Column("automated", Boolean, nullable=False, comment="done by a machine"),
        Column("seconds", Integer, comment="how long the activity took, if the source says"),
        Column("outcome", Text, comment="what the activity came to, if the source says"),
        Column("attributes", Text, comment="JSON object of what the row says of the lead; keys sorted"),
        Column("position", BigInteger, nullable=False, comment="the source's own order: table, then row"),
    ]


events = Table(
    "events",
    metadata,
    *_event_columns(),
    PrimaryKeyConstraint("id"),
    Index(None, "lead"),  # the facts of one lead, or of those that changed
    Index(None, "value", sqlite_where=MERGES, postgresql_where=MERGES),  # who was merged into a lead
    one_of("kind", EVENT_KINDS),
    comment="What the CRM says happened, in its present version: one row an event.",
    sqlite_with_rowid=False,
)

event_history = Table(
    "event_history",
    metadata,
    *_event_columns(),
    Column("superseded_at", BigInteger, nullable=False, comment="from when on this version was no longer what the CRM said"),
    PrimaryKeyConstraint("id", "seen_at", "superseded_at"),
    Index(None, "lead"),  # what was known of one lead
    Index(None, "value", sqlite_where=MERGES, postgresql_where=MERGES),
    comment="Versions of events that were changed or withdrawn: what was known before, for verdicts as of then.",
    sqlite_with_rowid=False,
)

people = Table(
    "people",
    metadata,
    Column("id", Text, nullable=False, comment="the person's id in the CRM"),
    Column("source", Text, nullable=False, comment="which source knows the person"),
    Column("name", Text, comment="as people call her"),
    Column("email", Text, comment="where mail reaches her, and how Slack knows her"),
    Column("team", Text, comment="her team's name, as in people.teams of slamon.yaml"),
    Column("manager", Text, comment="her manager's id or address"),
    Column("active", Boolean, nullable=False, comment="false once she left"),
    Column("calendar", Text, comment="her own calendar's name, if she has one"),
    Column("automated", Boolean, nullable=False, comment="an integration user, not a person"),
    PrimaryKeyConstraint("source", "id"),
    comment="Who works the leads, as the CRM knows them.",
)

absences = Table(
    "absences",
    metadata,
    Column("source", Text, nullable=False, comment="the leave list: source and table, or source/* for people flagged as away"),
    Column("person", Text, nullable=False, comment="the person's id"),
    Column("since", BigInteger, nullable=False, comment="first instant away"),
    Column("until", BigInteger, nullable=False, comment="first instant back"),
    PrimaryKeyConstraint("source", "person", "since"),
    CheckConstraint("until > since", name="ordered"),
    comment="When a person is away.",
)

source_tables = Table(
    "source_tables",
    metadata,
    Column("source", Text, nullable=False, comment="the source's name"),
    Column("source_table", Text, nullable=False, comment="the table's name"),
    Column("fingerprint", Text, comment="of content and mapping at the last sync: the same means nothing to read"),
    Column("first_synced_at", BigInteger, nullable=False, comment="when its history was first complete"),
    Column("synced_at", BigInteger, nullable=False, comment="when it was last read to the end"),
    Column("newest_at", BigInteger, comment="its newest event's instant: how fresh the data is"),
    Column("rows_read", BigInteger, nullable=False, comment="rows at the last full reading"),
    Column("events_kept", BigInteger, nullable=False, comment="events at the last full reading"),
    Column("moved_at", BigInteger, comment="when a sync last found a newer event than the sync before; null while none did"),
    Column("longest_still", BigInteger, comment="the longest time without an event of late; null for too few events"),
    PrimaryKeyConstraint("source", "source_table"),
    comment="How far each table of each source was read.",
)

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("summary", Text, nullable=False, comment="JSON: rows read, events kept by kind, unmatched, refused; or the error"),
    comment="What each sync found, also what it refused.",
)
