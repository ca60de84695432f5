"""The first tables: facts, verdicts, what was said, reports, and what people decided."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table of version 0.1."""
    _make_events()
    _make_event_history()
    _make_people()
    _make_absences()
    _make_source_tables()
    _make_sync_runs()
    _make_checks()
    _make_verdicts()
    _make_transitions()
    _make_attainment()
    _make_rulings()
    _make_deliveries()
    _make_delivery_members()
    _make_reports()
    _make_heartbeats()
    _make_audit()


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Text(), nullable=False, comment="source, table and the row's own id or its hash: the same at every sync"),
        sa.Column("source", sa.Text(), nullable=False, comment="the source's name in slamon.yaml"),
        sa.Column("source_table", sa.Text(), nullable=False, comment="the table of that source"),
        sa.Column("lead", sa.Text(), nullable=False, comment="the lead's id in the CRM"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it happened"),
        sa.Column("recorded_at", sa.BigInteger(), comment="when the CRM stored it, if it says"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="when we first read this version of the row"),
        sa.Column("kind", sa.Text(), nullable=False, comment="which kind of event, one of EVENT_KINDS"),
        sa.Column("name", sa.Text(), comment="the stage, activity, touch or attribute; assigned or unassigned for owner"),
        sa.Column("value", sa.Text(), comment="a touch's asset, an attribute's new value, the lead that a loser was merged into"),
        sa.Column("actor", sa.Text(), comment="who did it, if the source says"),
        sa.Column("owner", sa.Text(), comment="who owned the lead from then on, if this row says"),
        sa.Column("direction", sa.Text(), comment="inbound or outbound, for activities"),
        sa.Column("automated", sa.Boolean(), nullable=False, comment="done by a machine"),
        sa.Column("seconds", sa.Integer(), comment="how long the activity took, if the source says"),
        sa.Column("outcome", sa.Text(), comment="what the activity came to, if the source says"),
        sa.Column("attributes", sa.Text(), comment="JSON object of what the row says of the lead; keys sorted"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the source's own order: table, then row"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.CheckConstraint(
            "kind IN ('stage', 'activity', 'touch', 'owner', 'attribute', 'merged', 'deleted', 'restored')", name=op.f("ck_events_kind")
        ),
        comment="What the CRM says happened, in its present version: one row an event.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_events_lead"), "events", ["lead"])


def _make_event_history() -> None:
    op.create_table(
        "event_history",
        sa.Column("id", sa.Text(), nullable=False, comment="source, table and the row's own id or its hash: the same at every sync"),
        sa.Column("source", sa.Text(), nullable=False, comment="the source's name in slamon.yaml"),
        sa.Column("source_table", sa.Text(), nullable=False, comment="the table of that source"),
        sa.Column("lead", sa.Text(), nullable=False, comment="the lead's id in the CRM"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it happened"),
        sa.Column("recorded_at", sa.BigInteger(), comment="when the CRM stored it, if it says"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="when we first read this version of the row"),
        sa.Column("kind", sa.Text(), nullable=False, comment="which kind of event, one of EVENT_KINDS"),
        sa.Column("name", sa.Text(), comment="the stage, activity, touch or attribute; assigned or unassigned for owner"),
        sa.Column("value", sa.Text(), comment="a touch's asset, an attribute's new value, the lead that a loser was merged into"),
        sa.Column("actor", sa.Text(), comment="who did it, if the source says"),
        sa.Column("owner", sa.Text(), comment="who owned the lead from then on, if this row says"),
        sa.Column("direction", sa.Text(), comment="inbound or outbound, for activities"),
        sa.Column("automated", sa.Boolean(), nullable=False, comment="done by a machine"),
        sa.Column("seconds", sa.Integer(), comment="how long the activity took, if the source says"),
        sa.Column("outcome", sa.Text(), comment="what the activity came to, if the source says"),
        sa.Column("attributes", sa.Text(), comment="JSON object of what the row says of the lead; keys sorted"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the source's own order: table, then row"),
        sa.Column("superseded_at", sa.BigInteger(), nullable=False, comment="from when on this version was no longer what the CRM said"),
        sa.PrimaryKeyConstraint("id", "seen_at", "superseded_at", name=op.f("pk_event_history")),
        comment="Versions of events that were changed or withdrawn: what was known before, for verdicts as of then.",
        sqlite_with_rowid=False,
    )


def _make_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False, comment="the person's id in the CRM"),
        sa.Column("source", sa.Text(), nullable=False, comment="which source knows the person"),
        sa.Column("name", sa.Text(), comment="as people call her"),
        sa.Column("email", sa.Text(), comment="where mail reaches her, and how Slack knows her"),
        sa.Column("team", sa.Text(), comment="her team's name, as in people.teams of slamon.yaml"),
        sa.Column("manager", sa.Text(), comment="her manager's id or address"),
        sa.Column("active", sa.Boolean(), nullable=False, comment="false once she left"),
        sa.Column("calendar", sa.Text(), comment="her own calendar's name, if she has one"),
        sa.Column("automated", sa.Boolean(), nullable=False, comment="an integration user, not a person"),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_people")),
        comment="Who works the leads, as the CRM knows them.",
    )


