"""The sibling before, against a loop over the rows; and the same for rows without their families."""

from __future__ import annotations

import numpy as np
import pytest

from engine.generate.rows import EntityRows, World
from tests.worlds import catalog, plan_of, rows_of, table

METERS = catalog(
    table("meters", "id int8"),
    table(
        "readings",
        "id int8",
        "meter_id int8",
        "amount int4 null",
        "before int4 null",
        "before_id int8 null",
        "grown int4 null",
        references={"meter_id": "public.meters.id", "before_id": "public.readings.id"},
    ),
)
SPEC = """
scenario: meters
seed: 3
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  meters:
    table: meters
    count: 300
    columns:
      id: {sequence: 1}
  readings:
    table: readings
    per: {parent: meters, as: meter_id, count: {uniform: {min: 0, max: 6}}}
    columns:
      id: {expr: "meter_id.id * 10 + ordinal"}
      amount: {uniform: {min: 1, max: 1000}, null_fraction: 0.2}
      before: {previous: amount, first: -1}
      before_id: {previous: id}
      grown:
        case:
          - when: "id % 3 = 0"
            then: {previous: amount, first: 0}
          - else: 7
"""


@pytest.mark.parametrize("batch_rows", [1, 37, 65_536])
def test_it_is_what_a_loop_over_the_rows_remembers(batch_rows: int):
    last: dict[int, dict[str, int | None]] = {}
    led = 0
    for row in rows_of(plan_of(SPEC, METERS), "readings", batch_rows=batch_rows)["readings"].to_pylist():
        before = last.get(row["meter_id"])
        led += before is None
        assert row["before"] == (before["amount"] if before else -1)
        assert row["before_id"] == (before["id"] if before else None)
        wanted = (before["amount"] if before else 0) if row["id"] % 3 == 0 else 7
        assert row["grown"] == wanted
        last[row["meter_id"]] = row
    assert 200 < led < 300


def test_rows_in_any_order_without_their_families_hold_the_same():
    whole = family(World(plan_of(SPEC, METERS)))
    some = np.random.default_rng(1).permutation(whole.size)[:100]
    for name in ("before", "before_id", "grown"):
        wanted = whole.read((name,)).take(some)
        assert whole.cloned(some).read((name,)).equals(wanted)
        assert whole.cloned(some).subset(np.arange(99, -1, -1)).read((name,)).equals(wanted.take(np.arange(99, -1, -1)))


def test_a_row_seen_at_a_moment_has_the_same_sibling_before():
    whole = family(World(plan_of(SPEC, METERS)))
    some = np.arange(whole.size - 1, -1, -1)
    seen = whole.cloned(some)
    seen.as_of = some * 1_000_000
    assert seen.read(("before_id",)).equals(whole.read(("before_id",)).take(some))


def family(world: World) -> EntityRows:
    """All readings, with their families."""
    return world.roots("meters", np.arange(300)).children("readings")[0]


CLINIC = catalog(
    table("doctors", "id int8"),
    table("patients", "id int8"),
    table(
        "visits",
        "id int8",
        "doctor_id int8",
        "patient_id int8 null",
        "kind text",
        "before_id int8 null",
        "same_kind_id int8 null",
        "no int4",
        references={
            "doctor_id": "public.doctors.id",
            "patient_id": "public.patients.id",
            "before_id": "public.visits.id",
        },
    ),
)
VISITS = """
scenario: clinic
seed: 3
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  doctors: {table: doctors, count: 40, columns: {id: {sequence: 1}}}
  patients: {table: patients, count: 12, columns: {id: {sequence: 1}}}
  visits:
    table: visits
    per: {parent: doctors, as: doctor_id, count: {uniform: {min: 0, max: 60}}}
    columns:
      id: {expr: "doctor_id.id * 100 + ordinal"}
      patient_id: {reference: patients, null_fraction: 10%}
      kind: {choice: [check-up, talk]}
      before_id: {previous: id, prior_in: [doctor_id, patient_id]}
      same_kind_id: {previous: id, prior_in: [patient_id, kind], first: -1}
      no: {previous: id, prior_in: [kind], first: 0}
"""


@pytest.mark.parametrize("batch_rows", [1, 37, 65_536])
def test_in_a_group_it_is_the_last_of_the_siblings_that_agree(batch_rows: int):
    last: dict[tuple[object, ...], int] = {}
    found = rows_of(plan_of(VISITS, CLINIC), "visits", batch_rows=batch_rows)["visits"].to_pylist()
    for row in found:
        doctor, patient, kind = row["doctor_id"], row["patient_id"], row["kind"]
        assert row["before_id"] == (last.get((doctor, patient)) if patient else None)
        assert row["same_kind_id"] == (last.get((doctor, patient, kind), -1) if patient else -1)
        assert row["no"] == last.get((doctor, kind), 0)
        last |= dict.fromkeys([(doctor, patient), (doctor, patient, kind), (doctor, kind)], row["id"])
    assert sum(row["before_id"] is not None for row in found) > 300
