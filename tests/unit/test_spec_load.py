"""A whole spec from text: what the planner gets."""

from __future__ import annotations

import json
import pickle

import pytest
import yaml

from engine.errors import Code, Diagnostic, Location, SpecError
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.uniform import Uniform
from engine.spec.load import Spec, load, place
from engine.timelines.growth import Growth
from engine.types import PgType

SHOP = """
scenario: shop
description: A shop.
seed: 7
timezone: America/New_York
window: {start: 2025-11-01, end: 2025-12-05}
params: {customers: 1_000, orders: 5_000}
timelines:
  storefront: {daily: online_retail}
entities:
  customers:
    table: shop.customers
    count: "{{ customers }}"
    moment: {column: created_at, spread: {start: 2023-11-01, end: 2025-12-05, growth: 1.6 per year}}
    columns:
      currency: EUR
      deleted_at: null
      segment: {choice: {new: 55, regular: 35, vip: 10}, unique: false}
      score: {constant: 5, hidden: true, null_fraction: 10%, type: "numeric(12,2)"}
  orders:
    table: shop.orders
    count: "{{ orders }}"
    moment: {column: placed_at, timeline: storefront}
    columns:
      discount: {choice: {0: 20, 20: 50}}
  order_items:
    table: shop.order_items
    per: {parent: orders, as: order_id, count: {uniform: {min: 1, max: 9}}}
    columns:
      quantity: {uniform: {min: 1, max: 3}}
  notes:
    table: shop.notes
    per: {parent: orders, as: order_id, count: 2}
"""


def shop(**arguments: object) -> Spec:
    return load(SHOP, file="shop.yaml", **arguments)


def test_a_spec_becomes_a_frozen_scenario():
    scenario = shop().scenario
    assert (scenario.scenario, scenario.seed, scenario.timezone) == ("shop", 7, "America/New_York")
    assert list(scenario.entities) == ["customers", "orders", "order_items", "notes"]
    assert scenario.entities["customers"].count == 1000
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 8


def test_a_column_is_a_generator_with_modifiers_beside_its_keys():
    score = shop().scenario.entities["customers"].columns["score"]
    assert score.generator == Constant(constant=5)
    assert (score.hidden, score.null_fraction, score.unique) == (True, 0.1, False)
    assert score.type == PgType("numeric", precision=12, scale=2)


def test_a_bare_scalar_is_a_constant_and_null_is_one_too():
    columns = shop().scenario.entities["customers"].columns
    assert columns["currency"].generator == Constant(constant="EUR")
    assert columns["deleted_at"].generator == Constant(constant=None)


def test_the_keys_of_a_choice_keep_their_types():
    made = shop().scenario.entities["orders"].columns["discount"].generator
    assert isinstance(made, Choice)
    assert [option.value for option in made.choice] == [0, 20]


def test_a_fan_out_is_a_number_or_a_law():
    entities = shop().scenario.entities
    assert entities["notes"].per is not None
    assert entities["notes"].per.count == 2
    assert entities["notes"].per.maximum == 2
    assert isinstance(entities["order_items"].per.count, Uniform)
    assert entities["order_items"].per.as_ == "order_id"


def test_a_moment_is_made_by_a_timeline_or_a_spread():
    entities = shop().scenario.entities
    assert entities["customers"].moment.made
    assert entities["customers"].moment.spread.growth == Growth(1.6, 31_556_952_000_000)
    assert entities["orders"].moment.timeline.names == ("storefront",)


def test_json_and_yaml_give_the_same_scenario():
    as_json = json.dumps(yaml.load(SHOP, Loader=yaml.BaseLoader)["entities"]["customers"]["columns"]["segment"])
    assert as_json.startswith('{"choice"')
    text = SHOP.replace(
        "{choice: {new: 55, regular: 35, vip: 10}, unique: false}",
        '{"choice": {"new": 55, "regular": 35, "vip": 10}, "unique": false}',
    )
    assert load(text, file="shop.json").scenario == shop().scenario


