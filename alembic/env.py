"""Runs migrations on the connection that the caller opened, so that they share its transaction."""

from alembic import context

from slamon.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
