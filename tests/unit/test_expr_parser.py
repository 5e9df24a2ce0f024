"""Text to syntax: PostgreSQL's precedence, its refusals, and messages that point at the culprit."""

from __future__ import annotations

import pytest

from engine.errors import Code, SpecError
from engine.expressions import names_in
from engine.expressions.parser import parse
from engine.expressions.syntax import Call, Case, Cast, Literal, Name, Syntax


def written(node: Syntax) -> str:
    """A tree with every operator in front of its arguments."""
    match node:
        case Name(path=path):
            return ".".join(path)
        case Literal(kind="string", text=text):
            return f"'{text}'"
        case Literal(text=text):
            return text
        case Cast(arg=arg, type=kind):
            return f"{written(arg)}::{kind}"
        case Call(name=name, args=args):
            return f"[{name} {' '.join(map(written, args))}]"
        case Case(whens=whens, otherwise=otherwise):
            pairs = " ".join(f"{written(test)}→{written(value)}" for test, value in whens)
            return f"[case {pairs} {written(otherwise) if otherwise else '-'}]"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", "[+ a [* b c]]"),
        ("a - b - c", "[- [- a b] c]"),
        ("a * b % c / d", "[/ [% [* a b] c] d]"),
        ("-a * b", "[* [unary - a] b]"),
        ("-a::int", "[unary - a::int4]"),
        ("'a' || 1 + 2", "[|| 'a' [+ 1 2]]"),
        ("not a = b", "[not [= a b]]"),
        ("a = not b", "[= a [not b]]"),
        ("a or b and c", "[or a [and b c]]"),
        ("a is null = b", "[= [is null a] b]"),
        ("a = b is null", "[is null [= a b]]"),
        ("not a is null", "[not [is null a]]"),
        ("a between 1 and 2 + 3 or c", "[or [between a 1 [+ 2 3]] c]"),
        ("a not between 1 and 2 and b", "[and [not between a 1 2] b]"),
        ("x in (1, 2) = true", "[= [in x 1 2] true]"),
        ("x is not distinct from y and z", "[and [is not distinct from x y] z]"),
        ("a < b || c", "[< a [|| b c]]"),
        ("t at time zone 'UTC' + i", "[+ [at time zone t 'UTC'] i]"),
        ("-t at time zone 'UTC'", "[at time zone [unary - t] 'UTC']"),
        ("a != b", "[<> a b]"),
        ("a isnull", "[is null a]"),
        ("case x when 1 then 2 else 3 end", "[case [= x 1]→2 3]"),
        ("case when a then b end", "[case a→b -]"),
        ("date '2025-01-01' + 1", "[+ '2025-01-01'::date 1]"),
        ("date + 1", "[+ date 1]"),
        ("timestamp with time zone '2025-01-01'", "'2025-01-01'::timestamptz"),
        ("cast(a as double precision)", "a::float8"),
        ("a::numeric(10, 2)::int", "a::numeric(10,2)::int4"),
        ("position('a' in b || c)", "[strpos [|| b c] 'a']"),
        ("substring(a from 2 for 3)", "[substr a 2 3]"),
        ("trim(both 'x' from y)", "[btrim y 'x']"),
        ("trim(trailing from y)", "[rtrim y]"),
        ("extract(epoch from a - b)", "[extract 'epoch' [- a b]]"),
        ("customer_id.Segment", "customer_id.segment"),
        ('"Segment" || "a ""b"""', '[|| Segment a "b"]'),
        ("1_000 + .5 + 1. + 1.5e-3", "[+ [+ [+ 1000 .5] 1.] 1.5e-3]"),
        ("'it''s'", "'it's'"),
        ("row * 2", "[* row 2]"),
    ],
)
def test_operators_bind_as_in_postgresql(text: str, tree: str):
    assert written(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.EXPR_SYNTAX),
        ("a +", Code.EXPR_SYNTAX),
        ("a b", Code.EXPR_SYNTAX),
        ("a = b = c", Code.EXPR_SYNTAX),
        ("a < b < c", Code.EXPR_SYNTAX),
        ("(a", Code.EXPR_SYNTAX),
        ("a)", Code.EXPR_SYNTAX),
        ("'abc", Code.EXPR_SYNTAX),
        ("1a", Code.EXPR_SYNTAX),
        ("case end", Code.EXPR_SYNTAX),
        ("a.", Code.EXPR_SYNTAX),
        ("count(*)", Code.EXPR_SYNTAX),
        ("x::numeric(0)", Code.EXPR_SYNTAX),
        ("x::numeric(3, 4)", Code.EXPR_SYNTAX),
        ("(select 1)", Code.EXPR_FORBIDDEN),
        ("a in (select b from c)", Code.EXPR_FORBIDDEN),
        ("a; drop table b", Code.EXPR_FORBIDDEN),
        ("a -- b", Code.EXPR_FORBIDDEN),
        ("a /* b */", Code.EXPR_FORBIDDEN),
        ("a[1]", Code.EXPR_FORBIDDEN),
        ("$1", Code.EXPR_FORBIDDEN),
        ("E'a'", Code.EXPR_FORBIDDEN),
        ("a == b", Code.EXPR_FORBIDDEN),
        ("a ->> 'b'", Code.EXPR_FORBIDDEN),
        ("a ~ 'b'", Code.EXPR_FORBIDDEN),
        ("a ^ 2", Code.EXPR_FORBIDDEN),
        ("{{ a }}", Code.EXPR_FORBIDDEN),
        ("a::regclass", Code.EXPR_FORBIDDEN),
        ("a::jsonb", Code.EXPR_FORBIDDEN),
        ("(" * 20_000, Code.EXPR_TOO_BIG),
        ("(" * 60 + "a" + ")" * 60, Code.EXPR_TOO_BIG),
        ("not " * 2_000 + "a", Code.EXPR_TOO_BIG),
        ("- " * 60 + "a", Code.EXPR_TOO_BIG),
        ("+".join(["a"] * 60), Code.EXPR_TOO_BIG),
        ("case when a then " * 600, Code.EXPR_TOO_BIG),
        (f"greatest({', '.join(['a'] * 600)})", Code.EXPR_TOO_BIG),
        ("f(" * 400, Code.EXPR_TOO_BIG),
    ],
)
def test_what_is_no_expression_is_refused_with_its_code(text: str, code: Code):
    with pytest.raises(SpecError) as refused:
        parse(text)
    assert refused.value.diagnostics[0].code is code


def test_the_bad_part_is_underlined():
    with pytest.raises(SpecError) as refused:
        parse("quantity *\n  unit_price ) + 1")
    message = refused.value.diagnostics[0].message
    assert message.splitlines()[1:] == ["      unit_price ) + 1", "                 ^"]


def test_only_a_part_of_a_long_line_is_shown():
    with pytest.raises(SpecError) as refused:
        parse("a || " * 300 + "?")
    shown, carets = refused.value.diagnostics[0].message.splitlines()[1:]
    assert len(shown) <= 76
    assert shown[carets.index("^")] == "?"


def test_names_are_found_without_knowing_types():
    text = "price * (1 - order_id.discount) + vat + coalesce(price, 0) - extract(day from window_end - placed_at)"
    assert names_in(text) == (("price",), ("order_id", "discount"), ("vat",), ("placed_at",))


def test_a_reserved_word_in_quotes_is_a_name():
    assert names_in('"order" + "select"') == (("order",), ("select",))