def test_overrides_and_a_seed_win_over_the_text():
    spec = shop(overrides={"orders": "2_000_000"}, seed=99)
    assert spec.scenario.entities["orders"].count == 2_000_000
    assert spec.scenario.seed == 99
    assert spec.parameters == {"customers": 1000, "orders": 2_000_000}


def test_a_seed_outside_its_range_is_refused():
    with pytest.raises(SpecError) as error:
        shop(seed=2**63)
    assert [d.code for d in error.value.diagnostics] == [Code.OUT_OF_RANGE]


def test_a_scenario_travels_between_processes():
    scenario = shop().scenario
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_later_stages_place_their_diagnostics_in_the_text():
    (found,) = place([Diagnostic(Code.UNKNOWN_TABLE, "x", ("entities", "orders", "table"))], shop().source)
    line = SHOP.splitlines().index("    table: shop.orders") + 1
    assert found.location == Location("shop.yaml", line, 12)


def test_diagnostics_come_in_the_order_of_the_text_and_once():
    with pytest.raises(SpecError) as error:
        load(SHOP.replace("seed: 7", "seed: -7").replace("count: 2}", "cuont: 2}"), file="shop.yaml")
    lines = [d.location.line for d in error.value.diagnostics]
    assert lines == sorted(lines)
    assert len(set(error.value.diagnostics)) == len(error.value.diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{n}: 1\n" for n in range(5_000)),
        "? \n" * 5_000,
        "params:\n" + "".join(f'  k{n}: "{{{{ x{n} }}}}"\n' for n in range(900)),
        SHOP + "".join(f"  e{n}: {{table: t}}\n" for n in range(500)),
        "a: [" + ", ".join(["{{ x }}"] * 5_000) + "]",
    ],
)
def test_of_thousands_of_mistakes_a_hundred_are_said(text: str):
    with pytest.raises(SpecError) as error:
        load(text, file="shop.yaml")
    assert len(error.value.diagnostics) == 101
    assert error.value.diagnostics[-1].message.startswith("more mistakes than these 100")
    assert all(d.location for d in error.value.diagnostics)


def test_too_many_parameters_are_refused_at_their_place():
    with pytest.raises(SpecError) as error:
        load("params:\n" + "".join(f"  k{n}: 1\n" for n in range(1_001)), file="shop.yaml")
    assert [(d.code, d.location) for d in error.value.diagnostics] == [(Code.YAML_TOO_BIG, Location("shop.yaml", 1, 1))]


def test_a_long_chain_of_parents_that_closes_is_one_circle():
    chain = "".join(f"  e{n}: {{table: t, per: {{parent: e{(n + 1) % 3000}, as: p, count: 1}}}}\n" for n in range(3000))
    head, _, _ = SHOP.partition("entities:")
    with pytest.raises(SpecError) as error:
        load(f"{head}entities:\n{chain}", file="shop.yaml")
    assert [d.code for d in error.value.diagnostics] == [Code.CYCLE]


def test_a_fan_out_may_be_an_expression_with_a_maximum():
    per = "per: {parent: orders, as: order_id, count: {expr: discount / 10, max: 5}}"
    text = SHOP.replace("per: {parent: orders, as: order_id, count: 2}", per)
    made = load(text, file="shop.yaml").scenario.entities["notes"].per
    assert made is not None
    assert (made.maximum, made.count.reads()) == (5, (("discount",),))


def test_an_expression_without_a_maximum_is_refused_as_a_fan_out():
    per = "per: {parent: orders, as: order_id, count: {expr: discount / 10}}"
    with pytest.raises(SpecError) as error:
        load(SHOP.replace("per: {parent: orders, as: order_id, count: 2}", per), file="shop.yaml")
    assert [(d.code, d.message) for d in error.value.diagnostics] == [(Code.MISSING_KEY, "'count' needs 'max'")]


def test_a_law_without_a_largest_value_is_refused_as_a_fan_out():
    text = SHOP.replace("count: {uniform: {min: 1, max: 9}}", "count: {poisson: 1.9}")
    with pytest.raises(SpecError) as error:
        load(text, file="shop.yaml")
    assert [(d.code, d.hint) for d in error.value.diagnostics] == [(Code.OUT_OF_RANGE, "add `max:` beside the law")]
