"""Traits: sets of columns that several entities include, each made as if it were written there."""

from __future__ import annotations

import pytest

from engine.errors import Code, SpecError
from engine.spec.load import load
from tests.odd_world import ODD
from tests.worlds import plan_of, rows_of

TWICE = """
scenario: odd
window: {start: 2025-11-01, end: 2025-12-01}
params: {least: 5}
traits:
  numbered: {id: {sequence: 1}}
  described:
    note: {template: "{{ id }} of {{ name }}"}
    name: {choice: [ab, cd, ef]}
    score: {uniform: {min: "{{ least }}", max: 9}}
entities:
  people:
    table: people
    count: 40
    traits: [numbered, described]
    columns: {serial: 1, name: zz}
  others:
    virtual: true
    count: 20
    traits: [described]
    columns: {id: {sequence: 3}, kind: x}
"""
ONCE = """
scenario: odd
window: {start: 2025-11-01, end: 2025-12-01}
params: {least: 5}
entities:
  people:
    table: people
    count: 40
    columns:
      serial: 1
      name: zz
      id: {sequence: 1}
      note: {template: "{{ id }} of {{ name }}"}
      score: {uniform: {min: "{{ least }}", max: 9}}
  others:
    virtual: true
    count: 20
    columns:
      id: {sequence: 3}
      kind: x
      note: {template: "{{ id }} of {{ name }}"}
      name: {choice: [ab, cd, ef]}
      score: {uniform: {min: "{{ least }}", max: 9}}
"""


def test_an_entity_with_traits_makes_the_rows_that_it_would_make_with_their_columns():
    written, included = (plan_of(text, ODD) for text in (ONCE, TWICE))
    assert list(included.entities["others"].columns) == list(written.entities["others"].columns)
    people = rows_of(included, "people")["people"]
    assert people.equals(rows_of(written, "people")["people"])
    assert people["name"].unique().to_pylist() == ["zz"]


def test_a_parameter_in_a_column_called_template_is_rendered():
    text = TWICE.replace("name: {choice: [ab, cd, ef]}", 'name: {choice: [ab]}\n    template: "{{ least }}"')
    scenario = load(text, file="t.yaml").scenario
    assert scenario.entities["others"].columns["template"].generator.constant == 5  # type: ignore[union-attr]


def test_what_is_wrong_in_a_trait_is_said_once_and_where_it_stands():
    text = TWICE.replace("{choice: [ab, cd, ef]}", "{choice: {ab: -1}}")
    with pytest.raises(SpecError) as refused:
        load(text, file="t.yaml")
    (found,) = refused.value.diagnostics
    assert found.location is not None
    assert (found.location.line, found.code) == (9, Code.OUT_OF_RANGE)

    text = TWICE.replace("{{ id }} of", "{{ serial }} of")  # a name that one of them has
    with pytest.raises(SpecError) as refused:
        plan_of(text, ODD)
    (found,) = refused.value.diagnostics
    assert found.location is not None
    assert (found.location.line, found.code) == (8, Code.TEMPLATE_UNKNOWN_NAME)
    assert "serial" in found.message


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("3", "must be a list"),
        ("[3]", "a name is text"),
        ("{a: 1}", "must be a list"),
        ("[[]]", "a name is text"),
        ("[described, described]", "'note' is a column of 'described' and of 'described'"),
        ("", "must be a list"),
    ],
)
def test_traits_of_another_form_are_refused_and_not_stumbled_over(form: str, said: str):
    with pytest.raises(SpecError, match=said):
        load(TWICE.replace("traits: [described]", f"traits: {form}"), file="t.yaml")


def test_traits_cannot_multiply_a_text_without_bound():
    columns = "".join(f"    c{n}: {n}\n" for n in range(900))
    entities = "".join(f"  e{n}: {{virtual: true, count: 1, traits: [wide]}}\n" for n in range(900))
    text = (
        f"scenario: a\nwindow: {{start: 2025-01-01, end: 2025-02-01}}\ntraits:\n  wide:\n{columns}entities:\n{entities}"
    )
    with pytest.raises(SpecError, match="more than 100,000 values"):
        load(text, file="t.yaml")
