"""Templates: what they write, what they refuse, and which of them tell rows apart."""

from __future__ import annotations

import pickle
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from engine.errors import Code, GenerateError, SpecError
from engine.expressions import tells_rows_apart
from engine.generators.base import Window
from engine.generators.template import Template
from engine.types import BOOL, FLOAT8, INT4, INT8, TEXT, TIMESTAMPTZ, PgType, numeric, value_type
from tests.rows import FakeRows, FakeScope, context

WINTER = Window(1_764_547_200_000_000, 1_767_225_600_000_000, "America/New_York")
TYPES = {
    ("s",): TEXT,
    ("n",): INT4,
    ("p",): numeric(8, 2),
    ("u",): PgType("numeric"),
    ("x",): FLOAT8,
    ("k",): BOOL,
    ("t",): TIMESTAMPTZ,
    ("e",): PgType("status", labels=("new", "paid")),
    ("i",): PgType("interval"),
    ("customer_id", "name"): PgType("varchar", length=20),
    ("row",): INT8,
}
VALUES: dict[tuple[str, ...], list[Any]] = {
    ("s",): ["Zoë Ångström-Müßig", None, "o'neil"],
    ("n",): [7, None, -3],
    ("p",): [Decimal("1.50"), Decimal("0.05"), None],
    ("x",): [0.1, 1e20, None],
    ("k",): [True, None, False],
    ("t",): [datetime(2025, 12, 1, 5, 30, tzinfo=timezone.utc), None, datetime(2025, 7, 1, tzinfo=timezone.utc)],
    ("e",): ["new", None, "paid"],
    ("customer_id", "name"): ["Ada", None, "Grace"],
    ("row",): [1, 2, 3],
}
PARAMETERS = {"shop": "ACME", "rate": 0.19}


def kernel(text: str, kind: PgType = TEXT, **more: Any) -> Any:
    scope = FakeScope(TYPES, parameters=PARAMETERS)
    return Template(template=text).compile(context(kind, scope=scope, window=WINTER, **more))


def written(text: str, kind: PgType = TEXT) -> list[str | None]:
    given = {"__".join(path): pa.array(values, value_type(TYPES[path])) for path, values in VALUES.items()}
    rows = FakeRows.of(3, **given)
    return pickle.loads(pickle.dumps(kernel(text, kind))).values(rows).to_pylist()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("{{ s | lower }}.{{ row }}@example.com", "zoë ångström-müßig.1@example.com", "o'neil.3@example.com"),
        ("{{ s | upper }}", "ZOË ÅNGSTRÖM-MÜßIG", "O'NEIL"),
        ("{{ s | ascii }}", "Zoe Angstrom-Mussig", "o'neil"),
        ("{{ s | slug }}", "zoe-angstrom-mussig", "o-neil"),
        ("{{ s | slug('.') }}", "zoe.angstrom.mussig", "o.neil"),
        ("{{ s | title }}", "Zoë Ångström-Müßig", "O'Neil"),
        ("{{ s | first(3) }}|{{ s | truncate(1) }}", "Zoë|Z", "o'n|o"),
        ("{{ s | replace('o', '0') | trim }}", "Z0ë Ångström-Müßig", "0'neil"),
        ("{{ n | pad(4) }}", "0007", "-003"),
        ("{{ n }}/{{ k }}/{{ e }}", "7/true/new", "-3/false/paid"),
        ("{{ customer_id.name }}", "Ada", "Grace"),
        ("{{ shop }} {{ rate }}", "ACME 0.19", "ACME 0.19"),
        ("{{ t }}", "2025-12-01 00:30:00-05", "2025-06-30 20:00:00-04"),
        ("{{ window_start }}", "2025-11-30 19:00:00-05", "2025-11-30 19:00:00-05"),
        ("{% if k %}yes{% else %}no{% endif %}", "yes", "no"),
        ("{% if n < 0 %}minus{% elif n == 7 %}seven{% endif %}", "seven", "minus"),
        ("{% if e in ['paid'] and not k %}P{% endif %}!", "!", "P!"),
        ("{{ 'a' if k else 'b' }}", "a", "b"),
        ("{{ s ~ '-' ~ row }}", "Zoë Ångström-Müßig-1", "o'neil-3"),
        ("no names", "no names", "no names"),
        ("", "", ""),
        ("a\n", "a\n", "a\n"),
        ("{# said #}x{% raw %}{{ y }}{% endraw %}", "x{{ y }}", "x{{ y }}"),
    ],
)
def test_a_template_writes(text: str, first: str, last: str):
    values = written(text)
    assert (values[0], values[2]) == (first, last)


def test_a_null_makes_the_whole_text_null_unless_it_has_a_default():
    assert written("a {{ s }} b")[1] is None
    assert written("a {{ s | default('nobody') }} b")[1] == "a nobody b"
    assert written("{% if s %}{{ s }}{% else %}nobody{% endif %}")[1] == "nobody"


