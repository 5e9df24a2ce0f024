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
WORLDWIDE = (
    "create table customers (id bigint primary key, created_at timestamptz not null, timezone text not null)",
    """create table sales (
        id bigint primary key, customer_id bigint not null references customers, placed_at timestamptz not null)""",
)
WORLDWIDE_SPEC = """
scenario: worldwide
seed: 12
timezone: Europe/Berlin
window: {start: 2025-10-13, end: 2025-11-10}
timelines:
  shop: {daily: [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 4, 4, 1, 1, 0, 0]}
entities:
  customers:
    table: customers
    count: 5_000
    moment: {column: created_at, spread: {start: 2025-10-01, end: 2025-11-10}}
    columns:
      id: {sequence: 1}
      timezone: {choice: [Europe/Berlin, America/New_York, America/Los_Angeles, Asia/Kolkata, Pacific/Auckland]}
  sales:
    table: sales
    count: 40_000
    moment: {column: placed_at, timeline: shop, local_to: customer_id.timezone}
    columns:
      id: {sequence: 1}
      customer_id: {reference: customers, existing_at: placed_at}
"""
BY_ZONE = """
with hours as (
    select timezone, extract(hour from placed_at at time zone {clock})::int as hour,
        count(*) / sum(count(*)) over (partition by timezone) as share
    from sales join customers on customers.id = customer_id group by 1, 2)
select count(*) from hours
where abs(share - (array[0,0,0,0,0,0,1,1,1,2,2,2,1,1,1,1,1,1,4,4,1,1,0,0])[hour + 1] / 25.0) > 0.012
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


def test_every_zone_keeps_the_timelines_hours_on_its_own_clock(database: str, tmp_path: Path):
    run_sql(database, *WORLDWIDE)
    spec = tmp_path / "worldwide.yaml"
    spec.write_text(WORLDWIDE_SPEC)

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, BY_ZONE.format(clock="timezone")) == 0
    assert ask(database, BY_ZONE.format(clock="'UTC'")) > 40, "in UTC they differ"
    early = "select count(*) from sales join customers on customers.id = customer_id where placed_at < created_at"
    assert ask(database, early) == 0
    inside = "placed_at >= '2025-10-13 Europe/Berlin' and placed_at < '2025-11-10 Europe/Berlin'"
    assert ask(database, f"select count(*) filter (where {inside}) from sales") == 40_000
    days = "select count(*) from (select 1 from sales join customers on customers.id = customer_id"
    days += " group by timezone, (placed_at at time zone timezone)::date having count(*) < 150) as thin"
    assert ask(database, days) <= 8, "only a zone's first and last day is cut"
