"""A check judges the leads that changed and those whose next instant has come."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_HAS_NEXT = sa.text("next_at IS NOT NULL")
_MADE = sa.text("created_by IS NOT NULL")


def upgrade() -> None:
    """Make the tables that checks find their leads by; empty ones mean that the next check judges all leads."""
    _make_judged_leads()
    _make_changed_leads()
    _make_period_shares()
    op.create_table(
        "set_aside",
        sa.Column("lead", sa.Text(), nullable=False, comment="empty for all leads of the SLA"),
        sa.Column("sla", sa.Text(), nullable=False, comment="empty for all SLAs of the lead"),
        sa.Column("reason", sa.Text(), nullable=False, comment="what its judging failed with; no personal data"),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", sa.BigInteger(), nullable=False, comment="when it is tried again"),
        sa.PrimaryKeyConstraint("lead", "sla", name=op.f("pk_set_aside")),
        comment="Leads and SLAs whose judging failed: their verdicts stay as they were, and the others go on.",
    )
    op.create_table(
        "check_notes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_check_notes")),
        comment="What the last check goes by: the terms it judged by, what all facts together tell, when periods are looked at next.",
    )


def _make_judged_leads() -> None:
    op.create_table(
        "judged_leads",
        sa.Column("lead", sa.Text(), nullable=False, comment="the lead's id, after merges; or one of which nothing is known yet"),
        sa.Column("next_at", sa.BigInteger(), comment="the first instant at which a verdict or a notice may change though nothing happens"),
        sa.Column("created_at", sa.BigInteger(), comment="its first event's instant; null while none is known"),
        sa.Column("created_by", sa.Text(), comment="who made that event, if the source says: imports are found by it"),
        sa.Column("last_at", sa.BigInteger(), comment="its last event's instant"),
        sa.PrimaryKeyConstraint("lead", name=op.f("pk_judged_leads")),
        comment="Every lead as of the last check that judged it: when to look at it again, and who made it.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_judged_leads_next_at"), "judged_leads", ["next_at"], sqlite_where=_HAS_NEXT, postgresql_where=_HAS_NEXT)
    made = ["created_by", "created_at"]
    op.create_index(op.f("ix_judged_leads_created_by_created_at"), "judged_leads", made, sqlite_where=_MADE, postgresql_where=_MADE)


def _make_changed_leads() -> None:
    op.create_table(
        "changed_leads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lead", sa.Text(), comment="whose facts changed; null for so many that all leads are to be judged"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="from when on the change is known"),
        sa.Column("took_away", sa.Boolean(), nullable=False, comment="an event was changed or withdrawn, not only added"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_leads")),
        comment="What syncs changed since the last check; a check takes away what it has judged, in its own transaction.",
    )
    op.create_index(op.f("ix_changed_leads_at"), "changed_leads", ["at"])


def _make_period_shares() -> None:
    op.create_table(
        "period_shares",
        sa.Column("lead", sa.Text(), nullable=False, comment="the lead's id, after merges"),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="the place among the lead's own, from 0"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it was counted, or entered the cohort"),
        sa.Column("until", sa.BigInteger(), comment="quotas: when it was taken back; ratios: when the member is old enough"),
        sa.Column("worth", sa.Double(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False, comment="ratios: whether the member counts"),
        sa.Column("open", sa.Boolean(), nullable=False, comment="ratios: whether that cannot be told"),
        sa.Column("why", sa.Text(), nullable=False, comment="ratios: what is not known of the member; empty when all is"),
        sa.PrimaryKeyConstraint("lead", "sla", "version", "number", name=op.f("pk_period_shares")),
        comment="What each lead contributes to quotas and ratios, as of the last check that judged it.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_period_shares_sla"), "period_shares", ["sla"])
