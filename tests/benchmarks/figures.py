"""``python -m tests.benchmarks.figures``: peak memory, compile time, generation on one core, and the quickstart."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from pathlib import Path

from engine.embedded import Throwaway
from engine.execute.delivery import Delivery, tables_of
from engine.plan.model import Plan
from engine.run import Request, run
from engine.run.look import shop_catalog
from engine.run.prepare import compiled
from engine.sink.memory import NullSink
from engine.spec.load import load
from migrations import upgrade

SPEC = Path("specs/black_friday.yaml")
QUICKSTART = Path("specs/quickstart.yaml")
MIB = 1024


def plan(**overrides: int) -> Plan:
    """Black Friday, compiled without a server."""
    request = Request(SPEC.read_text(), str(SPEC), {name: str(value) for name, value in overrides.items()})
    spec = load(request.text, file=request.file, overrides=request.overrides)
    return compiled(request, spec, shop_catalog()).plan


def generate(scale: int) -> None:
    """Make and encode `scale` times about 1.3 million rows in this process, and print rows, rows/s and peak memory."""
    made = plan(orders=125_000 * scale, customers=50_000 * scale, abandoned=50_000 * scale)
    delivery = Delivery(made, [NullSink(tables_of(made))], 65_536)
    began, rows = time.process_time(), 0
    for stage in made.stages:
        for root in stage.roots:
            for number in made.partitions(root):
                for parcel in delivery.make(made.partition(root, number)).parcels:
                    rows += parcel.rows
                    for _ in parcel.chunks():
                        pass
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    print(f"{rows:,} rows made and encoded: {rows / seconds:,.0f} rows a CPU second, peak memory {peak:,.0f} MiB")


ORDERS = """
scenario: orders
seed: 7
window: {start: 2025-01-01, end: 2026-01-01}
timelines:
  shop: {daily: online_retail, weekly: {sat: 1.3}, noise: 0.05}
entities:
  customers:
    table: shop.customers
    count: 100_000
    columns:
      id: {uuid4: true}
      email: {template: "c{{ row }}@example.com"}
      first_name: Ann
      last_name: Lee
  orders:
    table: shop.orders
    count: 1_000_000
    moment: {column: placed_at, timeline: shop}
    columns:
      id: {uuid7: placed_at}
      number: {sequence: 1}
      customer_id: {reference: customers, pick: {zipf: 0.6}}
      channel: {choice: {web: 60, app: 40}}
      status: {choice: {paid: 80, placed: 15, cancelled: 5}}
      paid_at: {after: placed_at, by: {lognormal: {median: 4m, sigma: 1}, max: 3d}}
      created_at: {attribute: placed_at}
      updated_at: {attribute: paid_at}
      subtotal: {lognormal: {median: 60, sigma: 0.7}, max: 5000}
      discount_amount: 0
      tax: {expr: "subtotal * 0.08", round: 2}
      shipping_fee: {expr: "case when subtotal >= 50 then 0 else 6.95 end"}
      total: {expr: "subtotal + tax + shipping_fee"}
"""


def orders() -> None:
    """Print how fast a table like `orders` is made and encoded: 2 uuids, 4 moments, 5 amounts, a number, 2 texts."""
    request = Request(ORDERS, "orders.yaml")
    made = compiled(request, load(request.text, file=request.file), shop_catalog()).plan
    delivery = Delivery(made, [NullSink(tables_of(made))], 65_536)
    began, rows = time.process_time(), 0
    for number in made.partitions("orders"):
        for parcel in delivery.make(made.partition("orders", number)).parcels:
            rows += parcel.rows
            for _ in parcel.chunks():
                pass
    seconds = time.process_time() - began
    print(f"{rows:,} rows of orders: {rows / seconds:,.0f} rows a CPU second (hoped for: ≥ 1,000,000)")


def compile_seconds() -> None:
    """Print how long a spec of ten billion rows takes to compile."""
    began = time.perf_counter()
    made = plan(orders=1_200_000_000, customers=500_000_000, abandoned=100_000_000)
    rows = sum(e.expected_rows for e in made.entities.values())
    print(f"{rows:,.0f} rows planned in {time.perf_counter() - began:.2f} s (hoped for: ≤ 1)")


def quickstart() -> None:
    """Print how long the quickstart takes on a server that is up, from the spec's text to the report."""
    with Throwaway() as server:
        upgrade(server.dsn())
        began = time.perf_counter()
        report = asyncio.run(run(Request(QUICKSTART.read_text(), str(QUICKSTART)), dsn=server.dsn()))
        seconds = time.perf_counter() - began
        print(f"quickstart: {report.rows:,} rows, {report.status}, in {seconds:.2f} s (hoped for: ≤ 2)")


def main() -> None:
    """Every figure; memory in a process of its own for each size."""
    compile_seconds()
    quickstart()
    orders()
    for scale in ("1", "16"):
        subprocess.run([sys.executable, "-m", "tests.benchmarks.figures", scale], check=True)


if __name__ == "__main__":
    generate(int(sys.argv[1])) if len(sys.argv) > 1 else main()
