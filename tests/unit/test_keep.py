"""Rows that a condition leaves out: the others are the same rows, and a parent sees only them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.generate.estimate import estimate
from engine.plan.explain import explain
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("devices", "id int8", "region text", "readings int4", "total int8"),
    table(
        "readings", "id int8", "device_id int8", "value int4", "nth int4", references={"device_id": "public.devices.id"}
    ),
    table("alarms", "id int8", "reading_id int8", references={"reading_id": "public.readings.id"}),
)
SPEC = """
scenario: gaps
seed: 11
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  devices:
    table: devices
    count: 300
    keep: "region <> 'moon'"
    columns:
      id: {sequence: 1}
      region: {choice: {eu: 5, us: 4, moon: 1}}
      readings: {count: readings}
      total: {sum: readings.value}
  readings:
    table: readings
    per: {parent: devices, as: device_id, count: {poisson: 6, max: 30}}
    keep: "not gap and (device_id.region <> 'eu' or ordinal % 2 = 0)"
    columns:
      id: {expr: "device_id.id * 100 + ordinal"}
      gap: {bernoulli: 0.25, hidden: true}
      value: {uniform: {min: 1, max: 100}}
      nth: {expr: ordinal}
  alarms:
    table: alarms
    per: {parent: readings, as: reading_id, count: 2}
    columns:
      id: {expr: "reading_id.id * 10 + ordinal"}
"""


def without_keeps(text: str) -> str:
    lines = [line for line in text.splitlines() if "keep:" not in line]
    return "\n".join(lines)


def test_what_stays_is_what_would_have_been_there_anyway():
    some, every = rows_of(plan_of(SPEC, TABLES)), rows_of(plan_of(without_keeps(SPEC), TABLES))
    devices = every["devices"].filter(pc.not_equal(every["devices"]["region"], "moon"))
    assert 200 < devices.num_rows < 300
    assert some["devices"].select(["id", "region"]).to_pylist() == devices.select(["id", "region"]).to_pylist()
    readings = {row["id"]: row for row in every["readings"].to_pylist()}
    region = dict(zip(devices["id"].to_pylist(), devices["region"].to_pylist(), strict=True))
    assert all(readings[row["id"]] == row for row in some["readings"].to_pylist())
    possible = [r for r in readings.values() if region.get(r["device_id"], "moon") != "moon"]
    possible = [r for r in possible if region[r["device_id"]] != "eu" or r["nth"] % 2 == 0]
    assert 0.65 < some["readings"].num_rows / len(possible) < 0.85
    assert {row["id"] for row in some["readings"].to_pylist()} <= {row["id"] for row in possible}


def test_sums_and_counts_see_the_rows_that_stay():
    made = rows_of(plan_of(SPEC, TABLES))
    sums = made["readings"].group_by("device_id").aggregate([("value", "sum"), ([], "count_all")])
    both = made["devices"].join(sums, "id", "device_id").to_pylist()
    assert len(both) == made["devices"].num_rows
    for device in both:
        assert device["readings"] == (device["count_all"] or 0)
        assert device["total"] == (device["value_sum"] or 0)


def test_children_of_a_row_that_is_left_out_are_left_out():
    made = rows_of(plan_of(SPEC, TABLES))
    assert set(made["alarms"]["reading_id"].to_pylist()) == set(made["readings"]["id"].to_pylist())
    assert made["alarms"].num_rows == 2 * made["readings"].num_rows


def test_the_same_rows_stay_in_any_batch():
    plan = plan_of(SPEC, TABLES)
    assert all(
        pa.Table.equals(a, b)
        for a, b in zip(rows_of(plan).values(), rows_of(plan, batch_rows=50).values(), strict=True)
    )


def test_how_many_stay_is_estimated_on_a_sample_and_the_plan_says_so():
    plan = estimate(plan_of(SPEC, TABLES))
    made = rows_of(plan)
    for name in ("devices", "readings", "alarms"):
        assert plan.entities[name].expected_rows == made[name].num_rows
    assert sum("less what `keep` leaves out" in line for line in explain(plan)) == 2
