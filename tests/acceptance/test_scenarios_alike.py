"""Two stories of one shop differ in what the event does, and in nothing else."""

from __future__ import annotations

import pyarrow as pa
import pytest

from engine.run.look import shop_catalog
from tests.acceptance.stories import SPECS
from tests.worlds import plan_of, rows_of

SMALL = {"customers": "2_000", "orders": "1_000", "abandoned": "500"}


@pytest.fixture(scope="module")
def two_worlds() -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """All rows of the shop with Black Friday and without it, made in memory."""
    with_event, without = (
        rows_of(plan_of((SPECS / f"{name}.yaml").read_text(encoding="utf-8"), shop_catalog(), **SMALL))
        for name in ("black_friday", "steady_state")
    )
    return with_event, without


def test_a_shop_without_its_event_has_the_same_customers_and_goods(two_worlds):
    with_event, without = two_worlds
    assert with_event.keys() == without.keys()
    for entity in ("departments", "categories", "products", "inventory", "promotions", "customers", "addresses"):
        assert with_event[entity].equals(without[entity]), entity


def test_an_event_changes_when_orders_come_and_what_they_hold(two_worlds):
    with_event, without = (world["orders"] for world in two_worlds)
    assert with_event.num_rows == without.num_rows
    assert with_event["number"].equals(without["number"])
    for column in ("placed_at", "channel", "discount_pct", "subtotal"):
        assert not with_event[column].equals(without[column]), column
