"""What is not said, and why: notices that wait or were suppressed, and silences."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Make the tables of what is withheld, and of silences."""
    _withheld()
    _silences()


def _withheld() -> None:
    op.create_table(
        "withheld",
        sa.Column("cycle_id", sa.Text(), nullable=False, comment="a cycle, or sla/period/group for quotas and ratios"),
        sa.Column("kind", sa.Text(), nullable=False, comment="warning, breach, escalation, reminder, answered late, corrected"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False, comment="who would have heard it; empty for news of what was told before"),
        sa.Column(
            "lead",
            sa.Text(),
            nullable=False,
            comment="whose cycle it is, judged again when the wait is over; empty for quotas and ratios",
        ),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, suppressed for good, or released: said after it had waited"),
        sa.Column("rule", sa.Text(), nullable=False, comment="quiet hours, grouping, silence, inhibited, cleared, …"),
        sa.Column("reason", sa.Text(), nullable=False, comment="in words, for people who ask why nobody told them"),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="the check at which it was withheld first"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="until when it waits, or when it was suppressed or released"),
        sa.PrimaryKeyConstraint("cycle_id", "kind", "sequence", "destination", name=op.f("pk_withheld")),
        sa.CheckConstraint("state IN ('waiting', 'suppressed', 'released')", name=op.f("ck_withheld_state")),
        comment="Every notice that was not said when it came due, and why: nothing is silent without a reason.",
    )
    op.create_index(op.f("ix_withheld_until"), "withheld", ["until"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index(op.f("ix_withheld_lead"), "withheld", ["lead"])


def _silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False, comment="sla, lead, person, team or destination"),
        sa.Column("value", sa.Text(), nullable=False, comment="which one"),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="when it ends, or was ended"),
        sa.Column("by", sa.Text(), nullable=False, comment="the named person who asked for it"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), comment="who ended it before its time"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        sa.CheckConstraint("scope IN ('sla', 'lead', 'person', 'team', 'destination')", name=op.f("ck_silences_scope")),
        comment="What people asked not to be told, for how long and why; scorecards count it all the same.",
    )
    op.create_index(op.f("ix_silences_until"), "silences", ["until"])