def _make_absences() -> None:
    op.create_table(
        "absences",
        sa.Column("source", sa.Text(), nullable=False, comment="the leave list: source and table, or source/* for people flagged as away"),
        sa.Column("person", sa.Text(), nullable=False, comment="the person's id"),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="first instant away"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="first instant back"),
        sa.PrimaryKeyConstraint("source", "person", "since", name=op.f("pk_absences")),
        sa.CheckConstraint("until > since", name=op.f("ck_absences_ordered")),
        comment="When a person is away.",
    )


def _make_source_tables() -> None:
    op.create_table(
        "source_tables",
        sa.Column("source", sa.Text(), nullable=False, comment="the source's name"),
        sa.Column("source_table", sa.Text(), nullable=False, comment="the table's name"),
        sa.Column("fingerprint", sa.Text(), comment="of content and mapping at the last sync: the same means nothing to read"),
        sa.Column("first_synced_at", sa.BigInteger(), nullable=False, comment="when its history was first complete"),
        sa.Column("synced_at", sa.BigInteger(), nullable=False, comment="when it was last read to the end"),
        sa.Column("newest_at", sa.BigInteger(), comment="its newest event's instant: how fresh the data is"),
        sa.Column("rows_read", sa.BigInteger(), nullable=False, comment="rows at the last full reading"),
        sa.Column("events_kept", sa.BigInteger(), nullable=False, comment="events at the last full reading"),
        sa.PrimaryKeyConstraint("source", "source_table", name=op.f("pk_source_tables")),
        comment="How far each table of each source was read.",
    )


def _make_sync_runs() -> None:
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False, comment="JSON: rows read, events kept by kind, unmatched, refused; or the error"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
        comment="What each sync found, also what it refused.",
    )


