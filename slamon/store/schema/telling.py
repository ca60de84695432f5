"""Tables of what is not said: what waits or was suppressed and why, and what people asked not to be told."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from slamon.store.schema.naming import metadata, one_of

WAITING = text("state = 'waiting'")

withheld = Table(
    "withheld",
    metadata,
    Column("cycle_id", Text, nullable=False, comment="a cycle, or sla/period/group for quotas and ratios"),
    Column("kind", Text, nullable=False, comment="warning, breach, escalation, reminder, answered late, corrected"),
    Column("sequence", Integer, nullable=False),
    Column("destination", Text, nullable=False, comment="who would have heard it; empty for news of what was told before"),
    Column("lead", Text, nullable=False, comment="whose cycle it is, judged again when the wait is over; empty for quotas and ratios"),
    Column("sla", Text, nullable=False),
    Column("state", Text, nullable=False, comment="waiting, suppressed for good, or released: said after it had waited"),
    Column("rule", Text, nullable=False, comment="quiet hours, grouping, silence, inhibited, cleared, …"),
    Column("reason", Text, nullable=False, comment="in words, for people who ask why nobody told them"),
    Column("since", BigInteger, nullable=False, comment="the check at which it was withheld first"),
    Column("until", BigInteger, nullable=False, comment="until when it waits, or when it was suppressed or released"),
    PrimaryKeyConstraint("cycle_id", "kind", "sequence", "destination"),
    one_of("state", ("waiting", "suppressed", "released")),
    Index(None, "until", sqlite_where=WAITING, postgresql_where=WAITING),  # what may be said now
    Index(None, "lead"),  # who was not told of a lead, and why
    Index(None, "state", "rule"),  # how much was withheld, by which rule
    comment="Every notice that was not said when it came due, and why: nothing is silent without a reason.",
)

silences = Table(
    "silences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", Text, nullable=False, comment="sla, lead, person, team or destination"),
    Column("value", Text, nullable=False, comment="which one"),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False, comment="when it ends, or was ended"),
    Column("by", Text, nullable=False, comment="the named person who asked for it"),
    Column("reason", Text, nullable=False),
    Column("ended_by", Text, comment="who ended it before its time"),
    one_of("scope", ("sla", "lead", "person", "team", "destination")),
    Index(None, "until"),
    comment="What people asked not to be told, for how long and why; scorecards count it all the same.",
)
