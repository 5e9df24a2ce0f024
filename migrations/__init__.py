"""Two Alembic branches, `engine` (the ledger) and `shop` (the demonstration); schema `engine` keeps their revisions."""

from migrations.road import current, downgrade, pending, upgrade

__all__ = ["current", "downgrade", "pending", "upgrade"]
