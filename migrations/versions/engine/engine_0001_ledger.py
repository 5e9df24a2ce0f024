"""The ledger: runs, their partitions, and what is suspended."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "engine_0001"
down_revision = None
branch_labels = ("engine",)
depends_on = None

TABLES = ("runs", "partitions", "suspended")


def upgrade() -> None:
    """Make the tables; the schema is there already, because Alembic's own table lies in it."""
    statements = load_queries("migrations.versions.engine", "ledger.sql")
    for name in TABLES:
        op.execute(statements[name])
    op.create_index("runs_created_at_idx", "runs", ["created_at"], schema="engine")


def downgrade() -> None:
    """Drop the tables and what they remember."""
    for name in reversed(TABLES):
        op.drop_table(name, schema="engine")
