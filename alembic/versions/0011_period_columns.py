"""What quotas and ratios are concluded from is kept as columns, so that it is read at once."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table; what leads contribute is written anew by the next check, which judges all leads."""
    op.create_table(
        "period_columns",
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("span", sa.BigInteger(), nullable=False, comment="thirty days since 1970, by number: those that `at` falls in"),
        sa.Column("names", sa.Text(), nullable=False, comment="JSON: the texts that the rows refer to by place"),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="rows of at, until, worth, group, why, counts and open, 34 bytes each"),
        sa.PrimaryKeyConstraint("sla", "version", "span", name=op.f("pk_period_columns")),
        comment="The same as period_shares without the leads, packed: all that one quota or ratio is concluded from, read at once.",
    )
    op.drop_index(op.f("ix_period_shares_sla"), table_name="period_shares")
    op.execute("DELETE FROM period_shares")
    op.execute("DELETE FROM check_notes")
