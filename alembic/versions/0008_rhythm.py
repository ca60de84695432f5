"""How each table of a source usually moves, to notice one that stands still."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add what syncs find out from now on."""
    moved = "when a sync last found a newer event than the sync before; null while none did"
    op.add_column("source_tables", sa.Column("moved_at", sa.BigInteger(), comment=moved))
    still = "the longest time without an event of late; null for too few events"
    op.add_column("source_tables", sa.Column("longest_still", sa.BigInteger(), comment=still))
