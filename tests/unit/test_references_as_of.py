"""References to rows that change: who had gone by then is not picked, who went later is."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest

from engine.errors import GenerateError
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("customers", "id int8", "joined timestamptz", "status text", "closed_at timestamptz null"),
    table(
        "orders", "id int8", "placed timestamptz", "customer_id int8", references={"customer_id": "public.customers.id"}
    ),
)
SPEC = dedent("""
    scenario: shop
    window: {start: 2025-01-01, end: 2026-01-01}
    lifecycles:
      account:
        start: open
        states:
          open: {closed: {p: ODDS, delay: {exponential: {mean: 90d}}, set: {closed_at: moment}}, stay: rest}
    entities:
      customers:
        table: customers
        count: 900
        moment: {column: joined, spread: {start: 2024-06-01, end: 2025-12-01}}
        columns:
          id: {sequence: 1}
          status: {lifecycle: account}
      orders:
        table: orders
        count: 20_000
        moment: {column: placed, spread: {start: 2025-01-01, end: 2026-01-01}}
        columns:
          id: {sequence: 1}
          customer_id: {reference: customers, existing_at: placed, where: "status <> 'closed'"}
""")


def test_nobody_orders_after_they_have_gone_and_those_who_went_later_do_before():
    plan = plan_of(SPEC.replace("ODDS", "80%"), TABLES)
    made = rows_of(plan, "customers", "orders")
    customers = {row["id"]: row for row in made["customers"].to_pylist()}
    late = gone = 0
    for order in made["orders"].to_pylist():
        customer = customers[order["customer_id"]]
        assert customer["joined"] <= order["placed"]
        closed = customer["closed_at"]
        assert closed is None or order["placed"] < closed
        gone += closed is not None
        late += closed is None
    assert gone > 3_000
    assert late > 3_000
    again = rows_of(plan, "orders", batch_rows=777)["orders"]
    assert np.array_equal(again["customer_id"].to_numpy(), made["orders"]["customer_id"].to_numpy())


def test_where_all_have_gone_the_run_says_so():
    text = SPEC.replace("ODDS", "100%").replace("{exponential: {mean: 90d}}", "1h")
    text = text.replace("end: 2025-12-01}}", "end: 2025-02-01}}")
    with pytest.raises(
        GenerateError, match=r"orders\.customer_id: 385 draws found no row of 'customers' .*moment.*`where`"
    ):
        rows_of(plan_of(text, TABLES), "orders")
