"""Faults of entities that leave rows out: as many as asked for among the rows that there are."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pyarrow as pa
import pytest

from engine.errors import SpecError
from engine.generate.estimate import estimate
from engine.generate.settle import settle
from engine.plan.model import LABELS, Plan
from tests.faulty_rows import NOTES, made, require_honest_labels
from tests.worlds import catalog, plan_of, table

TABLES = catalog(
    table("accounts", "id int8", "region text", "opening int4"),
    table("moves", "id int8", "account_id int8", "amount int4", "balance int8", "note text null"),
    table("fees", "id int8", "move_id int8", "cents int4", "before int4 null"),
    NOTES,
)
STORY = """
scenario: bank
seed: 5
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  people:
    virtual: true
    count: 400
    keep: "rich"
    columns: {rich: {bernoulli: 0.7}}
  accounts:
    table: accounts
    per: {parent: people, as: owner, count: {poisson: 1.2, max: 4}, hidden: true}
    keep: "region <> 'moon'"
    columns:
      id: {expr: "owner.row * 10 + ordinal"}
      region: {choice: {eu: 5, us: 4, moon: 1}}
      opening: {uniform: {min: 0, max: 50}}
  moves:
    table: moves
    per: {parent: accounts, as: account_id, count: {poisson: 5, max: 20}}
    fold: {state: balance, start: account_id.opening, add: amount, floor: 0}
    columns:
      id: {expr: "account_id.id * 100 + ordinal"}
      amount: {uniform: {min: -40, max: 30}}
      note: fine
  fees:
    table: fees
    per: {parent: moves, as: move_id, count: 2}
    columns:
      id: {expr: "move_id.id * 10 + ordinal"}
      cents: {uniform: {min: 1, max: 9}}
      before: {previous: cents}
"""
FAULTS = """
faults:
  wrong_note: {entity: moves, count: 120, set: {note: wrong}}
  no_note: {entity: moves, count: 60, where: "amount < 0", nulls: [note]}
  forgotten: {entity: fees, count: 90, nulls: [before]}
  large: {entity: fees, count: 100, scale: {columns: [cents], by: 100}}
  misplaced: {entity: accounts, count: 110, set: {region: nowhere}}
labels: {table: notes}
"""
EXACT = {"wrong_note": 120, "no_note": 60, "forgotten": 90, "large": 100, "misplaced": 110}


def plan(faults: str = FAULTS, seed: int = 5, text: str = STORY) -> Plan:
    told = (dedent(text) + faults).replace("seed: 5", f"seed: {seed}")
    return settle(estimate(plan_of(told, TABLES)))


@pytest.fixture(scope="module")
def spoiled() -> tuple[dict[str, pa.Table], Counter[str]]:
    return made(plan())


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_exact_among_the_rows_that_there_are(seed: int):
    tables, counts = made(plan(seed=seed))
    assert counts == EXACT
    assert Counter(row["fault"] for row in tables[LABELS].to_pylist()) == EXACT
    assert tables["moves"]["note"].to_pylist().count("wrong") == 120
    assert sum(cents >= 100 for cents in tables["fees"]["cents"].to_pylist()) == 100


def test_every_change_is_labelled_and_no_row_more_or_less_is_there(
    spoiled: tuple[dict[str, pa.Table], Counter[str]],
):
    clean = made(plan(faults=""))[0]
    assert {name: spoiled[0][name].num_rows for name in clean} == {name: t.num_rows for name, t in clean.items()}
    assert require_honest_labels(plan(), spoiled[0], clean) == sum(EXACT.values())


@pytest.mark.parametrize("batch_rows", [7, 53])
def test_the_size_of_batches_moves_nothing(spoiled: tuple[dict[str, pa.Table], Counter[str]], batch_rows: int):
    tables, counts = made(plan(), batch_rows)
    assert counts == spoiled[1]
    assert {n: t.combine_chunks() for n, t in tables.items()} == {n: t.combine_chunks() for n, t in spoiled[0].items()}


ROOTS = """
scenario: regions
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  accounts:
    table: accounts
    count: 1000
    keep: "region = 'eu'"
    columns: {id: {sequence: 1}, region: {choice: {eu: 20, us: 80}}, opening: 1}
"""


def test_copies_of_rows_with_a_count_are_as_many_as_asked_for():
    again = plan("\nfaults: {again: {entity: accounts, count: 70, duplicate: {}}}\n", text=ROOTS)
    there = made(plan("", text=ROOTS))[0]["accounts"].num_rows
    tables, counts = made(again)
    assert counts == {"again": 70}
    assert tables["accounts"].num_rows == there + 70
    assert len(set(tables["accounts"]["id"].to_pylist())) == there + 70


def test_a_share_is_of_the_rows_that_stay():
    some = plan("\nfaults: {odd: {entity: accounts, share: 30%, set: {opening: 2}}}\n", text=ROOTS)
    tables, counts = made(some)
    stay = tables["accounts"].num_rows
    assert abs(counts["odd"] - 0.3 * stay) < 4 * (0.21 * stay) ** 0.5
    assert abs(some.entities["accounts"].faults[0].asked - 0.3 * stay) < 15


def test_more_than_stay_is_refused_with_the_number():
    there = made(plan("", text=ROOTS))[0]["accounts"].num_rows
    asked = "\nfaults: {odd: {entity: accounts, count: N, set: {opening: 2}}}\n"
    assert made(plan(asked.replace("N", str(there)), text=ROOTS))[1] == {"odd": there}
    with pytest.raises(SpecError, match=f"{there + 1} rows of 'accounts' are asked for, and only {there} of 1,000"):
        plan(asked.replace("N", str(there + 1)), text=ROOTS)
