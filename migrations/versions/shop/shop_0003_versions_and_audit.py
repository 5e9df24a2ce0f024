"""Optimistic locking and an audit trail, for every table that a scenario fills."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "shop_0003"
down_revision = "shop_0002"
branch_labels = None
depends_on = None

TABLES = (
    "customers",
    "addresses",
    "categories",
    "products",
    "inventory",
    "promotions",
    "orders",
    "order_items",
    "payments",
    "shipments",
    "returns",
    "carts",
    "cart_items",
    "reviews",
)


def upgrade() -> None:
    """Make the two functions and hang them on every table: before an update, and after an update or delete."""
    statements = load_queries("migrations.versions.shop", "triggers.sql")
    op.execute(statements["next_version"])
    op.execute(statements["write_audit"])
    for table in TABLES:
        op.execute(
            f"create trigger {table}_next_version before update on shop.{table}"
            " for each row execute function shop.next_version()"
        )
        op.execute(
            f"create trigger {table}_write_audit after update or delete on shop.{table}"
            " for each row execute function shop.write_audit()"
        )


def downgrade() -> None:
    """Take the triggers and their functions away; what they wrote stays."""
    for table in TABLES:
        op.execute(f"drop trigger {table}_write_audit on shop.{table}")
        op.execute(f"drop trigger {table}_next_version on shop.{table}")
    op.execute("drop function shop.write_audit()")
    op.execute("drop function shop.next_version()")
