"""Rulings may put a version on open cycles."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MEANS = "What people decided about cycles, activities and versions; verdicts take them as evidence from then on."
_COMMENTS = {
    "kind": (
        "excuse a cycle, or accept an activity that was logged late",
        "excuse a cycle, accept an activity logged late, or activate a version on open cycles",
    ),
    "subject": (
        "a cycle_id for an excuse, an event id for accepted evidence",
        "a cycle_id for an excuse, an event id for accepted evidence, an SLA and its version",
    ),
}


def upgrade() -> None:
    """Let rulings be of kind ``activate``; SQLite makes the table anew, PostgreSQL changes its constraint."""
    with op.batch_alter_table("rulings", copy_from=_as_it_was()) as table:
        table.drop_constraint(op.f("ck_rulings_kind"), type_="check")
        table.create_check_constraint(op.f("ck_rulings_kind"), "kind IN ('excuse', 'accept', 'activate')")
        for name, (before, after) in _COMMENTS.items():
            table.alter_column(name, existing_type=sa.Text(), existing_nullable=False, existing_comment=before, comment=after)
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("rulings", _MEANS)


def _as_it_was() -> sa.Table:
    return sa.Table(
        "rulings",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_rulings_kind_subject")),
        sa.CheckConstraint("kind IN ('excuse', 'accept')", name=op.f("ck_rulings_kind")),
    )
