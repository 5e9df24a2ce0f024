from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from engine.catalog.from_metadata import catalog_from_metadata
from engine.catalog.model import Check, Column, Exclusion, ExpressionUnique, ForeignKey, Table, Unique
from engine.types import TEXT, PgType, numeric
from migrations.shop import metadata as shop_metadata


class Upper(sa.TypeDecorator[str]):
    impl = sa.String(8)
    cache_ok = True


def made(*parts: sa.schema.SchemaItem, schema: str | None = "app") -> Table:
    """The catalog's view of a table `things` with these columns and constraints."""
    metadata = sa.MetaData()
    sa.Table("things", metadata, *parts, schema=schema)
    return catalog_from_metadata(metadata).tables[schema or "public", "things"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (sa.Text(), TEXT),
        (sa.String(40), PgType("varchar", length=40)),
        (sa.CHAR(2), PgType("bpchar", length=2)),
        (sa.Numeric(12, 2), numeric(12, 2)),
        (sa.Numeric(), PgType("numeric")),
        (sa.Float(), PgType("float8")),
        (sa.Double(), PgType("float8")),
        (sa.REAL(), PgType("float4")),
        (sa.SmallInteger(), PgType("int2")),
        (sa.Uuid(), PgType("uuid")),
        (sa.DateTime(timezone=True), PgType("timestamptz")),
        (pg.TIMESTAMP(precision=3), PgType("timestamp")),
        (sa.Time(), PgType("time")),
        (sa.Interval(), PgType("interval")),
        (sa.LargeBinary(), PgType("bytea")),
        (pg.JSONB(), PgType("jsonb")),
        (sa.ARRAY(sa.Numeric(8, 3)), PgType("numeric", precision=8, scale=3, array=True)),
        (pg.INET(), PgType("inet")),
        (pg.TSTZRANGE(), PgType("tstzrange", subtype=PgType("timestamptz"))),
        (pg.NUMMULTIRANGE(), PgType("nummultirange", subtype=PgType("numeric"), multirange=True)),
        (sa.Enum("b", "a", name="label"), PgType("label", labels=("b", "a"), schema="public")),
        (pg.ENUM("b", "a", name="label", schema="app"), PgType("label", labels=("b", "a"), schema="app")),
        (sa.Enum("bb", "a", native_enum=False), PgType("varchar", length=2)),
        (pg.DOMAIN("price", sa.Numeric(12, 2)), PgType("numeric", precision=12, scale=2, domain="price")),
        (Upper(), PgType("varchar", length=8)),
    ],
    ids=str,
)
def test_a_type_of_sqlalchemy_becomes_postgresqls(kind: sa.types.TypeEngine[object], expected: PgType):
    (column,) = made(sa.Column("x", kind)).columns
    assert column.type == expected


def test_a_type_that_postgresql_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"NullType.* is not a type"):
        made(sa.Column("x", sa.types.NullType()))


def test_defaults_and_generated_columns_are_not_required():
    table = made(
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), server_default="plain", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("python_only", sa.Text(), default="x", nullable=False),
        sa.Column("twice", sa.Integer(), sa.Computed("2 * 1")),
    )
    assert table.column("id") == Column(
        "id", PgType("int8"), nullable=False, identity="always", sequence='"app"."things_id_seq"'
    )
    assert [column.default for column in table.columns] == [None, "'plain'", "now()", None, None]
    assert [column.name for column in table.columns if column.required] == ["python_only"]
    assert [column.name for column in table.columns if column.generated] == ["twice"]


def test_an_integer_key_without_more_is_serial():
    (column,) = made(sa.Column("id", sa.Integer(), primary_key=True), schema=None).columns
    assert column.sequence == '"public"."things_id_seq"'
    assert column.default == """nextval('"public"."things_id_seq"'::regclass)"""
    assert not column.required