def test_numbers_are_written_as_postgresql_writes_them():
    assert written("{{ p }}") == ["1.50", "0.05", None]
    assert written("{{ x }}") == ["0.1", "1e+20", None]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{{ s", Code.TEMPLATE_SYNTAX, "not closed"),
        ("{% if s %}", Code.TEMPLATE_SYNTAX, "never ended"),
        ("{{ ''.__class__ }}", Code.TEMPLATE_FORBIDDEN, ""),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", Code.TEMPLATE_FORBIDDEN, ""),
        ("{{ s() }}", Code.TEMPLATE_FORBIDDEN, "a call"),
        ("{{ s.lower() }}", Code.TEMPLATE_FORBIDDEN, "a call"),
        ("{{ s[0] }}", Code.TEMPLATE_FORBIDDEN, "a subscript"),
        ("{{ 'a' * 1000000000 }}", Code.TEMPLATE_FORBIDDEN, "arithmetic"),
        ("{{ n + 1 }}", Code.TEMPLATE_FORBIDDEN, "arithmetic"),
        ("{% for a in s %}{% endfor %}", Code.TEMPLATE_FORBIDDEN, "a loop"),
        ("{% set a = 1 %}", Code.TEMPLATE_FORBIDDEN, "an assignment"),
        ("{% include 'x' %}", Code.TEMPLATE_FORBIDDEN, ""),
        ("{{ s | attr('x') }}", Code.TEMPLATE_FORBIDDEN, "the filter 'attr'"),
        ("{{ s | format(1) }}", Code.TEMPLATE_FORBIDDEN, "the filter 'format'"),
        ("{{ s | center(1000000000) }}", Code.TEMPLATE_FORBIDDEN, "the filter 'center'"),
        ("{{ s | lowr }}", Code.TEMPLATE_FORBIDDEN, "did you mean lower?"),
        ("{{ s | replace(s, 'x') }}", Code.TEMPLATE_FORBIDDEN, "numbers and quoted texts"),
        ("{{ s is defined }}", Code.TEMPLATE_FORBIDDEN, "a test"),
        ("{{ cycler }}", Code.TEMPLATE_UNKNOWN_NAME, "'cycler'"),
        ("{{ self }}", Code.TEMPLATE_UNKNOWN_NAME, "'self'"),
        ("{{ s.__class__ }}", Code.TEMPLATE_UNKNOWN_NAME, "'s.__class__'"),
        ("{{ n | pad(21) }}", Code.EXPR_TYPE, "a width of 1 to 20"),
        ("{{ s | pad(4) }}", Code.EXPR_TYPE, "pad takes a whole number"),
        ("{{ u }}", Code.EXPR_TYPE, "how many decimal places"),
        ("{{ i }}", Code.EXPR_TYPE, "interval is not written as text"),
        ("{% if e == 'gone' %}{% endif %}", Code.EXPR_TYPE, "not a label"),
        ("{{ a }}" * 600, Code.EXPR_TOO_BIG, "500 parts"),
        ("{{ s " + "| lower " * 80 + "}}", Code.EXPR_TOO_BIG, "50 deep"),
        ("{% if k %}" * 300 + "{% endif %}" * 300, Code.EXPR_TOO_BIG, ""),
        ("x" * 10_001, Code.EXPR_TOO_BIG, "10,000"),
    ],
)
def test_a_template_is_no_program(text: str, code: Code, said: str):
    with pytest.raises(SpecError) as refused:
        kernel(text)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code is code
    assert said in str(diagnostic)
    assert diagnostic.path == ("template",)


def test_only_columns_of_text_take_a_template():
    with pytest.raises(SpecError, match="R008"):
        kernel("{{ n }}", INT4)


def test_a_text_that_is_too_long_names_its_column():
    assert written("{{ s | first(6) }}", PgType("varchar", length=6))[0] == "Zoë Ån"
    with pytest.raises(GenerateError, match=r"things\.value.*18 characters does not fit varchar\(6\)"):
        written("{{ s }}", PgType("varchar", length=6))


def test_fixed_text_that_is_too_long_is_seen_beforehand():
    with pytest.raises(SpecError, match="12 characters of fixed text do not fit varchar"):
        kernel("{{ s }}@example.com", PgType("varchar", length=10))


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("{{ row }}", True),
        ("{{ s }}.{{ row }}@example.com", True),
        ("INV-{{ row | pad(6) }}", True),
        ("{{ row }}-{{ s }}", True),
        ("{{ s }}{{ row }}", False),
        ("{{ s }}7{{ row }}", False),
        ("{{ s }}-{{ row }}-{{ s }}", False),
        ("{{ row }}{{ n }}", False),
        ("{{ row | first(3) }}", False),
        ("{% if k %}{{ row }}{% endif %}", False),
        ("{{ s }}", False),
        ("fixed", False),
    ],
)
def test_rows_are_told_apart_only_where_their_number_can_be_read_back(text: str, apart: bool):
    assert tells_rows_apart(text) is apart


def test_unique_is_refused_where_rows_could_be_alike():
    kernel("{{ s }}.{{ row }}@example.com", unique=True)
    with pytest.raises(SpecError, match=r"R012 .*\n.*add \{\{ row \}\}"):
        kernel("{{ s }}@example.com", unique=True)
    with pytest.raises(SpecError, match="R012"):
        kernel("{{ row }}-x", unique=True, count=None)


def test_what_it_reads_includes_parameters_but_not_the_window():
    assert Template(template="{{ s }}{{ shop }}{{ window_end }}{% if customer_id.name %}{% endif %}").reads() == (
        ("s",),
        ("shop",),
        ("customer_id", "name"),
    )
    assert Template(template="{{ broken").reads() == ()
