"""Expressions made up by hypothesis: ours and PostgreSQL's answers are the same, and so is what is no expression."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import asyncpg
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.types import PgType
from tests.expressions import FAILS, TOO_LONG, Group, Server, comparable, evaluated

COLUMNS = {
    "a": "int4", "b": "int4", "c": "int2", "e": "int8", "p": "numeric(12,2)", "q": "numeric(8,4)", "x": "float8",
    "y": "float8", "s": "text", "v": "varchar(10)", "t": "timestamptz", "w": "timestamp", "d": "date", "k": "bool",
}  # fmt: skip
EMPTY: list[object] = [None] * 14
ROWS: list[list[object]] = [
    [7, 2, 3, 10**12, "10.00", "3.3333", 1.5, -2.5, "Hello World", "abc", "2025-03-09 01:30:00-05:00",
     "2025-03-09 02:30:00", "2024-02-29", True],
    [-7, -2, -3, -(2**62), "-0.05", "-0.5000", 0.1, 3.0, "", "ABC", "2025-11-02 01:30:00-05:00",
     "2025-11-02 01:30:00", "2025-01-31", False],
    [0, 0, 0, 0, "0.00", "0.0000", 0.0, -0.0, " a b ", "é日本", "1969-12-31 23:59:59.999999+00:00",
     "2000-01-01 00:00:00", "1999-12-31", None],
    [2147483647, -2147483648, 32767, 2**63 - 1, "9999999999.99", "0.0001", 1.0e150, 1.0e-150, "a,b,,c", "a_b%c",
     "2024-12-31 23:59:59.5+00:00", "1969-12-31 23:00:00", "2000-01-01", True],
    EMPTY,
    [5, None, 1, None, "2.67", None, None, 2.0, None, "x", None, "2020-06-15 12:00:00", None, False],
    [100, 50, -32768, -(2**63), "2.01", "1.0050", 2.675, 0.3, "Straße", "", "2025-06-15 12:00:00+00:00", None,
     "2025-11-02", True],
]  # fmt: skip
GROUP = Group("random", COLUMNS, ROWS, ())

Text = st.SearchStrategy[str]


def glued(*parts: Text | str) -> Text:
    """The parts with blanks between them; now and then in parentheses."""
    made = st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)
    return st.tuples(made, st.booleans()).map(lambda pair: f"({pair[0]})" if pair[1] else pair[0])


def infix(operand: Text, *operators: str) -> Text:
    return glued(operand, st.sampled_from(operators), operand)


def call(name: str, *args: Text | str) -> Text:
    inside = st.tuples(*(st.just(arg) if isinstance(arg, str) else arg for arg in args)).map(", ".join)
    return inside.map(lambda text: f"{name}({text})")


def choices(kind: Text, truth: Text) -> Text:
    return st.one_of(
        glued("case when", truth, "then", kind, "else", kind, "end"),
        glued("case when", truth, "then", kind, "when", truth, "then", kind, "end"),
        call("coalesce", kind, kind),
        call("nullif", kind, kind),
        call("greatest", kind, kind, kind),
        call("least", kind, kind),
    )


def expressions(depth: int) -> dict[str, Text]:
    """A strategy for every family of types."""
    leaves = {
        "int": st.sampled_from(["a", "b", "c", "e", "0", "1", "2", "17", "2147483647"]),
        "num": st.sampled_from(["p", "q", "0.5", "1.10", "3", "100", "a", "0.0001"]),
        "float": st.sampled_from(["x", "y", "p::float8", "a", "1.5"]),
        "text": st.sampled_from(["s", "v", "'a'", "'Hello'", "''", "a::text", "'é'"]),
        "moment": st.sampled_from(["t", "t", "w", "d", "timestamptz '2025-11-02 06:30+00'"]),
        "bool": st.sampled_from(["k", "a > 2", "p <= q", "s like '%a%'", "x is null", "true", "t < w", "null"]),
    }
    if depth == 0:
        return leaves
    below = expressions(depth - 1)
    i, n, f, s, m, k = (below[name] for name in ("int", "num", "float", "text", "moment", "bool"))
    places = st.sampled_from(["0", "1", "2", "4", "-1"])
    length = st.sampled_from(["0", "1", "2", "5", "-1", "-3"])
    span = st.sampled_from(["1 day", "1 month", "-1 month 2 days", "90 minutes", "1 year 3:00", "7 days"])
    field = st.sampled_from(["year", "month", "day", "dow", "doy", "week", "quarter", "isoyear"])
    deeper = {
        "int": st.one_of(infix(i, "+", "-", "*", "/", "%"), glued("-", i), call("abs", i), call("length", s),
                         call("mod", i, i), glued(n, "::int4"), call("strpos", s, "'a'"), glued("d -", "d")),
        "num": st.one_of(infix(n, "+", "-", "*", "%"), glued("-", n), call("abs", n), call("round", n, places),
                         call("trunc", n, places), call("round", infix(n, "/"), places),
                         call("floor", n), call("ceil", n), glued("(", n, "/", n, ")::numeric(24, 3)"),
                         glued("extract(", field, "from", m, ")"), call("sign", n)),
        "float": st.one_of(infix(f, "+", "-", "*", "/"), glued("-", f), call("abs", f), call("floor", f),
                           call("sqrt", call("abs", f)), call("round", f), glued(n, "::float8")),
        "text": st.one_of(infix(s, "||"), call("lower", s), call("upper", s), call("left", s, length),
                          call("right", s, length), call("replace", s, "'a'", "'xy'"), call("trim", s),
                          call("split_part", s, "','", "2"), glued(i, "::text"), call("concat", s, i, k)),
        "moment": st.one_of(glued(m, st.sampled_from(["+", "-"]), span.map(lambda text: f"interval '{text}'")),
                            call("date_trunc", st.sampled_from(["'day'", "'month'", "'hour'", "'week'"]), m),
                            glued(m, "::date"), glued(m, "at time zone 'Europe/Berlin'")),
        "bool": st.one_of(*(infix(kind, "=", "<>", "<", ">=", "is distinct from") for kind in (i, n, f, s, m)),
                          infix(k, "and", "or"), glued("not", k), glued(k, "is not true"), glued(n, "is null"),
                          glued(n, "between", n, "and", n), glued(i, "in (1, 2,", i, ")"), glued(s, "like '_%'")),
    }  # fmt: skip
    return {name: st.one_of(leaves[name], deeper[name], choices(below[name], k)) for name in leaves}


ANY = st.one_of(*expressions(3).values())


@pytest.fixture(scope="module")
def postgres(server) -> Iterator[Server]:
    with Server(server.dsn("template1").replace("template1", "postgres")) as connection:
        connection.give(GROUP)
        yield connection
        connection.execute("drop table given")


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(expr=ANY)
def test_any_expression_gives_what_postgresql_gives(postgres: Server, expr: str):
    check(postgres, expr)


def check(postgres: Server, expr: str) -> None:
    try:
        theirs, _ = postgres.answers(expr, len(ROWS))
    except asyncpg.PostgresError as error:
        theirs, refusal = [], error
    else:
        refusal = None
    try:
        expression = GROUP.compile(expr)
    except SpecError as error:
        if refusal is None and FAILS not in theirs and not ours_alone(error):
            raise AssertionError(f"{expr}: {error}, where PostgreSQL says {theirs}") from None
        return reject()
    assert refusal is None, f"{expr} is no expression to PostgreSQL: {refusal}"
    mine = evaluated(GROUP, expression)
    if theirs[ROWS.index(EMPTY)] == FAILS:
        return None  # a part without columns fails, which PostgreSQL says even where no row needs it
    wanted = [comparable(value, expression.type) for value in theirs]
    for row, ours, right in zip(ROWS, mine, wanted, strict=True):
        if ours != right and ours != TOO_LONG and not (ours == FAILS and unseen(right, expression.type)):
            raise AssertionError(f"{expr}: {row} gives {ours}, not {right}")
    return None


def unseen(right: object, kind: PgType) -> bool:
    """An answer that hides our error: one too long for our decimals, or a NULL that the planner saw beforehand."""
    return right is None or (isinstance(right, Fraction) and abs(right) >= 10 ** (38 - (kind.scale or 0)))


def ours_alone(error: SpecError) -> bool:
    """What we refuse and PostgreSQL does not: a quotient of decimals without its places, and very long decimals."""
    return any(word in str(error) for word in ("needs its number", "at most 76", "square root of a numeric"))