def test_keys_may_be_composite_and_names_are_postgresqls_where_none_is_given():
    metadata = sa.MetaData()
    sa.Table(
        "parents",
        metadata,
        sa.Column("a", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("b", sa.Integer(), primary_key=True),
    )
    sa.Table(
        "children",
        metadata,
        sa.Column("x", sa.Integer()),
        sa.Column("y", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["x", "y"], ["parents.a", "parents.b"], deferrable=True, ondelete="SET NULL", match="FULL"
        ),
        sa.UniqueConstraint("y", "x", postgresql_nulls_not_distinct=True),
        sa.Index("abs_x", sa.text("abs(x)"), "y", unique=True),
        sa.Index("some_x", "x", unique=True, postgresql_where=sa.text("y > 0")),
        sa.Index("plain", "y"),
        sa.CheckConstraint("x > 0"),
    )
    children = catalog_from_metadata(metadata).table("children")
    assert children is not None
    assert children.foreign_keys == (
        ForeignKey(
            *("children_x_y_fkey", ("x", "y"), ("public", "parents"), ("a", "b")),
            deferrable=True,
            on_delete="set null",
            match_full=True,
        ),
    )
    assert children.uniques == (
        Unique("children_y_x_key", ("y", "x"), nulls_not_distinct=True),
        Unique("some_x", ("x",), partial=True, where="y > 0"),
    )
    assert children.expression_uniques == (ExpressionUnique("abs_x", ("abs(x)", '"y"'), ("y",)),)
    assert [check.expression for check in children.checks] == ["x > 0"]


def test_exclusions_comments_and_the_columns_of_checks_are_told():
    room, during = sa.Column("room", sa.Integer(), comment="A number"), sa.Column("during", pg.TSTZRANGE())
    table = made(
        room,
        during,
        pg.ExcludeConstraint((room, "="), (during, "&&"), name="once", where=sa.text("room > 0")),
        sa.CheckConstraint(sa.func.lower(during) > sa.func.now(), name="later"),
    )
    exclusion = Exclusion("once", (('"room"', "="), ('"during"', "&&")), ("room", "during"), "room > 0")
    assert table.exclusions == (exclusion,)
    assert [column.comment for column in table.columns] == ["A number", None]
    assert [check.columns for check in table.checks] == [("during",)]


def test_what_indexes_and_generated_columns_compute_is_told():
    found = made(
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text),
        sa.Column("number", sa.Integer, sa.Computed("code::integer")),
        sa.Index("by_code", sa.text("(code::integer)")),
        sa.Index("some", "code", postgresql_where=sa.text("id > 5")),
        sa.Index("plain", "code"),
        pg.ExcludeConstraint(("code", "="), name="apart", where=sa.text("id > 5")),
    )
    assert [(one.name, one.keys, one.where) for one in found.indexed] == [
        ("apart", (), "id > 5"),
        ("by_code", ("(code::integer)",), None),
        ("some", (), "id > 5"),
    ]
    number = found.column("number")
    assert number is not None
    assert number.expression == "code::integer"


def test_a_domain_brings_its_checks_and_its_not_null():
    inner = pg.DOMAIN("money", sa.Numeric(), check="value >= 0", constraint_name="whole")
    (column,) = made(sa.Column("x", pg.DOMAIN("price", inner, not_null=True, check="value < 9"))).columns
    assert column.domain_checks == (Check("whole", "value >= 0"), Check("price_check", "value < 9"))
    assert not column.nullable


def test_the_shop_is_known_without_a_server():
    catalog = catalog_from_metadata(shop_metadata)
    orders = catalog.table("shop.orders")
    assert orders is not None
    assert [column.name for column in orders.columns if column.required] == ["customer_id", "subtotal", "total"]
    assert {key.target for key in orders.foreign_keys} <= set(catalog.tables)
    assert catalog.server_version == 0


@pytest.mark.parametrize("again", range(2))
def test_the_order_of_constraints_is_that_of_their_names(again: int):
    for table in catalog_from_metadata(shop_metadata).tables.values():
        for group in (table.foreign_keys, table.uniques, table.checks):
            names = [constraint.name for constraint in group]
            assert names == sorted(names), again
