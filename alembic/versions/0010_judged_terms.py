"""The terms that verdicts were recorded by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "judged_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sla", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="effective_from of the definition"),
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of the terms"),
        sa.Column("terms", sa.Text(), nullable=False, comment="canonical JSON of what verdicts follow from; empty: promised no more"),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="from when on it is in force"),
        sa.Column("until", sa.BigInteger(), nullable=True, comment="until when; null for no end"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="the clock when it was judged first, or reworded"),
        sa.Column("by", sa.Text(), nullable=True, comment="who reworded it; null for terms that changed no recorded verdict"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it was reworded"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judged_terms")),
        comment="The terms that verdicts were recorded by, never rewritten: the newest row of a version is in force.",
    )
    op.create_index(op.f("ix_judged_terms_sla_version"), "judged_terms", ["sla", "version"])
