"""Tables of what is said: the outbox, the log of what was said, reports; and of who looked after the service."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from slamon.store.schema.naming import metadata, one_of

DELIVERY_STATES = ("pending", "dispatching", "sent", "unsure", "dead", "dropped")

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
    Column("sweep_at", BigInteger, comment="when to look next for a twin of it; null for one that was sent once"),
    one_of("state", DELIVERY_STATES),
    Index(None, "state", "release_at"),  # what is to be sent now
    Index(None, "group_key"),
    Index(None, "state", "channel", "created_at"),  # how many wait, and since when
    Index(None, "sent_at"),  # the pace of each destination
    Index(None, "sweep_at"),
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
    Column("took", BigInteger, comment="how long its last run was, in microseconds"),
    comment="Whether the service is alive, job by job.",
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="Counters by which slamon sees that its database was restored: they only ever grow.",
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

tallies = Table(
    "tallies",
    metadata,
    Column("name", Text, nullable=False, comment="what is counted: sends, …"),
    Column("channel", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "channel", "outcome"),
    comment="How often something ended how, since the beginning; counted in the transaction that it ended in.",
)

unsubscriptions = Table(
    "unsubscriptions",
    metadata,
    Column("destination", Text, nullable=False, comment="one mail address"),
    Column("report", Text, nullable=False, comment="daily, weekly or monthly"),
    Column("at", BigInteger, nullable=False),
    Column("told_at", BigInteger, comment="when those who look after the report were told; null until then"),
    PrimaryKeyConstraint("destination", "report"),
    comment="Who wants a report's mails no more; the report itself is made and kept all the same.",
)
