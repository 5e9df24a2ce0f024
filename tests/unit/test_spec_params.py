"""``{{ … }}`` in values: arithmetic over parameters, and nothing that runs or grows."""

from __future__ import annotations

import pytest

from engine.errors import Code, SpecError
from engine.spec.arithmetic import render
from engine.spec.params import Rendered, render_params

PARAMS = {"orders": 50_000, "share": 0.3, "city": "Berlin", "yes": True, "nothing": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ orders }}", 50_000),
        ("{{ orders * 3 }}", 150_000),
        ("{{ (orders - 1) // 7 + 2 }}", 7144),
        ("{{ orders / 4 }}", 12_500.0),
        ("{{ -orders }}", -50_000),
        ("{{ 1_000 }}", 1000),
        ("{{ (orders * share) | int }}", 15_000),
        ("{{ 2.5 | round }}", 3),
        ("{{ -2.5 | round }}", -3),
        ("{{ 2.345 | round(2) }}", 2.35),
        ("{{ city }}", "Berlin"),
        ("{{ yes }}", True),
        ("{{ nothing }}", None),
        ("{{ orders }}h", "50000h"),
        ("{{ city }}: {{ share }}, {{ yes }}", "Berlin: 0.3, true"),
    ],
)
def test_an_expression_alone_is_typed_and_one_in_a_text_is_text(text: str, value: object):
    found = render(text, PARAMS)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ orders.__class__ }}",
        "{{ orders['__class__'] }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ self }}",
        "{{ range(10**9) }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum() }}",
        "{{ city | upper }}",
        "{{ city | attr('__class__') }}",
        "{{ orders | int(5) }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ city ~ city }}",
        "{{ [1, 2] }}",
        "{{ {'a': 1} }}",
        "{{ true }}",
        "{{ orders == 1 }}",
        "{{ orders if yes else 1 }}",
        "{{ '%s' % city }}",
        "{% for x in city %}{{ x }}{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'os' as os %}",
        "{% macro a() %}{% endmacro %}",
        "{{ " + "(" * 4_000 + "1" + ")" * 4_000 + " }}",
        "{{ " + "-" * 4_000 + "1 }}",
        "{{ 1" + " + 1" * 1_000 + " }}",
        "{{ 1 }}" * 5_000,
    ],
)
def test_more_than_arithmetic_is_refused(text: str):
    with pytest.raises(SpecError) as error:
        render(text, PARAMS)
    assert error.value.diagnostics[0].code in (Code.PARAM_FORBIDDEN, Code.PARAM_UNKNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "{{ city * 1_000_000_000 }}",
        "{{ city + city }}",
        "{{ yes + 1 }}",
        "{{ nothing * 2 }}",
        "{{ orders / 0 }}",
        "{{ 0.0 // 0 }}",
        "{{ 9e18 * 9e300 }}",
        "{{ 9_223_372_036_854_775_807 + 1 }}",
        "{{ 2.5 | round(99) }}",
        "{{ city | int }}",
    ],
)
def test_arithmetic_without_a_result_is_refused(text: str):
    with pytest.raises(SpecError) as error:
        render(text, PARAMS)
    assert [d.code for d in error.value.diagnostics] == [Code.PARAM_VALUE]


def rendered(overrides: dict[str, str] | None = None, **data: object) -> Rendered:
    return render_params(data, overrides or {})


def test_a_parameter_sees_those_above_it():
    assert rendered(params={"a": 2, "b": "{{ a * 3 }}", "c": "{{ b + a }}"}).params == {"a": 2, "b": 6, "c": 8}


def test_an_override_is_typed_as_in_a_spec_and_reaches_what_is_made_from_it():
    result = rendered({"a": "2_000"}, params={"a": 2, "b": "{{ a * 3 }}"}, x="{{ b }}")
    assert result.params == {"a": 2000, "b": 6000}
    assert result.data["x"] == 6000


def test_a_quoted_override_is_text():
    assert rendered({"a": '"007"'}, params={"a": "x"}).params == {"a": "007"}


def test_an_unknown_override_names_the_nearest():
    (found,) = rendered({"order": "1"}, params={"orders": 2}).diagnostics
    assert (found.code, found.hint) == (Code.PARAM_UNKNOWN, "did you mean 'orders'?")


@pytest.mark.parametrize("name", ["true", "none", "and", "if"])
def test_a_word_of_the_expression_language_is_no_parameter(name: str):
    assert [d.code for d in rendered(params={name: 1}).diagnostics] == [Code.BAD_NAME]


def test_a_template_is_left_for_its_generator():
    columns = {"email": {"template": "{{ first }}@x"}, "template": "{{ n }}"}
    entities = {"a": {"columns": columns}}
    result = rendered(params={"n": 5}, entities=entities)
    assert result.data["entities"]["a"]["columns"] == {"email": {"template": "{{ first }}@x"}, "template": 5}
    assert result.diagnostics == ()


def test_texts_that_double_each_other_stop_growing():
    params = {"p0": "x" * 1000} | {f"p{n}": f"{{{{ p{n - 1} }}}}{{{{ p{n - 1} }}}}" for n in range(1, 40)}
    assert {d.code for d in rendered(params=params).diagnostics} == {Code.PARAM_VALUE}


def test_a_parameter_that_fails_is_reported_once_not_at_each_use():
    result = rendered(params={"a": "{{ 1 / 0 }}"}, x="{{ a }}", y="{{ a + 1 }}")
    assert [d.path for d in result.diagnostics] == [("params", "a")]
    assert result.broken == {("params", "a"), ("x",), ("y",)}
