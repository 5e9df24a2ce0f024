"""Runs that were asked for over HTTP: the queue, and how far each has come."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "engine_0003"
down_revision = "engine_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and what the queue is searched by."""
    statements = load_queries("migrations.versions.engine", "ledger.sql")
    op.execute(statements["requests"])
    op.execute(statements["requests_waiting"])


def downgrade() -> None:
    """Drop it; what waits is forgotten, what was run stays in the ledger."""
    op.drop_table("requests", schema="engine")
