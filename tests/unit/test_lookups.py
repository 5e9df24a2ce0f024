"""Lookups: columns drawn together from the rows of a small table, perhaps those alone that fit the row."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.errors import GenerateError, SpecError
from tests.odd_world import ODD
from tests.worlds import plan_of, rows_of

SPEC = """
scenario: odd
window: {start: 2025-11-01, end: 2025-12-01}
lookups:
  places:
    columns: [city, country, score, weight]
    rows:
      - [Bonn, DE, 1, 6]
      - [Köln, DE, 2, 2]
      - [Oslo, NO, null, 1]
      - [Nowhere, NO, 9, 0]
      - [Rome, IT, 4, 3]
  plans:
    csv: |
      country,active,plan,weight
      DE,true,basic,3
      DE,true,"big, new",1
      DE,false,none,1
      NO,true,basic,1
      NO,false,"",1
      IT,true,pro,1
      IT,false,none,1
entities:
  people:
    table: people
    count: 40_000
    columns:
      id: {sequence: 1}
      serial: 1
      name: {lookup: places.city}
      country: {lookup: places.country, hidden: true}
      score: {lookup: places.score}
      active: {bernoulli: 50%}
      note: {lookup: plans.plan, given: [country, active]}
      second: {lookup: places.city, draw: second, hidden: true}
      both: {expr: "concat(country, ' ', second)", hidden: true}
      code: null
  pets:
    table: pets
    per: {parent: people, as: person_id, count: 1}
    columns:
      id: {attribute: person_id.id}
      name: {attribute: person_id.both}
      weight: {lookup: places.score, given: {city: person_id.name}}
"""
PLACES = {("Bonn", "DE", 1): 6, ("Köln", "DE", 2): 2, ("Oslo", "NO", None): 1, ("Rome", "IT", 4): 3}


def test_columns_of_one_table_are_drawn_together_by_weight():
    rows = rows_of(plan_of(SPEC, ODD), "people", "pets")
    people, pets = rows["people"], rows["pets"]
    country = {"Bonn": "DE", "Köln": "DE", "Oslo": "NO", "Rome": "IT"}
    names, scores = people["name"].to_pylist(), people["score"].to_pylist()
    drawn = [(name, country[name], score) for name, score in zip(names, scores, strict=True)]
    found = Counter(drawn)
    assert found.keys() == PLACES.keys()
    for place, weight in PLACES.items():
        assert found[place] / 40_000 == pytest.approx(weight / 12, abs=0.012)
    both = Counter(text.split() and tuple(text.split()) for text in pets["name"].to_pylist())
    assert both["DE", "Rome"] / 40_000 == pytest.approx(8 / 12 * 3 / 12, abs=0.012), "the second draw is another"


def test_given_columns_leave_only_rows_of_the_table_that_fit():
    rows = rows_of(plan_of(SPEC, ODD), "people", "pets")
    people, pets = rows["people"], rows["pets"]
    assert pets["weight"].to_pylist() == people["score"].to_pylist()
    country = {"Bonn": "DE", "Köln": "DE", "Oslo": "NO", "Rome": "IT"}
    found = Counter(
        (country[name], active, plan)
        for name, active, plan in zip(
            people["name"].to_pylist(), people["active"].to_pylist(), people["note"].to_pylist(), strict=True
        )
    )
    fits = {
        ("DE", True): {"basic", "big, new"},
        ("DE", False): {"none"},
        ("NO", True): {"basic"},
        ("NO", False): {None},
        ("IT", True): {"pro"},
        ("IT", False): {"none"},
    }
    assert {(c, a) for c, a, _ in found} == fits.keys()
    assert all(plan in fits[c, a] for c, a, plan in found)
    germans = found["DE", True, "basic"] + found["DE", True, "big, new"]
    assert found["DE", True, "basic"] / germans == pytest.approx(0.75, abs=0.02)


def test_a_row_keeps_its_draw_whatever_the_batch_and_a_row_without_a_country_has_none():
    whole = rows_of(plan_of(SPEC, ODD), "people")["people"]
    assert rows_of(plan_of(SPEC, ODD), "people", batch_rows=701)["people"].equals(whole)
    text = SPEC.replace("{lookup: places.country, hidden: true}", "{constant: null, hidden: true, type: text}")
    assert rows_of(plan_of(text, ODD), "people")["people"]["note"].null_count == 40_000


def test_where_nothing_fits_the_run_says_what_was_looked_for():
    text = SPEC.replace("      IT,true,pro,1\n", "")
    with pytest.raises(GenerateError, match=r"people\.note: no row of 'plans' .* has country = IT, active = True; add"):
        rows_of(plan_of(text, ODD), "people")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[Rome, IT, 4, 3]", "[Rome, IT, 4]", r"row 5 has 3 values, and there are 4 columns"),
        ("[Rome, IT, 4, 3]", "[Rome, IT, 4, -3]", r"the weight of row 5 is -3, which is no number from 0 on"),
        ("[Rome, IT, 4, 3]", "[Rome, IT, 4, null]", r"the weight of row 5 is null"),
        ("[Rome, IT, 4, 3]", "[Rome, IT, four, 3]", r"row 5 of 'places.score': 'four' is not a value of type int2"),
        ("[city, country, score, weight]", "[city, city, score, weight]", r"two columns are called 'city'"),
        ("[city, country, score, weight]", "[city, country, score, weight]\n    csv: a", r"`csv` or `columns`"),
        ("given: [country, active]", "given: [country, actve]", r"no column 'actve'"),
        ("given: [country, active]", "given: {land: country}", r"'plans' has no column 'land'"),
        ("lookup: places.city}", "lookup: place.city}", r"no lookup table is called 'place'\n.*did you mean 'places'"),
        ("lookup: places.city}", "lookup: places.town}", r"'places' has no column 'town'"),
        ("      country,active,plan,weight\n", '      "a\n', r"this is no CSV"),
        ("given: [country, active]", "given: {weight: serial}", r"'plans' has no column 'weight'"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(old: str, new: str, said: str):
    assert old in SPEC
    with pytest.raises(SpecError, match=said):
        plan_of(SPEC.replace(old, new, 1), ODD)
