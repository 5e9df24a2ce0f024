"""Two Alembic branches, `engine` (the ledger) and `shop` (the demonstration), whose revisions lie in schema `engine`.

Alembic and SQLAlchemy take most of a second to import, so they wait until something is to be migrated.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrations.road import current, downgrade, pending, upgrade

HEADS = {"engine": "engine_0005", "shop": "shop_0003"}
"""The newest revision of each branch; a test compares."""

__all__ = ["HEADS", "current", "downgrade", "pending", "upgrade"]


def __getattr__(name: str) -> object:
    """The road's functions, imported when they are asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'migrations' has no attribute {name!r}")
    return getattr(import_module("migrations.road"), name)
