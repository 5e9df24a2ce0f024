"""What an expression is compiled to: its type, what it reads, what is refused and how it is said."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engine.errors import Code, GenerateError, SpecError
from engine.expressions import Expression, Instant, compile_expression, compile_test
from engine.expressions.rules import ALLOWED
from engine.types import BOOL, DATE, FLOAT8, INT2, INT4, INT8, TEXT, TIMESTAMPTZ, UUID, PgType, numeric, value_type
from tests.rows import FakeScope

STATUS = PgType("status", labels=("new", "paid"))
TYPES = {
    ("n",): INT4,
    ("m",): INT8,
    ("p",): numeric(12, 2),
    ("u",): PgType("numeric"),
    ("x",): FLOAT8,
    ("r",): PgType("float4"),
    ("s",): TEXT,
    ("h",): PgType("bpchar", length=4),
    ("j",): PgType("jsonb"),
    ("l",): PgType("int4", array=True),
    ("k",): BOOL,
    ("t",): TIMESTAMPTZ,
    ("d",): DATE,
    ("e",): STATUS,
    ("g",): UUID,
    ("customer_id", "segment"): PgType("varchar", length=10),
}
CONSTANTS: dict[str, Any] = {"vat": 0.19, "name": "Ada", "many": 3, "loud": True, "window_end": Instant(0)}
SCOPE = FakeScope(TYPES)


def compiled(text: str, **more: Any) -> Expression:
    return compile_expression(text, type_of=SCOPE.type_of, constants=CONSTANTS, timezone="Europe/Berlin", **more)


def column(path: tuple[str, ...], values: list[Any]) -> pa.Array:
    return pa.array(values, value_type(TYPES[path]))


def run(text: str, columns: dict[str, list[Any]], size: int = 1, **more: Any) -> list[Any]:
    given = {tuple(k.split(".")): column(tuple(k.split(".")), v) for k, v in columns.items()}
    size = len(next(iter(columns.values()))) if columns else size
    return compiled(text, **more).evaluate(given.__getitem__, size).to_pylist()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n + n", INT4), ("n + m", INT8), ("n / 2", INT4), ("n::int2", INT2), ("n * p", numeric(38, 2)),
        ("p * p", numeric(38, 4)), ("p * vat", numeric(38, 4)), ("p + x", FLOAT8), ("round(x)", FLOAT8),
        ("round(p)", numeric(38, 0)), ("many + 1", INT4), ("name || s", TEXT), ("loud", BOOL), ("e", STATUS),
        ("customer_id.segment", TEXT), ("window_end", TIMESTAMPTZ), ("coalesce(n, 1.5)", numeric(38, 1)),
        ("'a'", TEXT), ("null", TEXT), ("t + interval '1 day'", TIMESTAMPTZ), ("d + 1", DATE), ("g", UUID),
        ("nullif(n, 2.5)", numeric(38, 1)), ("length(s)", INT4), ("j", PgType("jsonb")),
    ],
)  # fmt: skip
def test_a_hidden_column_has_the_type_that_postgresql_would_give_it(text: str, kind: PgType):
    assert compiled(text).type == kind


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("read_csv('/etc/passwd')", Code.EXPR_FORBIDDEN, "'read_csv' is not on the list"),
        ("getenv('HOME')", Code.EXPR_FORBIDDEN, "'getenv' is not on the list"),
        ("pg_read_file('x')", Code.EXPR_FORBIDDEN, "'pg_read_file' is not on the list"),
        ("pg_sleep(10)", Code.EXPR_FORBIDDEN, "'pg_sleep' is not on the list"),
        ("repeat('a', 1000000000)", Code.EXPR_FORBIDDEN, "hint: nothing here repeats"),
        ("lpad(s, 1000000000)", Code.EXPR_FORBIDDEN, "hint: nothing here repeats"),
        ("now()", Code.EXPR_FORBIDDEN, "hint: nothing here knows what time it is"),
        ("random()", Code.EXPR_FORBIDDEN, "hint: an expression is a pure function"),
        ("sum(n)", Code.EXPR_FORBIDDEN, "hint: an expression sees one row"),
        ("nvl(n, 1)", Code.EXPR_FORBIDDEN, "hint: write coalesce"),
        ("upprer(s)", Code.EXPR_FORBIDDEN, "hint: did you mean upper?"),
        ("power(n, 2)", Code.EXPR_FORBIDDEN, "hint: only + - * /"),
        ("p / 3", Code.EXPR_TYPE, "hint: write round(… / …, 2)"),
        ("round(p / 3 * 2, 2)", Code.EXPR_TYPE, "needs its number of decimal places"),
        ("p / 3 > 1", Code.EXPR_TYPE, "needs its number of decimal places"),
        ("n + s", Code.EXPR_TYPE, "there is no int4 + text"),
        ("s + 'a'", Code.EXPR_TYPE, "hint: texts are joined with ||"),
        ("n and k", Code.EXPR_TYPE, "this is int4, and bool is wanted"),
        ("n = s", Code.EXPR_TYPE, "no type in common"),
        ("e = 'gone'", Code.EXPR_TYPE, "'gone' is not a label of status"),
        ("e < 'paid'", Code.EXPR_TYPE, "hint: write (…)::text"),
        ("t > 'yesterday'", Code.EXPR_TYPE, "'yesterday' is not a moment"),
        ("d = '2025-02-30'", Code.EXPR_TYPE, "day is out of range"),
        ("n = '1.5'", Code.EXPR_TYPE, "'1.5' is not an int4"),
        ("lower(n)", Code.EXPR_TYPE, "hint: write (…)::text"),
        ("lower()", Code.EXPR_TYPE, "lower takes 1 argument, not 0"),
        ("left(s, n)", Code.EXPR_TYPE, "takes a whole number here, written out"),
        ("replace(s, s, 'x')", Code.EXPR_TYPE, "takes a quoted text here"),
        ("replace(s, 'a', '" + "b" * 100 + "')", Code.EXPR_TYPE, "so much longer"),
        ("substr(s, 1, -1)", Code.EXPR_TYPE, "a length cannot be negative"),
        ("split_part(s, ',', 0)", Code.EXPR_TYPE, "counts from 1"),
        ("s like 'a\\'", Code.EXPR_TYPE, "ends with its escape character"),
        ("s like '" + "%a" * 11 + "'", Code.EXPR_TYPE, "at most 200 characters and 10 times %"),
        ("s like '" + "a" * 201 + "'", Code.EXPR_TYPE, "at most 200 characters and 10 times %"),
        ("h like 'a%'", Code.EXPR_TYPE, "hint: write (…)::text"),
        ("round(x, 2)", Code.EXPR_TYPE, "hint: write round((…)::numeric, 2)"),
        ("x % 2", Code.EXPR_TYPE, "float8 has no %"),
        ("x::numeric", Code.EXPR_TYPE, "of how many places?"),
        ("r * r", Code.EXPR_TYPE, "hint: write one of them as (…)::float8"),
        ("sqrt(p)", Code.EXPR_TYPE, "hint: write sqrt((…)::float8)"),
        ("u::text", Code.EXPR_TYPE, "differs from row to row"),
        ("coalesce(p, n) || ''", Code.EXPR_TYPE, "hint: write round(…, 2)"),
        ("d + '1 day'", Code.EXPR_TYPE, "hint: write interval '1 day'"),
        ("t + 1", Code.EXPR_TYPE, "hint: write n * interval '1 day'"),
        ("extract(yeer from t)", Code.EXPR_TYPE, "hint: did you mean year?"),
        ("extract(hour from d)", Code.EXPR_TYPE, "there is no field 'hour' here"),
        ("date_trunc('fortnight', t)", Code.EXPR_TYPE, "there is no field 'fortnight' here"),
        ("t at time zone 'Mars'", Code.EXPR_TYPE, "no time zone is called 'Mars'"),
        ("t at time zone '../../etc'", Code.EXPR_TYPE, "is not a time zone name"),
        ("interval '3 moons' + t", Code.EXPR_TYPE, "'moons' is not a unit of time"),
        ("j || ''", Code.EXPR_TYPE, "jsonb is not written as text here"),
        ("l = l", Code.EXPR_TYPE, "cannot be compared"),
        ("k + 1", Code.EXPR_TYPE, "there is no bool + int4"),
        ("1 / 0", Code.EXPR_TYPE, "division by zero"),
        ("n + 10 / (many - 3)", Code.EXPR_TYPE, "division by zero"),
        ("32768::int2", Code.EXPR_TYPE, "32768 does not fit int2"),
        ("1" * 80, Code.EXPR_TYPE, "more than 76 digits"),
        ("price", Code.EXPR_UNKNOWN_NAME, "no column or parameter 'price'"),
        ("vats", Code.EXPR_UNKNOWN_NAME, "hint: did you mean vat?"),
        ("customer_id.segmnt", Code.EXPR_UNKNOWN_NAME, "no column or parameter 'customer_id.segmnt'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(text: str, code: Code, said: str):
    with pytest.raises(SpecError) as refused:
        compiled(text)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code is code
    assert said in str(diagnostic)


def test_nothing_on_the_list_repeats_pads_or_makes_lists():
    assert not {"repeat", "lpad", "rpad", "format", "string_agg", "array", "generate_series"} & set(ALLOWED)


def test_a_target_with_a_scale_says_how_a_quotient_is_rounded():
    assert run("p / 3", {"p": [Decimal("10.00")]}, target=numeric(12, 4)) == [Decimal("3.3333")]
    assert run("p / 3", {"p": [Decimal("10.00")]}, target=INT4) == [3]


def test_round_beside_the_expression_rounds_half_away_from_zero():
    assert run("p * 0.5", {"p": [Decimal("0.05"), Decimal("-0.05")]}, scale=2) == [Decimal("0.03"), Decimal("-0.03")]
    assert run("x", {"x": [2.675, -0.005, 1e300 * 0]}, scale=2) == [2.68, -0.01, 0.0]


def test_a_row_is_only_divided_where_its_case_says_so():
    assert run("case when n = 0 then 0 else 10 / n end", {"n": [0, 3, None, 5]}) == [0, 3, None, 2]
    assert run("n <> 0 and 10 / n > 2", {"n": [0, 3, None]}) == [False, True, None]
    assert run("coalesce(m, 10 / n)", {"m": [1, None], "n": [0, 5]}) == [1, 2]


def test_an_overflow_in_one_row_is_an_error_that_says_the_value():
    with pytest.raises(GenerateError, match="3000000000 does not fit int4"):
        run("n * 3", {"n": [1, 1_000_000_000]})


def test_a_null_row_never_fails():
    assert run("10 / n", {"n": [None, 5]}) == [None, 2]
    assert run("n * 3", {"n": [None, 1]}) == [None, 3]


def test_a_text_for_an_enum_is_checked_row_by_row():
    assert run("case when k then 'new' else 'paid' end", {"k": [True, False]}, target=STATUS) == ["new", "paid"]
    with pytest.raises(GenerateError, match="'x' is not a label of status"):
        run("s", {"s": ["new", "x"]}, target=STATUS)


def test_a_text_longer_than_its_column_is_an_error_but_spaces_go():
    short = PgType("varchar", length=3)
    assert run("s", {"s": ["abc", "ab    ", None]}, target=short) == ["abc", "ab ", None]
    with pytest.raises(GenerateError, match="4 characters"):
        run("s", {"s": ["abc", "abcd"]}, target=short)


def test_no_rows_give_no_values():
    assert run("10 / n", {"n": []}) == []
    assert compiled("1 + 1").evaluate({}.__getitem__, 0).type == pa.int32()


def test_constants_fill_every_row():
    assert run("name || '-' || many", {"n": [1, 2, 3]}) == ["Ada-3"] * 3


def test_an_expression_reads_each_column_once_and_is_the_same_after_pickling():
    expression = compiled("n + n + many + length(customer_id.segment)")
    assert expression.reads == (("n",), ("customer_id", "segment"))
    columns = {("n",): pa.array([1], pa.int32()), ("customer_id", "segment"): pa.array(["vip"])}
    again = pickle.loads(pickle.dumps(expression))
    assert again.evaluate(columns.__getitem__, 1).to_pylist() == [8]


def test_a_part_of_the_rows_gives_that_part_of_the_values():
    numbers = pa.array(np.arange(-500, 500), pa.int32())
    text = "case when n % 7 = 0 then null when n > 0 then round(n * 1.5 / 7, 3) else coalesce(nullif(n, -5), 0) end"
    whole = compiled(text).evaluate(lambda _: numbers, 1000)
    for start, size in ((0, 1), (37, 500), (999, 1)):
        part = compiled(text).evaluate(lambda _, a=start, b=size: numbers.slice(a, b), size)
        assert part.equals(whole.slice(start, size))


def test_slices_of_arrays_are_read_at_their_offset():
    prices = pa.array([Decimal("1.00"), None, Decimal("3.50")], pa.decimal128(12, 2)).slice(1)
    assert compiled("p * 2").evaluate(lambda _: prices, 2).to_pylist() == [None, Decimal("7.00")]


def test_a_condition_must_be_boolean():
    with pytest.raises(SpecError, match="this is int4, and bool is wanted"):
        compile_test("n", type_of=SCOPE.type_of, constants={}, timezone="UTC")
