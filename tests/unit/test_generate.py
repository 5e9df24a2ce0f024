"""A whole small story, made in memory: references, fan-out, sums, cases, and what must never change them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from engine.errors import Code, SpecError
from engine.generate.estimate import estimate
from engine.generate.rows import World
from tests.worlds import STORY, plan_of, rows_of


@cache
def story() -> dict[str, pa.Table]:
    return rows_of(plan_of())


def joined(child: str, column: str, parent: str) -> pa.Table:
    tables = story()
    return tables[child].join(tables[parent], column, "id", right_suffix="_parent", join_type="inner")


def test_every_entity_has_its_count() -> None:
    tables = story()
    assert [tables[name].num_rows for name in ("products", "customers", "orders")] == [50, 300, 2000]
    assert 2000 <= tables["order_items"].num_rows <= 24_000


def test_every_child_finds_its_parent() -> None:
    tables = story()
    assert joined("order_items", "order_id", "orders").num_rows == tables["order_items"].num_rows
    assert joined("order_items", "product_id", "products").num_rows == tables["order_items"].num_rows
    assert joined("orders", "customer_id", "customers").num_rows == 2000


def test_no_order_precedes_its_customer() -> None:
    both = joined("orders", "customer_id", "customers")
    assert pc.all(pc.greater_equal(both["placed_at"], both["created_at"])).as_py()


def test_siblings_pick_different_products() -> None:
    items = story()["order_items"]
    pairs = items.group_by(["order_id", "product_id"]).aggregate([([], "count_all")])
    assert pairs.num_rows == items.num_rows


def test_a_total_is_the_sum_of_its_lines() -> None:
    items = story()["order_items"].group_by("order_id").aggregate([("line_total", "sum"), ([], "count_all")])
    both = story()["orders"].join(items, "id", "order_id")
    assert both.num_rows == 2000
    assert pc.all(pc.equal(both["total"].cast(pa.decimal128(38, 2)), both["line_total_sum"])).as_py()
    assert pc.all(pc.equal(both["lines"].cast("int64"), both["count_all"])).as_py()


def test_a_line_is_priced_by_its_product_and_its_orders_discount() -> None:
    tables = story()
    both = tables["order_items"].join(tables["products"], "product_id", "id").join(tables["orders"], "order_id", "id")
    for row in both.slice(0, 200).to_pylist():
        exact = row["price"] * (100 - row["discount"]) / 100
        assert abs(row["unit_price"] - exact) <= type(exact)("0.005")
        assert row["line_total"] == row["quantity"] * row["unit_price"]


def test_the_spike_changes_what_orders_hold() -> None:
    plan = plan_of()
    orders, customers = story()["orders"], story()["customers"]
    spans = [(pa.scalar(1764306000_000000 + 4 * 3600_000000), pa.scalar(1764306000_000000 + 16 * 3600_000000))]
    placed = orders["placed_at"].cast("int64")
    inside = pc.and_(pc.greater_equal(placed, spans[0][0]), pc.less(placed, spans[0][1]))
    assert set(orders.filter(inside)["discount"].to_pylist()) == {40}
    outside = orders.filter(pc.invert(inside)).join(customers, "customer_id", "id")
    assert {(r["segment"] == "vip", r["discount"]) for r in outside.to_pylist()} == {(True, 10), (False, 0)}
    assert plan.entities["orders"].count == 2000


def test_a_delay_never_goes_back_and_some_are_missing() -> None:
    orders = story()["orders"]
    assert 40 <= orders["paid_at"].null_count <= 180
    paid = orders.filter(pc.is_valid(orders["paid_at"]))
    assert pc.all(pc.greater(paid["paid_at"], paid["placed_at"])).as_py()


@pytest.mark.parametrize("batch_rows", [1, 7, 1000])
def test_the_size_of_batches_changes_nothing(batch_rows: int) -> None:
    few = {"count: 2_000": "count: 120"}
    text = STORY
    for old, new in few.items():
        text = text.replace(old, new)
    whole, pieces = rows_of(plan_of(text)), rows_of(plan_of(text), batch_rows=batch_rows)
    for name, table in whole.items():
        assert table.equals(pieces[name].combine_chunks().unify_dictionaries()), name


def test_any_row_alone_is_the_row_of_the_whole() -> None:
    plan = plan_of()
    index = np.array([1999, 3, 3, 700])
    alone = World(plan).roots("orders", index).batch()
    assert pa.Table.from_batches([alone]).equals(story()["orders"].take(pa.array(index)).combine_chunks())


def test_a_column_more_changes_no_other_column() -> None:
    text = STORY.replace("      lines: {count: order_items}", "      note: {choice: [a, b]}")
    other = rows_of(plan_of(text), "orders")["orders"]
    for name in ("id", "customer_id", "placed_at", "paid_at", "discount", "total"):
        assert other[name].equals(story()["orders"][name]), name


def test_another_entitys_count_changes_nothing_that_does_not_depend_on_it() -> None:
    other = rows_of(plan_of(STORY.replace("count: 300", "count: 500")))
    assert other["products"].equals(story()["products"])
    for name in ("id", "placed_at", "paid_at"):
        assert other["orders"][name].equals(story()["orders"][name])
    assert other["order_items"]["product_id"].equals(story()["order_items"]["product_id"])


def test_a_larger_count_keeps_the_rows_that_are_there() -> None:
    other = rows_of(plan_of(STORY.replace("count: 50", "count: 80")), "products")["products"]
    assert other.slice(0, 50).combine_chunks().equals(story()["products"].combine_chunks())


def test_more_children_keep_the_children_that_are_there() -> None:
    law = "count: {poisson: 1.9, min: 1, max: 12}"
    two, three = (rows_of(plan_of(STORY.replace(law, f"count: {n}")), "order_items")["order_items"] for n in (2, 3))
    kept = [row for row in range(three.num_rows) if row % 3 < 2]
    assert three.take(pa.array(kept)).combine_chunks().equals(two.combine_chunks())


def test_the_estimate_of_children_is_close() -> None:
    planned = estimate(plan_of()).entities["order_items"].expected_rows
    assert planned == pytest.approx(story()["order_items"].num_rows, rel=0.1)


def test_popular_customers_have_more_orders() -> None:
    counts = np.sort(np.array(pc.value_counts(story()["orders"]["customer_id"]).field("counts")))[::-1]
    assert counts[:60].sum() > 0.4 * 2000


def test_a_reference_that_finds_nobody_is_refused_before_a_row_is_made() -> None:
    text = STORY.replace("start: 2024-01-01, end: 2025-12-01", "start: 2025-11-20, end: 2025-12-01")
    with pytest.raises(SpecError) as caught:
        plan_of(text)
    assert [d.code for d in caught.value.diagnostics] == [Code.NO_PARENT_YET]


def test_columns_made_from_each_other_are_refused_with_their_circle() -> None:
    text = STORY.replace("quantity: {choice: {1: 70, 2: 20, 3: 10}}", 'quantity: {expr: "order_id.lines"}').replace(
        "lines: {count: order_items}", "lines: {sum: order_items.quantity}"
    )
    with pytest.raises(SpecError) as caught:
        plan_of(text)
    assert [d.code for d in caught.value.diagnostics] == [Code.CYCLE]
    assert "orders.lines" in str(caught.value)
