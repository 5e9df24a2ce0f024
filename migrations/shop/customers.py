"""Who buys, and where to."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.shop.base import born, check, deleted, identity, metadata, optional, refers, required, version

customers = sa.Table(
    "customers",
    metadata,
    identity(),
    required("email", sa.Text()),
    required("first_name", sa.Text()),
    required("last_name", sa.Text()),
    optional("phone", sa.Text()),
    optional("birth_date", sa.Date()),
    required("segment", sa.Text(), "'new'"),
    refers("country_code", "countries.code", default="'US'"),
    required("marketing_opt_in", sa.Boolean(), "false"),
    *born(),
    *deleted(),
    version(),
    sa.UniqueConstraint("email"),
    sa.Index(None, "created_at"),
    check("email_has_an_at", "email like '%@%'"),
    check("segment_is_known", "segment in ('new', 'regular', 'vip')"),
)

addresses = sa.Table(
    "addresses",
    metadata,
    identity(),
    refers("customer_id", "customers.id"),
    required("kind", sa.Text(), "'shipping'"),
    required("line1", sa.Text()),
    optional("line2", sa.Text()),
    required("city", sa.Text()),
    optional("region", sa.Text()),
    required("postal_code", sa.Text()),
    refers("country_code", "countries.code", default="'US'"),
    required("is_default", sa.Boolean(), "false"),
    *born(),
    *deleted(),
    version(),
    sa.Index(None, "customer_id"),
    sa.Index(
        "addresses_one_default",
        "customer_id",
        "kind",
        unique=True,
        postgresql_where=sa.text("is_default and deleted_at is null"),
    ),
    check("kind_is_known", "kind in ('shipping', 'billing')"),
)
