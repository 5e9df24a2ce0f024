"""How many children a row has, in one of several ways: during an event, by a condition, or else."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest

from engine.errors import GenerateError
from tests.worlds import STORY, plan_of, rows_of

CASE = """
      count:
        case:
          - {during: storefront.sale, then: {poisson: 6, min: 5, max: 12}}
          - {when: "customer_id.segment = 'vip'", then: {choice: {3: 1, 4: {expr: "(note = 'b')::int"}}}}
          - {when: "note = 'a'", then: null}
          - {else: {poisson: 1.5, min: 1, max: 2}}
        max: 12
"""
WORLD = STORY.replace(
    "per: {parent: orders, as: order_id, count: {poisson: 1.9, min: 1, max: 12}}",
    f"per:\n      parent: orders\n      as: order_id{CASE.rstrip()}",
).replace("discount:\n", "note: {choice: {a: 10, b: 45, c: 45}}\n      discount:\n")


def test_each_row_takes_the_first_arm_that_applies():
    plan = plan_of(WORLD)
    told = rows_of(plan)
    orders = told["orders"].to_pylist()
    made = Counter(told["order_items"]["order_id"].to_pylist())
    segments = dict(zip(*(told["customers"][name].to_pylist() for name in ("id", "segment")), strict=True))
    allowed = {"sale": set(range(5, 13)), "vip": {3, 4}, "none": {0}, "else": {1, 2}}
    seen: dict[str, set[int]] = {}
    for order in orders:
        vip = segments[order["customer_id"]] == "vip"
        kind = "sale" if order["discount"] == 40 else "vip" if vip else "none" if order["note"] == "a" else "else"
        assert made[order["id"]] == (order["lines"] or 0)
        assert made[order["id"]] in allowed[kind]
        assert made[order["id"]] != 4 or kind != "vip" or order["note"] == "b"
        seen.setdefault(kind, set()).add(made[order["id"]])
    assert {kind: len(counts) for kind, counts in seen.items()} == {"sale": 8, "vip": 2, "none": 1, "else": 2}
    again = rows_of(pickle.loads(pickle.dumps(plan)), batch_rows=173)
    assert all(again[name].equals(rows) for name, rows in told.items())
    assert plan.entities["order_items"].expected_rows == pytest.approx(1.5 * 2_000, rel=0.3), "as in the last arm"


def test_without_the_event_nobody_takes_its_arm():
    told, calm = (rows_of(plan_of(WORLD, **how), "orders")["orders"] for how in ({}, {"--without": "storefront.sale"}))
    most = [max(lines or 0 for lines in orders["lines"].to_pylist()) for orders in (told, calm)]
    assert most[0] > 8
    assert most[1] == 4


def test_more_children_than_max_end_the_run():
    text = WORLD.replace("        max: 12\n", "        max: 6\n")
    with pytest.raises(GenerateError, match=r"order_items: per.count is 1\d for a row of 'orders'; 0 to 6 are allowed"):
        rows_of(plan_of(text))
