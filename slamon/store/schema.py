"""Every table, index and constraint of the database, each with a sentence; nothing else knows column names in SQL.

Instants are BIGINT microseconds since 1970-01-01 00:00 UTC (exact, and the same on SQLite and PostgreSQL); null means
it did not happen. Texts from the CRM are stored as they came, except that NUL is replaced.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EVENT_KINDS = ("stage", "activity", "touch", "owner", "attribute", "merged", "deleted", "restored")
STATES = ("pending", "met", "breached", "cancelled", "excused", "unknown")
DELIVERY_STATES = ("pending", "dispatching", "sent", "unsure", "dead", "dropped")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


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
    _one_of("kind", EVENT_KINDS),
    comment="What the CRM says happened, in its present version: one row an event.",
    sqlite_with_rowid=False,
)

event_history = Table(
    "event_history",
    metadata,
    *_event_columns(),
    Column("superseded_at", BigInteger, nullable=False, comment="from when on this version was no longer what the CRM said"),
    PrimaryKeyConstraint("id", "seen_at", "superseded_at"),
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
    Column("source", Text, nullable=False, comment="where the leave list came from"),
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

checks = Table(
    "checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("as_of", BigInteger, nullable=False, comment="the instant that was judged"),
    Column("finished_at", BigInteger, nullable=False, comment="the wall clock when it was committed"),
    Column("definitions_hash", Text, nullable=False, comment="of all definitions in force: which terms were judged"),
    Column("newest_at", BigInteger, comment="the newest fact that was known"),
    Column("cycles", Integer, nullable=False),
    Column("transitions", Integer, nullable=False),
    Index(None, "as_of"),
    comment="Every recorded check; one with an earlier as_of than the last records nothing.",
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("cycle_id", Text, primary_key=True, comment="UUIDv5 of SLA, lead and the event that opened the cycle"),
    Column("sla", Text, nullable=False),
    Column("version", Text, nullable=False, comment="effective_from of the definition in force at the start"),
    Column("lead", Text, nullable=False),
    Column("cycle", Integer, nullable=False, comment="the place in the lead's history, from 1: for people, not an identity"),
    Column("state", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, comment="null while paused"),
    Column("answered_at", BigInteger),
    Column("decided_at", BigInteger, comment="when the state became what it is; null while pending"),
    Column("attempts", Integer, comment="counted attempts, for cadences"),
    Column("holder", Text, comment="who holds the lead now"),
    Column("charged_to", Text, comment="who held it at due, for breaches"),
    Column("team", Text, comment="the team it is charged to"),
    Column("cause", Text, comment="data late, routing, coverage or owner, for breaches"),
    Column("system_delay_s", BigInteger, comment="start to first human holder, whole seconds"),
    Column("human_delay_s", BigInteger, comment="assigned to answer, whole seconds"),
    Column("strict_state", Text, comment="judged 24x7 from the hand-raise"),
    Column("period", Text, comment="the period that holds due, in the calendar's zone"),
    Column("reason", Text, comment="why cancelled, excused or unknown"),
    Column("start_event", Text, nullable=False, comment="id of the event that opened the cycle"),
    Column("answer_event", Text, comment="id of the event that answered it"),
    _one_of("state", STATES),
    Index(None, "sla", "state"),  # scorecards, and `verdicts --sla --state`
    Index(None, "lead"),  # explain
    Index(None, "due_at"),  # what is due next
    comment="The verdict of every cycle as of the last check; wholly derived from events and definitions.",
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("check_id", Integer, nullable=False),
    Column("cycle_id", Text, nullable=False),
    Column("from_state", Text, comment="null when the cycle was first seen"),
    Column("to_state", Text, nullable=False, comment="`withdrawn` when new evidence shows that there was no such cycle"),
    Column("instant", BigInteger, comment="when it came true, by the facts"),
    Column("known_at", BigInteger, nullable=False, comment="the check's as_of"),
    Column("baselined", Boolean, nullable=False, comment="was due before go_live, so nobody was told one by one"),
    Index(None, "cycle_id"),  # the history of one cycle, for explain and corrections
    Index(None, "check_id"),
    comment="Every change of a verdict, never rewritten: what was said when.",
)

attainment = Table(
    "attainment",
    metadata,
    Column("sla", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("period", Text, nullable=False, comment="2012-01, 2012-W05 or 2012-Q1"),
    Column("group", Text, nullable=False, comment="empty for the total"),
    Column("counted", Double, nullable=False),
    Column("reversed", Double),
    Column("net", Double),
    Column("cohort", Double, comment="ratios: how many (or what value) could reach"),
    Column("share", Double, comment="ratios: reached / cohort"),
    Column("target", Double),
    Column("expected_to_date", Double),
    Column("p10", Double),
    Column("p50", Double),
    Column("p90", Double),
    Column("probability", Double, comment="that the target is reached"),
    Column("state", Text, comment="pending, met, breached, too few; empty for groups without a target"),
    Column("at_risk_since", BigInteger, comment="since when the pace or the landing says at risk"),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False, comment="when the period is judged"),
    PrimaryKeyConstraint("sla", "version", "period", "group"),
    comment="Quotas and ratios by period and group, as of the last check.",
)

rulings = Table(
    "rulings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False, comment="excuse a cycle, or accept an activity that was logged late"),
    Column("subject", Text, nullable=False, comment="a cycle_id for an excuse, an event id for accepted evidence"),
    Column("by", Text, nullable=False, comment="the named person who decided"),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _one_of("kind", ("excuse", "accept")),
    UniqueConstraint("kind", "subject"),
    comment="What people decided about single cycles and activities; verdicts take them as evidence.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True, comment="UUIDv5 of destination, kind, sequence and group"),
    Column("channel", Text, nullable=False, comment="slack, email or preview"),
    Column("destination", Text, nullable=False, comment="a Slack channel or user, or one mail address"),
    Column("kind", Text, nullable=False, comment="warning, breach, escalation, update, digest, baseline, report, …"),
    Column("sequence", Integer, nullable=False),
    Column("group_key", Text, nullable=False, comment="whose news it is: the cycle or cycles, or the report and period"),
    Column("payload", Text, nullable=False, comment="JSON: the message, rendered when it was queued"),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, comment="the check's as_of"),
    Column("release_at", BigInteger, nullable=False, comment="not to be sent before"),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", Text, comment="which process is sending it"),
    Column("lease_until", BigInteger, comment="after which the sending counts as unsure"),
    Column("fence", Integer, nullable=False, comment="raised with each claim: a late writer is refused"),
    Column("sent_at", BigInteger),
    Column("reference", Text, comment="JSON: what edits it later (Slack channel and ts), the mail's Message-ID, the preview's files"),
    Column("error", Text, comment="the last one, secrets masked"),
    Column("holds", Text, comment="destination or channel: what else waits until this row's release_at, after a refusal"),
    Column("absences", Integer, nullable=False, comment="how often an unsure one was looked for and not found"),
    Column("follows", Text, comment="the delivery that this one edits or answers in its thread"),
    _one_of("state", DELIVERY_STATES),
    Index(None, "state", "release_at"),  # what is to be sent now
    Index(None, "group_key"),
    comment="The outbox: one row a message and destination, committed with the transitions that caused it.",
)

delivery_members = Table(
    "delivery_members",
    metadata,
    Column("delivery_id", Text, nullable=False),
    Column("cycle_id", Text, nullable=False, comment="a cycle, or sla/period/group for quotas and ratios"),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("destination", Text, nullable=False),
    PrimaryKeyConstraint("cycle_id", "kind", "sequence", "destination"),  # nothing is said twice
    Index(None, "delivery_id"),
    comment="Which cycles a message speaks of: the log of what was said, so that it is said once.",
)

reports = Table(
    "reports",
    metadata,
    Column("kind", Text, nullable=False, comment="daily, weekly or monthly"),
    Column("period", Text, nullable=False, comment="2026-11-20, 2026-W46 or 2026-10"),
    Column("as_of", BigInteger, nullable=False),
    Column("figures", Text, nullable=False, comment="JSON: every number the report shows, and the verdicts behind it"),
    Column("hash", Text, nullable=False, comment="SHA-256 of figures"),
    Column("locked", Boolean, nullable=False, comment="a month, once its lock day has come: never rewritten"),
    PrimaryKeyConstraint("kind", "period"),
    comment="The figures of each report as it was sent.",
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("job", Text, primary_key=True, comment="sync, check, deliver, report or tick"),
    Column("at", BigInteger, nullable=False, comment="when the job last ended"),
    Column("ok", Boolean, nullable=False),
    Column("succeeded_at", BigInteger, comment="when it last ended well"),
    Column("detail", Text, nullable=False),
    comment="Whether the service is alive, job by job.",
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    comment="Who changed what by hand, when and why.",
)
