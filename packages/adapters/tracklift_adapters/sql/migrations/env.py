"""What Alembic runs to migrate: it takes the connection that `migrate` gave it, inside its transaction."""

from alembic import context

from tracklift_adapters.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
