"""Drafts that are like the rows that are there: what statistics say holds, and what CHECKs say, too."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import numpy as np
import yaml

from engine.catalog.model import Catalog, Check, Table, Unique
from engine.catalog.statistics import Statistics
from engine.sketch.draft import draft
from engine.sketch.wish import Wish
from tests.worlds import catalog, plan_of, rows_of, table

ROWS = 2_000
WISH = Wish(date(2025, 1, 1), date(2026, 1, 1), profile=True)


def known(name: str, found: dict[str, Statistics], *columns: str, rows: int = ROWS, **more: object) -> Table:
    """A table of so many rows about whose columns ANALYZE found something."""
    plain = table(name, *columns)
    with_statistics = tuple(replace(c, statistics=found.get(c.name)) for c in plain.columns)
    return replace(plain, columns=with_statistics, estimated_rows=rows, **more)  # type: ignore[arg-type]


def made(tables: Catalog) -> tuple[dict[str, dict[str, object]], dict[str, list[dict[str, object]]]]:
    """The columns of each entity as the draft says them, and the rows that it makes."""
    text = draft(tables, WISH)
    said = {name: entity["columns"] for name, entity in yaml.safe_load(text)["entities"].items()}
    return said, {name: rows.to_pylist() for name, rows in rows_of(plan_of(text, tables)).items()}


def quantiles(values: list[float]) -> tuple[str, ...]:
    return tuple(str(round(float(v), 2)) for v in np.quantile(values, np.linspace(0, 1, 101)))


def test_of_two_numbers_that_a_check_compares_each_keeps_its_law():
    draws = np.random.Generator(np.random.PCG64(1))
    subtotal = draws.gamma(3.0, 40.0, 5_000) + 5
    discount = np.minimum(draws.exponential(8.0, 5_000), subtotal)
    found = {
        "subtotal": Statistics(distinct=-0.9, histogram=quantiles(list(subtotal))),
        "discount": Statistics(distinct=-0.8, histogram=quantiles(list(discount))),
    }
    check = Check("less", "(discount <= subtotal)", ("discount", "subtotal"))
    orders = known("orders", found, "id int8", "subtotal numeric(12,2)", "discount numeric(12,2)", checks=(check,))
    _, rows = made(catalog(orders))
    assert all(row["discount"] <= row["subtotal"] for row in rows["orders"])  # type: ignore[operator]
    for name, values in (("subtotal", subtotal), ("discount", discount)):
        ours = np.array([float(row[name]) for row in rows["orders"]])  # type: ignore[arg-type]
        assert abs(np.median(ours) - np.median(values)) < 0.12 * np.median(values), name


def test_a_moment_comes_after_another_by_about_what_their_histograms_lie_apart():
    start = datetime(2025, 1, 1, tzinfo=timezone.utc)
    placed = [start + timedelta(hours=60 * n) for n in range(101)]
    bounds = {"placed_at": placed, "shipped_at": [m + timedelta(hours=30) for m in placed]}
    found = {
        name: Statistics(distinct=-1.0, histogram=tuple(m.isoformat(" ") for m in moments), null_fraction=nulls)
        for (name, moments), nulls in zip(bounds.items(), (0.0, 0.25), strict=True)
    }
    check = Check("later", "(shipped_at >= placed_at)", ("placed_at", "shipped_at"))
    orders = known("orders", found, "id int8", "placed_at timestamptz", "shipped_at timestamptz null", checks=(check,))
    _, rows = made(catalog(orders))
    waited = [row["shipped_at"] - row["placed_at"] for row in rows["orders"] if row["shipped_at"] is not None]  # type: ignore[operator]
    assert min(waited) >= timedelta(0)
    assert timedelta(hours=24) < sorted(waited)[len(waited) // 2] < timedelta(hours=36)
    assert abs(1 - len(waited) / ROWS - 0.25) < 0.05


def test_a_check_on_one_column_does_not_cost_it_its_shares():
    found = {"channel": Statistics(distinct=3.0, common=(("web", 0.7), ("app", 0.25), ("phone", 0.05)))}
    listed = "(channel = ANY (ARRAY['web'::text, 'app'::text, 'phone'::text, 'fax'::text]))"
    orders = known("orders", found, "id int8", "channel text", checks=(Check("known", listed, ("channel",)),))
    _, rows = made(catalog(orders))
    shares = Counter(row["channel"] for row in rows["orders"])
    assert set(shares) == {"web", "app", "phone"}
    assert abs(shares["web"] / ROWS - 0.7) < 0.04


def test_rows_that_point_to_one_each_and_to_as_many_each_are_dealt_out_so():
    once, twice = Statistics(distinct=-1.0), Statistics(distinct=-0.5)
    tables = catalog(
        known("orders", {}, "id int8", rows=ROWS),
        replace(
            known("payments", {"order_id": once}, "id int8", "order_id int8"),
            foreign_keys=table("p", "order_id int8", references={"order_id": "public.orders.id"}).foreign_keys,
        ),
        replace(
            known("parcels", {"order_id": twice}, "id int8", "order_id int8", rows=2 * ROWS),
            foreign_keys=table("p", "order_id int8", references={"order_id": "public.orders.id"}).foreign_keys,
        ),
    )
    _, rows = made(tables)
    assert set(Counter(row["order_id"] for row in rows["payments"]).values()) == {1}
    assert set(Counter(row["order_id"] for row in rows["parcels"]).values()) == {2}


def test_a_key_over_a_column_of_few_values_deals_those_values_out():
    few = Statistics(distinct=2.0, common=(("east", 0.5), ("west", 0.5)))
    tables = catalog(
        known("products", {}, "id int8", rows=ROWS),
        replace(
            known("stock", {"warehouse": few}, "id int8", "product_id int8", "warehouse text", rows=2 * ROWS),
            foreign_keys=table("s", "product_id int8", references={"product_id": "public.products.id"}).foreign_keys,
            uniques=(Unique("once", ("product_id", "warehouse")),),
        ),
    )
    _, rows = made(tables)
    assert {row["warehouse"] for row in rows["stock"]} == {"east", "west"}
    assert len({(row["product_id"], row["warehouse"]) for row in rows["stock"]}) == 2 * ROWS


def test_what_is_empty_there_is_left_out():
    tables = catalog(known("orders", {}, "id int8"), known("audit", {}, "id int8", rows=0))
    text = draft(tables, replace(WISH, empty=frozenset({("public", "audit")})))
    assert "# Left out: public.audit, it holds no row there either." in text
