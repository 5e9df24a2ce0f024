"""What a run over HTTP tells: its scenario, the trace it belongs to, and its log."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "engine_0004"
down_revision = "engine_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns."""
    op.execute(load_queries("migrations.versions.engine", "ledger.sql")["requests_told"])


def downgrade() -> None:
    """Drop them; what was told is forgotten."""
    op.drop_column("requests", "log", schema="engine")
    op.drop_column("requests", "traceparent", schema="engine")
    op.drop_column("requests", "scenario", schema="engine")
