"""What is sold, where it lies, and what makes it cheaper."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from migrations.shop.base import (
    MOMENT,
    MONEY,
    SHARE,
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

categories = sa.Table(
    "categories",
    metadata,
    identity(),
    refers("parent_id", "categories.id", null=True),
    required("name", sa.Text()),
    required("path", sa.Text()),
    required("depth", sa.SmallInteger(), "0"),
    required("position", sa.SmallInteger(), "0"),
    *born(),
    *deleted(),
    version(),
    sa.UniqueConstraint("path"),
    sa.Index(None, "parent_id"),
    check("root_has_no_parent", "(parent_id is null) = (depth = 0)"),
    check("path_is_as_long_as_deep", "cardinality(string_to_array(path, '/')) = depth + 1"),
    check("is_not_its_own_parent", "parent_id <> id"),
)

products = sa.Table(
    "products",
    metadata,
    identity(),
    refers("category_id", "categories.id", null=True),
    required("sku", sa.Text()),
    required("name", sa.Text()),
    optional("description", sa.Text()),
    required("price", MONEY),
    optional("cost", MONEY),
    refers("currency", "currencies.code", default="'USD'"),
    optional("weight_g", sa.Integer()),
    required("is_active", sa.Boolean(), "true"),
    required("attributes", JSONB(), "'{}'"),
    *born(),
    *deleted(),
    version(),
    sa.UniqueConstraint("sku"),
    sa.Index(None, "category_id"),
    sa.Index(None, "created_at"),
    check("price_is_not_negative", "price >= 0"),
    check("cost_is_not_negative", "cost >= 0"),
    check("weighs_something", "weight_g > 0"),
    check("attributes_is_an_object", "jsonb_typeof(attributes) = 'object'"),
)

inventory = sa.Table(
    "inventory",
    metadata,
    identity(),
    refers("product_id", "products.id"),
    required("warehouse", sa.Text()),
    required("on_hand", sa.Integer()),
    required("reserved", sa.Integer(), "0"),
    required("reorder_level", sa.Integer(), "0"),
    *born(),
    version(),
    sa.UniqueConstraint("product_id", "warehouse"),
    check("on_hand_is_not_negative", "on_hand >= 0"),
    check("reserved_is_on_hand", "reserved between 0 and on_hand"),
    check("reorder_level_is_not_negative", "reorder_level >= 0"),
)

promotions = sa.Table(
    "promotions",
    metadata,
    identity(),
    required("code", sa.Text()),
    required("name", sa.Text()),
    required("discount_pct", SHARE),
    required("min_subtotal", MONEY, "0"),
    required("starts_at", MOMENT),
    required("ends_at", MOMENT),
    *born(),
    *deleted(),
    version(),
    sa.UniqueConstraint("code"),
    sa.Index(None, "starts_at"),
    check("discount_is_a_share", "discount_pct > 0 and discount_pct <= 100"),
    check("min_subtotal_is_not_negative", "min_subtotal >= 0"),
    check("ends_after_start", "ends_at > starts_at"),
)
