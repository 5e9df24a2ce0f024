"""Choices whose weights each row decides: by an expression, or while an event is on."""

from __future__ import annotations

import pickle
from collections import Counter
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from engine.errors import GenerateError, SpecError
from engine.generators import AnyGenerator
from engine.generators.choice import Chosen
from engine.stream import bits
from engine.types import BOOL, DAY, FLOAT8, INT8, TEXT, TIMESTAMPTZ
from tests.rows import JANUARY_2025, FakeRows, FakeScope, context
from tests.worlds import STORY, plan_of, rows_of

READER = TypeAdapter(AnyGenerator)
ROWS = 20_000
DOWN = (JANUARY_2025 + DAY, JANUARY_2025 + 2 * DAY)
SCOPE = FakeScope({("w",): FLOAT8, ("vip",): BOOL, ("at",): TIMESTAMPTZ}, {"down": (DOWN,), "sale": (DOWN,)})
AT = JANUARY_2025 + np.arange(ROWS) * (4 * DAY // ROWS)
COLUMNS = {"w": pa.array(np.linspace(0.0, 30.0, ROWS)), "vip": pa.array(np.arange(ROWS) % 2 == 0)}
COLUMNS["at"] = pa.array(AT).view(pa.timestamp("us", "UTC"))


def kernel(column: dict, type_=TEXT, **more):
    return READER.validate_python(column).compile(context(type_, scope=SCOPE, moment=("at",), **more))


def chosen(column: dict, type_=TEXT, **columns) -> list:
    return kernel(column, type_).values(FakeRows.of(ROWS, **(COLUMNS | columns))).to_pylist()


def test_every_row_has_weights_of_its_own_as_the_slow_way_has():
    made = chosen({"choice": {"a": 5, "b": {"expr": "w"}, "c": {"expr": "case when vip then 0 else 10 - w / 3 end"}}})
    key = context(TEXT).key
    raw = bits(key, np.arange(ROWS, dtype=np.uint64)).tolist()
    for row in range(0, ROWS, 37):
        w = Fraction(COLUMNS["w"][row].as_py())
        weights = [Fraction(5), w, Fraction(0) if row % 2 == 0 else 10 - w / 3]
        place, left = (Fraction(2 * (raw[row] >> 12) + 1, 2**53)) * sum(weights), "abc"
        wanted = next(n for n, weight in zip(left, np.cumsum(weights).tolist(), strict=True) if place < weight)
        assert made[row] == wanted, row
    assert Counter(made).keys() == {"a", "b", "c"}


def test_an_expression_that_is_always_the_same_chooses_as_the_number_does():
    plain = {"choice": [{"value": n, "weight": w} for n, w in ((1, 0), (2, 7), (None, 0), (3, 0.125), (4, 0))]}
    moved = {"choice": [{**o, "weight": {"expr": f"{o['weight']}::float8 + 0 * w"}} for o in plain["choice"]]}
    assert isinstance(kernel(plain, INT8), Chosen), "constant weights keep their table"
    assert chosen(moved, INT8) == chosen(plain, INT8)


def test_a_weight_changes_while_an_event_is_on_and_the_first_event_counts():
    column = {
        "choice": [{"value": "card", "weight": 60, "during": {"down": 1, "sale": 500}}, {"value": "cash", "weight": 40}]
    }
    made = np.array(chosen(column))
    down = (DOWN[0] <= AT) & (DOWN[1] > AT)
    assert abs((made[~down] == "card").mean() - 0.6) < 0.02
    assert 0.01 < (made[down] == "card").mean() < 0.04
    plain = np.array(chosen({"choice": {"card": 60, "cash": 40}}))
    assert (made[~down] == plain[~down]).all(), "who was not there is the same"


def test_few_rows_at_a_time_choose_as_all_do(monkeypatch):
    column = {"choice": {"a": 5, "b": {"expr": "w"}}}
    whole = chosen(column)
    monkeypatch.setattr("engine.generators.weights._CELLS", 1_001)
    assert chosen(column) == whole


@pytest.mark.parametrize(
    ("weight", "rows", "said"),
    [
        ("w - 0.01", {}, r"things.value: the weight of 'b' is -0.01 in row 1; it must be 0 or more"),
        ("w / 0", {}, "division by zero"),
        ("'nan'::float8", {}, "the weight of 'b' is nan in row 1"),
        ("'inf'::float8", {}, "the weight of 'b' is inf in row 1"),
        ("w", {"w": pa.array([1.0] * 7 + [None] + [2.0] * (ROWS - 8))}, "the weight of 'b' is null in row 8;"),
        ("w", {"w": pa.array([1.0] * 9 + [0.0] * (ROWS - 9))}, "things.value: the weights sum to nothing in row 10"),
        ("'1.7e308'::float8 + 0 * w", {}, "sum to more than a number can hold in row 1"),
    ],
)
def test_weights_that_are_none_end_the_run(weight: str, rows: dict, said: str):
    first = {"expr": weight} if "sum" in said else 1
    with pytest.raises(GenerateError, match=said):
        chosen({"choice": {"a": first, "b": {"expr": weight}}}, **rows)


def test_no_more_than_a_thousand_values_are_weighed_by_row():
    many = {"choice": [{"value": n, "weight": {"expr": "w"}} for n in range(1_001)]}
    with pytest.raises(SpecError, match="R014 1,001 values whose weights differ by row; 1,000 are the most"):
        kernel(many, INT8)


NOTE = """
      vip: {expr: "customer_id.segment = 'vip'", hidden: true}
      note:
        choice:
          - {value: vip, weight: {expr: "case when vip then 1 else 0 end"}}
          - {value: sale, weight: 0, during: {storefront.sale: 1e9}}
          - {value: plain, weight: {expr: "case when vip then 0 else 1 end"}}
      wanted: {expr: "case when during(storefront.sale) then 'sale' when vip then 'vip' else 'plain' end", hidden: true}
      lines: {expr: "(note = wanted)::int"}
"""


def test_in_a_world_it_reads_its_parents_and_the_moment():
    plan = plan_of(STORY.replace("      lines: {count: order_items}\n", NOTE.removeprefix("\n")))
    orders = rows_of(plan, "orders")["orders"]
    assert set(orders["lines"].to_pylist()) == {1}
    assert set(orders["note"].to_pylist()) == {"vip", "sale", "plain"}
    assert rows_of(pickle.loads(pickle.dumps(plan)), "orders", batch_rows=301)["orders"].equals(orders)
