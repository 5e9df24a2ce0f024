"""What the shop takes for granted: filled by a migration, never by a scenario."""

from __future__ import annotations

import sqlalchemy as sa

from migrations.shop.base import check, metadata, refers, required


def _code() -> sa.Column[str]:
    return sa.Column("code", sa.Text(), primary_key=True)


currencies = sa.Table(
    "currencies",
    metadata,
    _code(),
    required("name", sa.Text()),
    required("minor_unit", sa.SmallInteger()),
    check("code_is_iso_4217", "code ~ '^[A-Z]{3}$'"),
    check("minor_unit_is_small", "minor_unit between 0 and 4"),
)

countries = sa.Table(
    "countries",
    metadata,
    _code(),
    required("name", sa.Text()),
    refers("currency_code", "currencies.code", null=True),
    sa.Index(None, "currency_code"),
    check("code_is_iso_3166", "code ~ '^[A-Z]{2}$'"),
)

order_statuses = sa.Table(
    "order_statuses",
    metadata,
    _code(),
    required("name", sa.Text()),
    required("position", sa.SmallInteger()),
    required("is_final", sa.Boolean()),
    sa.UniqueConstraint("position"),
)

payment_types = sa.Table(
    "payment_types",
    metadata,
    _code(),
    required("name", sa.Text()),
    required("is_instant", sa.Boolean()),
)
