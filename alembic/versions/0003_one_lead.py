"""The history of one lead is found without reading all events: who was merged into it, and earlier versions by lead."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MERGES = sa.text("kind = 'merged'")


def upgrade() -> None:
    """Index merges by the surviving lead, and the history by lead."""
    op.create_index(op.f("ix_events_value"), "events", ["value"], sqlite_where=_MERGES, postgresql_where=_MERGES)
    op.create_index(op.f("ix_event_history_lead"), "event_history", ["lead"])
    op.create_index(op.f("ix_event_history_value"), "event_history", ["value"], sqlite_where=_MERGES, postgresql_where=_MERGES)
