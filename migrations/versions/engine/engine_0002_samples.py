"""Samples of the rows that were in a table before a run."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "engine_0002"
down_revision = "engine_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute(load_queries("migrations.versions.engine", "ledger.sql")["samples"])


def downgrade() -> None:
    """Drop it; a run that has samples cannot be resumed any more."""
    op.drop_table("samples", schema="engine")
