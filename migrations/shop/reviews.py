"""What customers say of products."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.shop.base import born, check, deleted, identity, metadata, optional, refers, required, sparse, version

reviews = sa.Table(
    "reviews",
    metadata,
    identity(),
    refers("product_id", "products.id"),
    refers("customer_id", "customers.id"),
    refers("order_id", "orders.id", null=True),
    required("rating", sa.SmallInteger()),
    optional("title", sa.Text()),
    optional("body", sa.Text()),
    required("is_verified", sa.Boolean(), "false"),
    required("helpful_votes", sa.Integer(), "0"),
    *born(),
    *deleted(),
    version(),
    sa.Index(None, "product_id"),
    sa.Index(None, "customer_id"),
    sa.Index(None, "created_at"),
    sparse("order_id"),
    check("rating_is_one_to_five", "rating between 1 and 5"),
    check("verified_has_an_order", "not is_verified or order_id is not null"),
    check("helpful_votes_is_not_negative", "helpful_votes >= 0"),
)
