"""Rows laid out by time: a partition's rows in the order of their moments, and nothing else about them changed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from engine.batch import fault_count
from engine.generate.partition import make
from engine.generate.rows import World
from engine.plan.model import Plan
from tests.odd_world import ODD
from tests.worlds import plan_of

SPEC = """
scenario: odd
window: {start: 2025-11-01, end: 2025-12-01}
entities:
  people:
    table: people
    count: 3_000
    moment: {column: born}
    LAYOUT
    columns:
      id: {sequence: 1}
      serial: 1
      born: {uniform: {min: 2025-11-01, max: 2025-12-01}, null_fraction: 10%}
      note: {faker: name}
  pets:
    table: pets
    per: {parent: people, as: person_id, count: {poisson: 2, max: 9}}
    moment: {column: born}
    LAYOUT
    columns:
      id: {expr: "ordinal + person_id.id * 9"}
      born: {after: person_id.born, by: {exponential: {mean: 5d}}}
faults:
  lost: {entity: people, count: 40, nulls: [note]}
"""


def sent(plan: Plan, number: int, batch_rows: int) -> tuple[list[str], dict[str, pa.Table], int]:
    """One partition: which entity each batch is of, the rows of each, and how many a fault took."""
    batches = list(make(World(plan), plan.partition("people", number), batch_rows))
    names = [batch.entity for batch in batches]
    tables = {n: pa.Table.from_batches([b.rows for b in batches if b.entity == n]) for n in dict.fromkeys(names)}
    return names, tables, sum(batch.faults.get(fault_count("lost"), 0) for batch in batches)


@pytest.mark.parametrize("batch_rows", [65_536, 613])
def test_rows_come_in_the_order_of_their_moments_whatever_the_batches(batch_rows: int):
    plain, laid = (plan_of(SPEC.replace("LAYOUT", word), ODD) for word in ("", "layout: by_time"))
    names, tables, faulty = sent(laid, 0, batch_rows)
    _, as_made, _ = sent(plain, 0, 65_536)
    assert names == sorted(names, key=["people", "pets"].index), "parents first"
    assert faulty == 40
    for name, rows in tables.items():
        born = rows["born"]
        moments = born.drop_null().cast(pa.int64()).to_numpy()
        assert (np.diff(moments) >= 0).all()
        assert born.slice(len(moments)).null_count == born.null_count > 0
        assert rows.sort_by("id").equals(as_made[name].sort_by("id"))
        assert not rows.equals(as_made[name])
        assert rows.equals(sent(laid, 0, 100_000)[1][name])
