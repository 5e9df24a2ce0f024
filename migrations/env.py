"""What Alembic runs for every command: it migrates over the connection that `migrations.road` hands it."""

from __future__ import annotations

from alembic import context

from migrations.scripts import SCHEMA, TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=TABLE,
    version_table_schema=SCHEMA,
    transaction_per_migration=False,
)
context.run_migrations()
