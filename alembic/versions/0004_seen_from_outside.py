"""What is seen from outside: how long jobs take, how sendings end, and who wants a report's mails no more."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables of tallies and unsubscriptions, the time a job took, and an index for the outbox's depth."""
    op.add_column("heartbeats", sa.Column("took", sa.BigInteger(), nullable=True, comment="how long its last run was, in microseconds"))
    op.create_index(op.f("ix_deliveries_state_channel_created_at"), "deliveries", ["state", "channel", "created_at"])
    op.create_table(
        "tallies",
        sa.Column("name", sa.Text(), nullable=False, comment="what is counted: sends, …"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "channel", "outcome", name=op.f("pk_tallies")),
        comment="How often something ended how, since the beginning; counted in the transaction that it ended in.",
    )
    op.create_table(
        "unsubscriptions",
        sa.Column("destination", sa.Text(), nullable=False, comment="one mail address"),
        sa.Column("report", sa.Text(), nullable=False, comment="daily, weekly or monthly"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True, comment="when those who look after the report were told; null until then"),
        sa.PrimaryKeyConstraint("destination", "report", name=op.f("pk_unsubscriptions")),
        comment="Who wants a report's mails no more; the report itself is made and kept all the same.",
    )
