"""Runs beside rows that are there: which tables a run fills, what an append found in them, and what was cleaned."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "engine_0005"
down_revision = "engine_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns."""
    queries = load_queries("migrations.versions.engine", "ledger.sql")
    op.execute(queries["runs_cleaned"])
    op.execute(queries["samples_held"])


def downgrade() -> None:
    """Drop them; an append cannot be resumed any more, and a run that was cleaned looks as if it were there."""
    op.drop_column("samples", "held", schema="engine")
    op.drop_column("runs", "cleaned_at", schema="engine")
    op.drop_column("runs", "filled", schema="engine")
    op.drop_column("runs", "append", schema="engine")