def _make_checks() -> None:
    op.create_table(
        "checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False, comment="the instant that was judged"),
        sa.Column("finished_at", sa.BigInteger(), nullable=False, comment="the wall clock when it was committed"),
        sa.Column("definitions_hash", sa.Text(), nullable=False, comment="of all definitions in force: which terms were judged"),
        sa.Column("newest_at", sa.BigInteger(), comment="the newest fact that was known"),
        sa.Column("cycles", sa.Integer(), nullable=False),
        sa.Column("transitions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        comment="Every recorded check; one with an earlier as_of than the last records nothing.",
    )
    op.create_index(op.f("ix_checks_as_of"), "checks", ["as_of"])


def _make_verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("cycle_id", sa.Text(), nullable=False, comment="UUIDv5 of SLA, lead and the event that opened the cycle"),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="effective_from of the definition in force at the start"),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False, comment="the place in the lead's history, from 1: for people, not an identity"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), comment="null while paused"),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("decided_at", sa.BigInteger(), comment="when the state became what it is; null while pending"),
        sa.Column("attempts", sa.Integer(), comment="counted attempts, for cadences"),
        sa.Column("holder", sa.Text(), comment="who holds the lead now"),
        sa.Column("charged_to", sa.Text(), comment="who held it at due, for breaches"),
        sa.Column("team", sa.Text(), comment="the team it is charged to"),
        sa.Column("cause", sa.Text(), comment="data late, routing, coverage or owner, for breaches"),
        sa.Column("system_delay_s", sa.BigInteger(), comment="start to first human holder, whole seconds"),
        sa.Column("human_delay_s", sa.BigInteger(), comment="assigned to answer, whole seconds"),
        sa.Column("strict_state", sa.Text(), comment="judged 24x7 from the hand-raise"),
        sa.Column("period", sa.Text(), comment="the period that holds due, in the calendar's zone"),
        sa.Column("reason", sa.Text(), comment="why cancelled, excused or unknown"),
        sa.Column("start_event", sa.Text(), nullable=False, comment="id of the event that opened the cycle"),
        sa.Column("answer_event", sa.Text(), comment="id of the event that answered it"),
        sa.PrimaryKeyConstraint("cycle_id", name=op.f("pk_verdicts")),
        sa.CheckConstraint("state IN ('pending', 'met', 'breached', 'cancelled', 'excused', 'unknown')", name=op.f("ck_verdicts_state")),
        comment="The verdict of every cycle as of the last check; wholly derived from events and definitions.",
    )
    op.create_index(op.f("ix_verdicts_due_at"), "verdicts", ["due_at"])
    op.create_index(op.f("ix_verdicts_lead"), "verdicts", ["lead"])
    op.create_index(op.f("ix_verdicts_sla_state"), "verdicts", ["sla", "state"])


def _make_transitions() -> None:
    op.create_table(
        "transitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), comment="null when the cycle was first seen"),
        sa.Column("to_state", sa.Text(), nullable=False, comment="`withdrawn` when new evidence shows that there was no such cycle"),
        sa.Column("instant", sa.BigInteger(), comment="when it came true, by the facts"),
        sa.Column("known_at", sa.BigInteger(), nullable=False, comment="the check's as_of"),
        sa.Column("baselined", sa.Boolean(), nullable=False, comment="was due before go_live, so nobody was told one by one"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transitions")),
        comment="Every change of a verdict, never rewritten: what was said when.",
    )
    op.create_index(op.f("ix_transitions_check_id"), "transitions", ["check_id"])
    op.create_index(op.f("ix_transitions_cycle_id"), "transitions", ["cycle_id"])


def _make_attainment() -> None:
    op.create_table(
        "attainment",
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="2012-01, 2012-W05 or 2012-Q1"),
        sa.Column("group", sa.Text(), nullable=False, comment="empty for the total"),
        sa.Column("counted", sa.Double(), nullable=False),
        sa.Column("reversed", sa.Double()),
        sa.Column("net", sa.Double()),
        sa.Column("cohort", sa.Double(), comment="ratios: how many (or what value) could reach"),
        sa.Column("share", sa.Double(), comment="ratios: reached / cohort"),
        sa.Column("target", sa.Double()),
        sa.Column("expected_to_date", sa.Double()),
        sa.Column("p10", sa.Double()),
        sa.Column("p50", sa.Double()),
        sa.Column("p90", sa.Double()),
        sa.Column("probability", sa.Double(), comment="that the target is reached"),
        sa.Column("state", sa.Text(), comment="pending, met, breached, too few; empty for groups without a target"),
        sa.Column("at_risk_since", sa.BigInteger(), comment="since when the pace or the landing says at risk"),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False, comment="when the period is judged"),
        sa.PrimaryKeyConstraint("sla", "version", "period", "group", name=op.f("pk_attainment")),
        comment="Quotas and ratios by period and group, as of the last check.",
    )


