"""Moments on each row's own clock: the same hours in every zone, and nobody before who they belong to."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest

from engine.errors import GenerateError, SpecError
from engine.generate.changes import history
from engine.generate.rows import World
from engine.generators.local import Shift, by_name
from engine.types import DAY
from engine.units import zone
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("customers", "id int8", "created_at timestamptz", "timezone text null"),
    table("orders", "id int8", "customer_id int8", "placed_at timestamptz", "status text"),
    table("visits", "id int8", "order_id int8", "at timestamp"),
)
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago")
STORY = """
scenario: everywhere
seed: 3
timezone: Europe/Berlin
window: {start: 2025-10-20, end: 2025-11-10}
timelines:
  shop: {daily: [0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]}
lifecycles:
  life: {start: placed, states: {placed: {paid: {p: 90%, delay: 1h}, stay: rest}}}
entities:
  customers:
    table: customers
    count: 900
    moment: {column: created_at, spread: {start: 2025-10-15, end: 2025-11-10}}
    columns:
      id: {sequence: 1}
      timezone:
        choice: [Europe/Berlin, America/Los_Angeles, Asia/Kolkata, Pacific/Kiritimati, Pacific/Pago_Pago, null]
  orders:
    table: orders
    count: 12_000
    moment: {column: placed_at, timeline: shop, local_to: customer_id.timezone}
    columns:
      id: {sequence: 1}
      customer_id: {reference: customers, existing_at: placed_at}
      status: {lifecycle: life}
"""
UNKNOWN = STORY.replace("      timezone:\n", "      one:\n        hidden: true\n").replace(
    "null]\n", "null]\n      timezone: {expr: one}\n"
)
VISITS = """  visits:
    table: visits
    per: {parent: orders, as: order_id, count: 1}
    columns: {id: {expr: order_id}, at: {after: order_id.placed_at, by: 2h}}
"""
ZONE_LIST = f"[{', '.join(ZONES)}, null]"
HOURS = "daily: [0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]"
WEEKS = "window: {start: 2025-10-20, end: 2025-11-10}"


def instants(column) -> np.ndarray:
    return column.cast("int64").to_numpy(zero_copy_only=False)


def told_of(text: str):
    plan = plan_of(text, TABLES)
    rows = World(plan).roots("orders", np.arange(plan.entities["orders"].count or 0))
    names = rows.read(("customer_id", "timezone")).to_pylist()
    return plan, instants(rows.read(("placed_at\0base",))), instants(rows.read(("placed_at",))), names


def shown(instant: int, name: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=int(instant))).astimezone(zone(name))


@pytest.mark.parametrize("text", [STORY, UNKNOWN, STORY.replace("shop: {daily: [", "shop: {noise: 0.3, daily: [")])
def test_each_row_is_when_its_own_clock_shows_what_the_scenarios_does(text: str):
    """Row by row through zoneinfo: the same wall time, on that day, or on one at the window's other end."""
    plan, base, found, names = told_of(text)
    start, end = plan.window.start, plan.window.end
    assert start <= found.min()
    assert found.max() < end
    moved = Counter()
    for row in range(0, len(base), 7):
        wanted, own = shown(base[row], "Europe/Berlin"), shown(found[row], names[row] or "Europe/Berlin")
        difference = own.replace(tzinfo=None) - wanted.replace(tzinfo=None)
        assert difference.seconds == difference.microseconds == 0, (wanted, own)
        assert difference.days in (0, 21, -21, 20, -20)
        moved[names[row], np.sign(difference.days)] += 1
        if not difference:
            assert abs(found[row] - base[row]) <= 26 * 3600 * 10**6
    assert {key for key, _ in moved.items() if not key[1]} == {(name, 0) for name in (*ZONES, None)}
    assert moved["Pacific/Kiritimati", 1] > 2, "before the window"
    assert moved["Pacific/Pago_Pago", -1] > 2, "after it"
    assert moved["Europe/Berlin", 1] == moved["Europe/Berlin", -1] == moved[None, 1] == 0


def test_the_hours_of_every_zone_are_the_timelines():
    _, _, found, names = told_of(STORY)
    for name in ZONES:
        own = [shown(m, name).hour for m, where in zip(found.tolist(), names, strict=True) if where == name]
        hours = Counter(own)
        assert set(hours) == set(range(9, 20))
        assert 0.43 < (hours[9] + hours[10]) / len(own) < 0.51, "8 of 17"


