"""Currencies, countries, order statuses and payment types.

Codes and names of countries and currencies are ISO 3166-1 and ISO 4217 as of November 2026, in CLDR's English;
a country's currency is CLDR's first legal tender, its own where it shares another's.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from engine.sqltext import load_queries

revision = "shop_0001"
down_revision = None
branch_labels = ("shop",)
depends_on = None

TABLES = ("currencies", "countries", "order_statuses", "payment_types")

ORDER_STATUSES = (
    ("placed", "Placed", 1, False),
    ("paid", "Paid", 2, False),
    ("shipped", "Shipped", 3, False),
    ("delivered", "Delivered", 4, False),
    ("returned", "Returned", 5, True),
    ("cancelled", "Cancelled", 6, True),
)
PAYMENT_TYPES = (
    ("card", "Credit or debit card", True),
    ("paypal", "PayPal", True),
    ("apple_pay", "Apple Pay", True),
    ("google_pay", "Google Pay", True),
    ("gift_card", "Gift card", True),
    ("pay_later", "Buy now, pay later", False),
    ("bank_transfer", "Bank transfer", False),
    ("cash_on_delivery", "Cash on delivery", False),
)


def upgrade() -> None:
    """Make the schema where there is none, the four tables and their rows."""
    statements = load_queries("migrations.versions.shop", "reference.sql")
    for name in ("schema", *TABLES):
        op.execute(statements[name])
    op.create_index("countries_currency_code_idx", "countries", ["currency_code"], schema="shop")
    currencies = [(row["code"], row["name"], int(row["minor_unit"])) for row in _read("currencies.csv")]
    countries = [(row["code"], row["name"], row["currency_code"] or None) for row in _read("countries.csv")]
    _fill("currencies", ("code", "name", "minor_unit"), currencies)
    _fill("countries", ("code", "name", "currency_code"), countries)
    _fill("order_statuses", ("code", "name", "position", "is_final"), ORDER_STATUSES)
    _fill("payment_types", ("code", "name", "is_instant"), PAYMENT_TYPES)


def downgrade() -> None:
    """Drop the tables, and the schema; PostgreSQL refuses if somebody else has put things in it."""
    for name in reversed(TABLES):
        op.drop_table(name, schema="shop")
    op.execute("drop schema shop")


def _read(file: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / file).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _fill(table: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    target = sa.table(table, *map(sa.column, columns), schema="shop")
    op.bulk_insert(target, [dict(zip(columns, row, strict=True)) for row in rows])
