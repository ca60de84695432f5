"""What was withheld is counted by an index."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Each scrape of the metrics counts what was withheld by state and rule."""
    op.create_index(op.f("ix_withheld_state_rule"), "withheld", ["state", "rule"])
