"""Tables of what follows from the facts: verdicts, their changes, attainment, and what people ruled."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from slamon.store.schema.naming import metadata, one_of

STATES = ("pending", "met", "breached", "cancelled", "excused", "unknown")

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
    one_of("state", STATES),
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
    Column("kind", Text, nullable=False, comment="excuse a cycle, accept an activity logged late, or activate a version on open cycles"),
    Column("subject", Text, nullable=False, comment="a cycle_id for an excuse, an event id for accepted evidence, an SLA and its version"),
    Column("by", Text, nullable=False, comment="the named person who decided"),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    one_of("kind", ("excuse", "accept", "activate")),
    UniqueConstraint("kind", "subject"),
    comment="What people decided about cycles, activities and versions; verdicts take them as evidence from then on.",
)

judged_terms = Table(
    "judged_terms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sla", Text, nullable=False),
    Column("version", Text, nullable=False, comment="effective_from of the definition"),
    Column("hash", Text, nullable=False, comment="SHA-256 of the terms"),
    Column("terms", Text, nullable=False, comment="canonical JSON of what verdicts follow from; empty: promised no more"),
    Column("since", BigInteger, nullable=False, comment="from when on it is in force"),
    Column("until", BigInteger, comment="until when; null for no end"),
    Column("at", BigInteger, nullable=False, comment="the clock when it was judged first, or reworded"),
    Column("by", Text, comment="who reworded it; null for terms that changed no recorded verdict"),
    Column("reason", Text, comment="why it was reworded"),
    Index(None, "sla", "version"),
    comment="The terms that verdicts were recorded by, never rewritten: the newest row of a version is in force.",
)