def _make_rulings() -> None:
    op.create_table(
        "rulings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="excuse a cycle, or accept an activity that was logged late"),
        sa.Column("subject", sa.Text(), nullable=False, comment="a cycle_id for an excuse, an event id for accepted evidence"),
        sa.Column("by", sa.Text(), nullable=False, comment="the named person who decided"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_rulings_kind_subject")),
        sa.CheckConstraint("kind IN ('excuse', 'accept')", name=op.f("ck_rulings_kind")),
        comment="What people decided about single cycles and activities; verdicts take them as evidence.",
    )


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False, comment="UUIDv5 of destination, kind, sequence and group"),
        sa.Column("channel", sa.Text(), nullable=False, comment="slack, email or preview"),
        sa.Column("destination", sa.Text(), nullable=False, comment="a Slack channel or user, or one mail address"),
        sa.Column("kind", sa.Text(), nullable=False, comment="warning, breach, escalation, update, digest, baseline, report, …"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False, comment="whose news it is: the cycle or cycles, or the report and period"),
        sa.Column("payload", sa.Text(), nullable=False, comment="JSON: the message, rendered when it was queued"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="the check's as_of"),
        sa.Column("release_at", sa.BigInteger(), nullable=False, comment="not to be sent before"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text(), comment="which process is sending it"),
        sa.Column("lease_until", sa.BigInteger(), comment="after which the sending counts as unsure"),
        sa.Column("fence", sa.Integer(), nullable=False, comment="raised with each claim: a late writer is refused"),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column(
            "reference", sa.Text(), comment="JSON: what edits it later (Slack channel and ts), the mail's Message-ID, the preview's files"
        ),
        sa.Column("error", sa.Text(), comment="the last one, secrets masked"),
        sa.Column("holds", sa.Text(), comment="destination or channel: what else waits until this row's release_at, after a refusal"),
        sa.Column("absences", sa.Integer(), nullable=False, comment="how often an unsure one was looked for and not found"),
        sa.Column("follows", sa.Text(), comment="the delivery that this one edits or answers in its thread"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.CheckConstraint("state IN ('pending', 'dispatching', 'sent', 'unsure', 'dead', 'dropped')", name=op.f("ck_deliveries_state")),
        comment="The outbox: one row a message and destination, committed with the transitions that caused it.",
    )
    op.create_index(op.f("ix_deliveries_group_key"), "deliveries", ["group_key"])
    op.create_index(op.f("ix_deliveries_state_release_at"), "deliveries", ["state", "release_at"])


def _make_delivery_members() -> None:
    op.create_table(
        "delivery_members",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Text(), nullable=False, comment="a cycle, or sla/period/group for quotas and ratios"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("cycle_id", "kind", "sequence", "destination", name=op.f("pk_delivery_members")),
        comment="Which cycles a message speaks of: the log of what was said, so that it is said once.",
    )
    op.create_index(op.f("ix_delivery_members_delivery_id"), "delivery_members", ["delivery_id"])


def _make_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("kind", sa.Text(), nullable=False, comment="daily, weekly or monthly"),
        sa.Column("period", sa.Text(), nullable=False, comment="2026-11-20, 2026-W46 or 2026-10"),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False, comment="JSON: every number the report shows, and the verdicts behind it"),
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of figures"),
        sa.Column("locked", sa.Boolean(), nullable=False, comment="a month, once its lock day has come: never rewritten"),
        sa.PrimaryKeyConstraint("kind", "period", name=op.f("pk_reports")),
        comment="The figures of each report as it was sent.",
    )


def _make_heartbeats() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("job", sa.Text(), nullable=False, comment="sync, check, deliver, report or tick"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when the job last ended"),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("succeeded_at", sa.BigInteger(), comment="when it last ended well"),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_heartbeats")),
        comment="Whether the service is alive, job by job.",
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        comment="Who changed what by hand, when and why.",
    )
