"""What a busy moment does to rows, on a server, judged by SQL that knows the timeline's hours and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.runs import request, run_here
from tests.servers import ask, run_sql

BUSY = (
    """create table orders (
        id bigint primary key, placed_at timestamptz not null, busy float8 not null, rush boolean not null,
        vip boolean not null, pays text not null, status text not null)""",
    """create table parcels (
        order_id bigint not null references orders, number int not null, primary key (order_id, number))""",
)
BUSY_SPEC = """
scenario: busy
seed: 11
timezone: Europe/Berlin
window: {start: 2025-11-01, end: 2025-12-01}
timelines:
  shop: {spikes: {sale: {on: 2025-11-28, peak: 8, hold: 1d}}}
lifecycles:
  life:
    start: placed
    states:
      placed:
        paid: {p: {expr: "least(0.95, 1.9 / intensity(shop))"}, delay: 1m}
        failed: {p: rest, delay: 1m}
entities:
  orders:
    table: orders
    count: 20_000
    moment: {column: placed_at, timeline: shop}
    columns:
      id: {sequence: 1}
      busy: {expr: intensity(shop)}
      rush: {bernoulli: {p: {expr: "case when during(shop.sale) then 0.5 else 0.1 end"}}}
      vip: {bernoulli: 20%}
      pays:
        choice:
          - {value: card, weight: 60, during: {shop.sale: 10}}
          - {value: invoice, weight: {expr: "case when vip then 30 else 2 end"}}
      status: {lifecycle: life}
  parcels:
    table: parcels
    per: {parent: orders, as: order_id, count: {expr: "1 + (intensity(shop) > 2)::int", max: 2}}
    columns: {number: {expr: ordinal}}
"""
HOURS = (
    "with all_orders as (select *, (placed_at at time zone 'Europe/Berlin')::date = '2025-11-28' as sale from orders) "
)


def test_a_busy_day_is_as_busy_as_its_timeline_says_and_changes_what_happens(database: str, tmp_path: Path):
    run_sql(database, *BUSY)
    spec = tmp_path / "busy.yaml"
    spec.write_text(BUSY_SPEC)

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    mean = "((29 + 8) / 30.0::float8)"
    busy = f"select bool_and(abs(busy - case when sale then 8 else 1 end / {mean}) < 1e-12) from all_orders"
    assert ask(database, HOURS + busy)
    shares = "select {} from all_orders where sale = {}"
    assert 0.25 < ask(database, HOURS + shares.format("avg((status = 'paid')::int)", "true")) < 0.33  # 1.9 · 37 / 240
    assert 0.94 < ask(database, HOURS + shares.format("avg((status = 'paid')::int)", "false")) < 0.96
    assert 0.47 < ask(database, HOURS + shares.format("avg(rush::int)", "true")) < 0.53
    assert 0.09 < ask(database, HOURS + shares.format("avg(rush::int)", "false")) < 0.11
    by_card = "select max(abs(share - wanted)) from (select avg((pays = 'card')::int) as share, {} as wanted"
    card, invoice = "case when sale then 10.0 else 60 end", "case when vip then 30 else 2 end"
    weights = f"max({card} / ({card} + {invoice}))"
    assert ask(database, f"{HOURS}{by_card.format(weights)} from all_orders group by sale, vip) as groups") < 0.03
    made = "(select count(*) from parcels where order_id = id)"
    assert ask(database, HOURS + f"select bool_and({made} = case when sale then 2 else 1 end) from all_orders")