@pytest.mark.parametrize("text", [STORY, UNKNOWN])
def test_no_order_comes_before_its_customer(text: str):
    rows = World(plan_of(text, TABLES)).roots("orders", np.arange(12_000))
    born = instants(rows.read(("customer_id", "created_at")))
    placed = instants(rows.read(("placed_at",)))
    assert (born <= placed).all()
    late = placed > placed.min() + 15 * DAY
    assert (born[late] > placed.min()).mean() > 0.5, "customers of the window have orders, too"


def test_the_scenarios_own_zone_moves_nothing_also_where_an_hour_comes_twice():
    text = STORY.replace(HOURS, "daily: flat").replace(WEEKS, "window: {start: 2025-10-25, end: 2025-10-28}")
    _, base, found, names = told_of(text)
    own = np.array([name in ("Europe/Berlin", None) for name in names])
    assert (base[own] == found[own]).all()
    assert (base[~own] != found[~own]).all()


def test_skipped_and_repeated_hours_of_the_other_zone_are_as_postgresql_reads_them():
    """On 9 March 2025 Los Angeles has no 2:30, on 2 November 1:30 twice."""
    far = STORY.replace(ZONE_LIST, "[America/Los_Angeles]").replace("2025-10-15", "2025-02-01")
    at_two = far.replace(HOURS, f"daily: [0, 0, 1{', 0' * 21}]")
    _, _, found, _ = told_of(at_two.replace(WEEKS, "window: {start: 2025-03-06, end: 2025-03-12}"))
    hours = {shown(m, "America/Los_Angeles").strftime("%d %H") for m in found.tolist()}
    assert {"09 03", "08 02", "10 02"} <= hours
    assert "09 02" not in hours
    _, _, found, _ = told_of(far.replace(HOURS, f"daily: [0, 1{', 0' * 22}]"))
    there = [shown(m, "America/Los_Angeles") for m in found.tolist()]
    assert {moment.utcoffset() for moment in there if moment.day == 2} == {timedelta(hours=-8)}


def test_what_follows_a_moment_follows_the_rows_own():
    text = STORY + VISITS
    plan = plan_of(text, TABLES)
    told = rows_of(plan, "orders", "visits")
    later = told["visits"]["at"].cast(pa.timestamp("us")).to_pylist()
    placed = [m.astimezone(zone("Europe/Berlin")).replace(tzinfo=None) for m in told["orders"]["placed_at"].to_pylist()]
    gaps = {after - before for before, after in zip(placed, later, strict=True)}
    assert gaps <= {timedelta(hours=2), timedelta(hours=1)}, "the clocks went back once"
    again = rows_of(pickle.loads(pickle.dumps(plan)), batch_rows=977)
    assert all(again[name].equals(rows) for name, rows in told.items())
    row = told["orders"].slice(77, 1).to_pylist()[0]
    (moment, _, made), *_ = history(World(plan), "orders", 77)
    assert made["placed_at"] == row["placed_at"]
    assert moment == instants(told["orders"]["placed_at"])[77]


def test_rows_of_one_zone_are_found_together():
    names = pa.array(["b", None, "a", "b", "a", None, "c"])
    assert {name: places.tolist() for name, places in by_name(names)} == {"b": [0, 3], "a": [2, 4], "c": [6]}
    assert dict(by_name(pa.array([None], pa.string()))) == {}


def test_how_far_zones_lead_is_known_where_they_are():
    window = plan_of(STORY, TABLES).window
    hour = 3600 * 10**6
    assert Shift.of((), window) == Shift(-hour, hour), "the clocks go back in it"
    assert Shift.of(("Asia/Kolkata",), window) == Shift(int(-4.5 * hour), hour)
    assert Shift.of(None, window) == Shift(-32 * hour, 32 * hour)


def test_a_name_that_is_no_zone_ends_the_run():
    text = UNKNOWN.replace("{expr: one}", "{expr: \"case when row = 5 then 'Mars/Olympus' else one end\"}")
    said = r"orders.placed_at: 'customer_id.timezone' is 'Mars/Olympus' in row \d+, which is no time zone"
    with pytest.raises(GenerateError, match=said):
        rows_of(plan_of(text, TABLES), "orders")


def test_customers_who_begin_with_the_window_are_too_late():
    text = STORY.replace("spread: {start: 2025-10-15", "spread: {start: 2025-10-20 01:00")
    with pytest.raises(SpecError, match="R010 the first row of 'orders' comes before the first of 'customers'"):
        plan_of(text, TABLES)
