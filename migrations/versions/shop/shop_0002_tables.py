"""Customers, goods, orders and what follows an order."""

from __future__ import annotations

from alembic import op

from engine.sqltext import load_queries

revision = "shop_0002"
down_revision = "shop_0001"
branch_labels = None
depends_on = None

# Every foreign key has one, but those to the reference data, whose rows are never deleted;
# a unique constraint that begins with the column serves as well.
INDEXES = (
    ("customers", "created_at"),
    ("addresses", "customer_id"),
    ("categories", "parent_id"),
    ("products", "category_id"),
    ("products", "created_at"),
    ("promotions", "starts_at"),
    ("orders", "customer_id"),
    ("orders", "status"),
    ("orders", "placed_at"),
    ("order_items", "product_id"),
    ("payments", "order_id"),
    ("payments", "status"),
    ("payments", "attempted_at"),
    ("shipments", "order_id"),
    ("shipments", "shipped_at"),
    ("returns", "order_id"),
    ("returns", "requested_at"),
    ("carts", "customer_id"),
    ("carts", "created_at"),
    ("cart_items", "product_id"),
    ("reviews", "product_id"),
    ("reviews", "customer_id"),
    ("reviews", "created_at"),
    ("audit_log", "changed_at"),
)
SPARSE = (
    ("orders", "shipping_address_id"),
    ("orders", "billing_address_id"),
    ("orders", "promotion_id"),
    ("returns", "order_item_id"),
    ("reviews", "order_id"),
)


def upgrade() -> None:
    """Make the tables and their indexes."""
    for statement in load_queries("migrations.versions.shop", "tables.sql").values():
        op.execute(statement)
    for table, column in INDEXES:
        op.create_index(f"{table}_{column}_idx", table, [column], schema="shop")
    for table, column in SPARSE:
        name, where = f"{table}_{column}_idx", f"{column} is not null"
        op.create_index(name, table, [column], schema="shop", postgresql_where=where)
    op.create_index("audit_log_table_name_row_key_idx", "audit_log", ["table_name", "row_key"], schema="shop")
    op.create_index(
        "addresses_one_default",
        "addresses",
        ["customer_id", "kind"],
        schema="shop",
        unique=True,
        postgresql_where="is_default and deleted_at is null",
    )


def downgrade() -> None:
    """Drop the tables, those that refer first."""
    for name in reversed(tuple(load_queries("migrations.versions.shop", "tables.sql"))):
        op.drop_table(name, schema="shop")
