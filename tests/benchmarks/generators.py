"""``python -m tests.benchmarks.generators``: the rate of every kind of column, slowest first, and of Black Friday.

A kind is measured on the columns of its own case files, their rows repeated to a whole batch, so that a new one
appears by itself; its line is the slowest of them. What a column reads is there already, but columns that tell of a
life are measured with the life behind them. The reference is the plain draw of as many uniform numbers, in turns.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import yaml

from engine.batch import BATCH_ROWS
from engine.generate.partition import make
from engine.generate.rows import World
from engine.generators import GENERATORS, LIFE
from engine.pgtype import parse_type
from engine.stream import stream_key, uniform
from engine.types import I64
from tests.benchmarks.figures import plan as black_friday
from tests.benchmarks.measure import Benchmark, Timing, Work, measure
from tests.cases.test_generators import CASES, READER, plain, rows_of, scope_of, values
from tests.rows import FakeRows, context
from tests.worlds import catalog, plan_of, table

KEY = stream_key(1, "benchmarks", "generators")
ROUNDS = 5
ASKED = 500_000


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows per second of one column, and how many times as fast as the uniform draw that is."""

    kind: str
    column: str
    rate: float
    ratio: float


def main() -> None:
    """Print one line per generator, slowest first, then Black Friday."""
    kinds = [kind for found in GENERATORS for kind in slowest(found.kind)]
    for one in sorted([*kinds, *lives()], key=lambda one: one.rate):
        print(f"{one.kind:<14} {one.rate / 1e6:8.2f} M rows/s {one.ratio:7.3f} x a uniform draw   {one.column}")
    story()


def slowest(kind: str) -> list[Measured]:
    """The slowest of a kind's cases, where it has any that can be repeated."""
    cases = yaml.safe_load((CASES / f"{kind}.yaml").read_text())
    measured = [timed(kind, written(case["column"]), work(case), BATCH_ROWS) for case in cases if repeatable(case)]
    return sorted(measured, key=lambda one: one.rate)[:1]


def repeatable(case: dict[str, Any]) -> bool:
    """Whether a case says something for more rows than it lists: not where each value may come once only."""
    return not case.get("unique", False)


def work(case: dict[str, Any]) -> Work:
    """Make a whole batch of the case's column."""
    rows, targets = repeated(rows_of(case)), case.get("targets", {})
    scope = scope_of(case)
    count, moment = None if case.get("child") else BATCH_ROWS, (case["moment"],) if "moment" in case else None
    wanted = context(parse_type(case["type"]), scope=scope, count=count, moment=moment)
    kernel = READER.validate_python(plain(case["column"])).compile(wanted)
    return lambda: values(kernel, rows, targets)


def repeated(rows: FakeRows) -> FakeRows:
    """The rows over and over, a batch of them, each with a number and an identity of its own."""
    number = np.arange(BATCH_ROWS, dtype=np.int64)
    place = number % rows.size
    groups = {name: grouped(children, starts, place) for name, (children, starts) in rows.groups.items()}
    others = {name: repeated(target) for name, target in rows.others.items()}
    return replace(rows.subset(place), index=number, identity=number.astype(np.uint64), groups=groups, others=others)


def grouped(children: FakeRows, starts: I64, place: I64) -> tuple[FakeRows, I64]:
    """The children of repeated rows, family by family."""
    sizes = np.diff(starts)[place]
    ends = np.cumsum(sizes)
    within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
    return children.subset(np.repeat(starts[:-1][place], sizes) + within), np.concatenate(([0], ends))


LIVES = """
scenario: lives
window: {start: 2025-11-01, end: 2025-12-01}
lifecycles:
  fulfilment:
    start: placed
    states:
      placed: {paid: {p: 90%, delay: {lognormal: {median: 4m, sigma: 1}}}, cancelled: {p: rest, delay: 2h}}
      paid: {shipped: {delay: {lognormal: {median: 3d, sigma: 0.5}}}}
entities:
  orders:
    table: orders
    count: 65_536
    moment: {column: placed_at, spread: {start: 2025-11-01, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
      lifecycle: {lifecycle: fulfilment}
      version: {version: 1}
      changed_at: {changed_at: placed_at}
  history:
    table: history
    per: {parent: orders, as: order_id, on: lifecycle}
    columns:
      id: {uuid4: true}
      transition: {transition: moment}
"""
TABLES = catalog(
    table("orders", "id int8", "placed_at timestamptz", "lifecycle text", "version int8", "changed_at timestamptz"),
    table("history", "id uuid", "order_id int8", "transition timestamptz"),
)


def lives() -> Iterator[Measured]:
    """The columns that tell of a life; the life is made anew each time, and the steps are the rows of `transition`."""
    world, number = World(plan_of(LIVES, TABLES)), np.arange(BATCH_ROWS, dtype=np.int64)
    steps = world.roots("orders", number).children("history")[0].size
    for kind in LIFE:
        if kind.kind == "transition":
            yield timed(kind.kind, "with its rows", partial(transitions, world, number), steps)
        else:
            yield timed(kind.kind, "with its life", partial(told, world, number, kind.kind))


def told(world: World, number: I64, column: str) -> object:
    """A column of orders whose lives nobody has asked for yet."""
    return world.roots("orders", number).read((column,))


def transitions(world: World, number: I64) -> object:
    """The moments of all steps of some orders."""
    return world.roots("orders", number).children("history")[0].read(("transition",))


def timed(kind: str, column: str, work: Work, rows: int = BATCH_ROWS) -> Measured:
    """One column beside as many uniform draws."""
    index = np.arange(rows, dtype=np.uint64)
    timing: Timing = measure(Benchmark(kind, work, lambda: uniform(KEY, index), "uniform", rows), ROUNDS)
    return Measured(kind, column, rows / timing.work_s, timing.ratio)


def written(column: object, width: int = 70) -> str:
    """A column in one line of YAML, cut off where it is long."""
    text = yaml.safe_dump(column, default_flow_style=True, width=10**6, sort_keys=False).strip().removesuffix("\n...")
    return text if len(text) <= width else f"{text[: width - 1]}…"


def story() -> None:
    """Print how fast Black Friday, with its life cycles, is made on one core; nothing is encoded or sent."""
    plan = black_friday(orders=125_000, customers=50_000, abandoned=50_000)
    world, rows, began = World(plan), 0, time.process_time()
    for stage in plan.stages:
        for root in stage.roots:
            for number in plan.partitions(root):
                rows += sum(batch.rows.num_rows for batch in make(world, plan.partition(root, number), BATCH_ROWS))
    rate = rows / (time.process_time() - began)
    print(f"black_friday with life cycles: {rows:,} rows made, {rate:,.0f} rows a CPU second (asked: ≥ {ASKED:,})")


if __name__ == "__main__":
    main()
