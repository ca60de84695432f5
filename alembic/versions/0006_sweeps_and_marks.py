"""When to look for a message's twin, and counters that show a restored database."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the instant of the next sweep, two indexes and the table of marks."""
    comment = "when to look next for a twin of it; null for one that was sent once"
    op.add_column("deliveries", sa.Column("sweep_at", sa.BigInteger(), nullable=True, comment=comment))
    op.create_index(op.f("ix_deliveries_sent_at"), "deliveries", ["sent_at"])
    op.create_index(op.f("ix_deliveries_sweep_at"), "deliveries", ["sweep_at"])
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
        comment="Counters by which slamon sees that its database was restored: they only ever grow.",
    )
