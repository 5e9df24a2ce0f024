"""What people put together: a cart becomes an order, is abandoned, or is still open."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.shop.base import (
    CHANNELS,
    MOMENT,
    MONEY,
    born,
    check,
    deleted,
    identity,
    metadata,
    optional,
    refers,
    required,
    version,
)

carts = sa.Table(
    "carts",
    metadata,
    identity(),
    refers("customer_id", "customers.id", null=True),
    refers("order_id", "orders.id", null=True),
    required("channel", sa.Text(), "'web'"),
    refers("currency", "currencies.code", default="'USD'"),
    optional("converted_at", MOMENT),
    optional("abandoned_at", MOMENT),
    *born(),
    *deleted(),
    version(),
    sa.UniqueConstraint("order_id"),
    sa.Index(None, "customer_id"),
    sa.Index(None, "created_at"),
    check("channel_is_known", CHANNELS),
    check("converted_has_an_order", "(order_id is null) = (converted_at is null)"),
    check("converted_is_not_abandoned", "converted_at is null or abandoned_at is null"),
    check("converted_after_created", "converted_at >= created_at"),
    check("abandoned_after_created", "abandoned_at >= created_at"),
)

cart_items = sa.Table(
    "cart_items",
    metadata,
    identity(),
    refers("cart_id", "carts.id", cascade=True),
    refers("product_id", "products.id"),
    required("quantity", sa.Integer(), "1"),
    required("unit_price", MONEY),
    *born(),
    version(),
    sa.UniqueConstraint("cart_id", "product_id"),
    sa.Index(None, "product_id"),
    check("quantity_is_positive", "quantity > 0"),
    check("unit_price_is_not_negative", "unit_price >= 0"),
)
