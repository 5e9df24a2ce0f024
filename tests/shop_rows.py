"""One valid row of every table of the shop that a scenario fills, as SQL; a test changes what it is about."""

from __future__ import annotations

from collections.abc import Mapping

Row = Mapping[str, str]


def key(number: int) -> str:
    """A UUID that can be recognised."""
    return f"'00000000-0000-7000-8000-{number:012d}'"


SOME_TEXT = "gen_random_uuid()::text"
THEN = "'2025-11-28 14:05+00'"
LATER = "'2025-11-30 09:00+00'"
EARLIER = "'2025-11-01 00:00+00'"

VALID: Mapping[str, Row] = {
    "customers": {"email": f"{SOME_TEXT} || '@example.com'", "first_name": "'Ada'", "last_name": "'King'"},
    "addresses": {"customer_id": key(1), "line1": "'1 Main St'", "city": "'Springfield'", "postal_code": "'01101'"},
    "categories": {"name": "'Home'", "path": SOME_TEXT},
    "products": {"category_id": key(1), "sku": SOME_TEXT, "name": "'Lamp'", "price": "24.00"},
    "inventory": {"product_id": key(1), "warehouse": SOME_TEXT, "on_hand": "5"},
    "promotions": {"code": SOME_TEXT, "name": "'Ten'", "discount_pct": "10", "starts_at": THEN, "ends_at": LATER},
    "orders": {"customer_id": key(1), "placed_at": THEN, "subtotal": "24", "total": "24"},
    "order_items": {"order_id": key(1), "product_id": key(1), "line_no": "1", "unit_price": "24", "line_total": "24"},
    "payments": {
        "order_id": key(1),
        "payment_type": "'card'",
        "status": "'pending'",
        "amount": "24",
        "reference": SOME_TEXT,
        "attempted_at": THEN,
    },
    "shipments": {"order_id": key(1), "carrier": "'UPS'", "tracking_number": SOME_TEXT, "shipped_at": THEN},
    "returns": {"order_id": key(1), "order_item_id": key(1), "reason": "'damaged'", "requested_at": THEN},
    "carts": {"customer_id": key(1), "created_at": THEN},
    "cart_items": {"cart_id": key(1), "product_id": key(1), "unit_price": "24"},
    "reviews": {"product_id": key(1), "customer_id": key(1), "rating": "5"},
}


def insert(table: str, **changed: str) -> str:
    """An INSERT of the valid row with some columns changed; `id` is random unless it is given."""
    row = {**VALID[table], **changed}
    return f"insert into shop.{table} ({', '.join(row)}) values ({', '.join(row.values())})"


FILLED = tuple(insert(table, id=key(1)) for table in VALID)
"""One row of each table, all with key 1, parents first."""
