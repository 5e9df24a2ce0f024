"""Small worlds for tests: a catalog from a few words, a plan from a text, and all rows of it in memory."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent

import pyarrow as pa

from engine.batch import BATCH_ROWS
from engine.catalog.model import Catalog, Column, ForeignKey, Table, Unique
from engine.generate.partition import make
from engine.generate.rows import World
from engine.pgtype import parse_type
from engine.plan.compile import compile_plan
from engine.plan.model import Plan
from engine.spec.load import load


def table(name: str, *columns: str, key: str | None = None, references: dict[str, str] | None = None) -> Table:
    """A table from texts like ``"price numeric(12,2)"``, ``"note text null"``, ``"id int8 default"``.

    `references` maps a column to ``schema.table.column``.
    """
    schema, _, bare = name.rpartition(".")
    made = tuple(_column(text) for text in columns)
    keys = tuple(
        ForeignKey(f"{bare}_{column}_fkey", (column,), _table_of(target), (target.rpartition(".")[2],))
        for column, target in (references or {}).items()
    )
    primary = (key or made[0].name,)
    return Table(schema or "public", bare, made, primary, keys, (Unique(f"{bare}_pkey", primary),))


def _table_of(column: str) -> tuple[str, str]:
    schema, table, _ = column.split(".")
    return schema, table


def _column(text: str) -> Column:
    name, _, rest = text.partition(" ")
    nullable, default = rest.endswith(" null"), rest.endswith(" default")
    type_ = rest.removesuffix(" null").removesuffix(" default")
    return Column(name, parse_type(type_), nullable=nullable, default="0" if default else None)


def catalog(*tables: Table) -> Catalog:
    """The catalog of these tables."""
    return Catalog({(t.schema, t.name): t for t in tables})


SHOP = catalog(
    table("customers", "id uuid", "created_at timestamptz", "segment text", "score int4 null"),
    table("products", "id int8", "created_at timestamptz", "price numeric(12,2)", "sku text null"),
    table(
        "orders",
        "id uuid",
        "customer_id uuid",
        "placed_at timestamptz",
        "paid_at timestamptz null",
        "discount int4",
        "total numeric(12,2)",
        "lines int4 null",
        "note text null",
        references={"customer_id": "public.customers.id"},
    ),
    table(
        "order_items",
        "id uuid",
        "order_id uuid",
        "product_id int8",
        "quantity int4",
        "unit_price numeric(12,2)",
        "line_total numeric(12,2)",
        references={"order_id": "public.orders.id", "product_id": "public.products.id"},
    ),
)

STORY = """
scenario: small
seed: 7
timezone: America/New_York
window: {start: 2025-11-01, end: 2025-12-01}
timelines:
  storefront:
    daily: online_retail
    spikes: {sale: {on: black_friday, peak: 6, rise: 4h, hold: 12h, decay: 4h}}
entities:
  products:
    table: products
    count: 50
    columns:
      id: {sequence: 1}
      created_at: {uniform: {min: 2022-01-01, max: 2023-01-01}}
      price: {lognormal: {median: 24, sigma: 0.7}, min: 1.99, max: 900, round: 2}
  customers:
    table: customers
    count: 300
    moment: {column: created_at, spread: {start: 2024-01-01, end: 2025-12-01}}
    columns:
      id: {uuid7: created_at}
      segment: {choice: {new: 55, regular: 35, vip: 10}}
  orders:
    table: orders
    count: 2_000
    moment: {column: placed_at, timeline: storefront}
    columns:
      id: {uuid7: placed_at}
      customer_id: {reference: customers, pick: {zipf: 0.7}, existing_at: placed_at}
      paid_at: {after: placed_at, by: {lognormal: {median: 4m, sigma: 1}, max: 3d}, null_fraction: 5%}
      discount:
        case:
          - {during: storefront.sale, then: 40}
          - {when: "customer_id.segment = 'vip'", then: 10}
          - {else: 0}
      total: {sum: order_items.line_total}
      lines: {count: order_items}
  order_items:
    table: order_items
    per: {parent: orders, as: order_id, count: {poisson: 1.9, min: 1, max: 12}}
    columns:
      id: {uuid7: order_id.placed_at}
      product_id: {reference: products, pick: {zipf: 0.8}, distinct_within: order_id}
      quantity: {choice: {1: 70, 2: 20, 3: 10}}
      unit_price: {expr: "product_id.price * (100 - order_id.discount) / 100", round: 2}
      line_total: {expr: "quantity * unit_price"}
"""


def plan_of(text: str = STORY, known: Catalog = SHOP, **replacements: str) -> Plan:
    """The plan of a spec; `replacements` are parameters."""
    return compile_plan(load(dedent(text), file="story.yaml", overrides=replacements), known)


def rows_of(plan: Plan, *entities: str, batch_rows: int = BATCH_ROWS) -> dict[str, pa.Table]:
    """Every written row of the entities (of all of them by default), made in memory."""
    world = World(plan)
    batches: dict[str, list[pa.RecordBatch]] = {name: [] for name in plan.entities}
    for stage in plan.stages:
        for root in stage.roots:
            for number in plan.partitions(root):
                for batch in make(world, plan.partition(root, number), batch_rows):
                    batches[batch.entity].append(batch.rows)
    wanted: Iterable[str] = entities or plan.entities
    return {name: pa.Table.from_batches(batches[name], schema=plan.entities[name].schema) for name in wanted}
