from __future__ import annotations

import pytest

from engine.catalog.resolve import TypeRow, resolve
from engine.pgtype import parse_type
from engine.types import PgType

NUMERIC, ARRAY, MONEY, PRICE, PRICES, LABEL, VARCHAR, BIT, TIMESTAMPTZ, VECTOR, PAIR, SPAN = range(1, 13)
TYPES = {
    NUMERIC: TypeRow("pg_catalog", "numeric"),
    ARRAY: TypeRow("pg_catalog", "_numeric", element=NUMERIC),
    MONEY: TypeRow("shop", "money", base=NUMERIC, modifier=(12 << 16 | 2) + 4, default="0"),
    PRICE: TypeRow("shop", "price", base=MONEY, required=True),
    PRICES: TypeRow("shop", "prices", base=ARRAY, modifier=(8 << 16 | 3) + 4),
    LABEL: TypeRow("shop", "label", labels=("b", "a")),
    VARCHAR: TypeRow("pg_catalog", "varchar"),
    BIT: TypeRow("pg_catalog", "bit"),
    TIMESTAMPTZ: TypeRow("pg_catalog", "timestamptz"),
    VECTOR: TypeRow("public", "vector"),
    PAIR: TypeRow("shop", "pair", fields=(("a", PRICES, -1), ("b", VARCHAR, 44))),
    SPAN: TypeRow("shop", "span", subtype=PRICE, multirange=True),
}


@pytest.mark.parametrize(
    ("oid", "modifier", "text"),
    [
        (NUMERIC, -1, "numeric"),
        (NUMERIC, 786438, "numeric(12,2)"),
        (NUMERIC, 65540, "numeric(1,0)"),
        (ARRAY, 786438, "numeric(12,2)[]"),
        (VARCHAR, 44, "varchar(40)"),
        (VARCHAR, -1, "varchar"),
        (BIT, 8, "bit(8)"),
        (TIMESTAMPTZ, 3, "timestamptz"),
    ],
)
def test_a_modifier_is_read_as_the_text_is(oid: int, modifier: int, text: str):
    assert resolve(oid, modifier, TYPES).type == parse_type(text)


def test_a_negative_scale_of_numeric_is_read():
    found = resolve(NUMERIC, (3 << 16 | (-2 & 0x7FF)) + 4, TYPES).type
    assert (found.precision, found.scale) == (3, -2)


def test_a_domain_over_a_domain_has_the_outer_name_and_the_inner_modifier():
    found = resolve(PRICE, -1, TYPES)
    assert found.type == PgType("numeric", precision=12, scale=2, domain="price")
    assert found.required
    assert found.default == "0"


def test_a_domain_over_an_array_is_an_array():
    assert resolve(PRICES, -1, TYPES).type == PgType("numeric", precision=8, scale=3, array=True, domain="prices")


def test_an_enum_keeps_its_schema_and_the_order_of_its_labels():
    assert resolve(LABEL, -1, TYPES).type == PgType("label", labels=("b", "a"), schema="shop")


def test_the_modifier_of_a_vector_is_its_length():
    assert resolve(VECTOR, 384, TYPES).type == PgType("vector", length=384, schema="public")


def test_a_composite_type_and_a_range_know_what_they_are_made_of():
    prices = PgType("numeric", precision=8, scale=3, array=True, domain="prices")
    fields = (("a", prices), ("b", PgType("varchar", length=40)))
    assert resolve(PAIR, -1, TYPES).type == PgType("pair", fields=fields, schema="shop")
    price = PgType("numeric", precision=12, scale=2, domain="price")
    assert resolve(SPAN, -1, TYPES).type == PgType("span", subtype=price, schema="shop", multirange=True)
