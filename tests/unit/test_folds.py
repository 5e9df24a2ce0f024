"""Folds over siblings: compared with one row after the other in plain Python."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from engine.errors import SpecError
from engine.generators.fold import Bounds, fold
from tests.worlds import catalog, plan_of, rows_of, table


def slowly(groups: list[int], order: list[int], add: list[int], begin: list[int], there: list[bool], bounds: Bounds):
    """One row after the other."""
    now: dict[int, int] = {}
    found = [(0, 0, 0)] * len(add)
    for row in order:
        old = now.setdefault(groups[row], begin[row])
        low, high = min(bounds.floor, old), max(bounds.ceiling, old)
        wish = old + add[row]
        cut = min(max(wish, low), high)
        stays = there[row] and ((cut != old or add[row] == 0) if bounds.shrink else cut == wish)
        new = cut if stays else old
        found[row] = (new, new - old, int(stays))
        now[groups[row]] = new
    return found


@pytest.mark.parametrize("shrink", [False, True])
@pytest.mark.parametrize("bounds", [(0, 2**62), (-20, 30), (0, 5)])
def test_all_groups_in_step_are_the_same_as_one_row_after_the_other(bounds: tuple[int, int], shrink: bool):
    draw = np.random.default_rng(5)
    sizes = np.concatenate((draw.integers(1, 12, 200), [150, 1, 90]))
    group = np.repeat(np.arange(len(sizes)) * 3, sizes)
    order = np.lexsort((draw.random(len(group)), group))
    add, there = draw.integers(-9, 10, len(group)), draw.random(len(group)) < 0.9
    begin = np.repeat(draw.integers(-30, 30, len(sizes)), sizes)
    made = fold(group, order, add, begin, there, Bounds(*bounds, shrink))
    wanted = slowly(
        group.tolist(), order.tolist(), add.tolist(), begin.tolist(), there.tolist(), Bounds(*bounds, shrink)
    )
    assert list(zip(*(words.tolist() for words in made), strict=True)) == wanted
    assert 0 < sum(stays for _, _, stays in wanted) < len(wanted)


BANK = catalog(
    table("accounts", "id int8", "opening numeric(12,2)", "opened timestamptz", "closing numeric(12,2)", "moves int8"),
    table(
        "transactions",
        "id int8",
        "account_id int8",
        "amount numeric(12,2)",
        "balance numeric(14,2)",
        "booked timestamptz",
        references={"account_id": "public.accounts.id"},
    ),
)
SPEC = """
scenario: bank
seed: 2
window: {start: 2025-01-01, end: 2025-07-01}
entities:
  accounts:
    table: accounts
    count: 400
    moment: {column: opened, spread: {start: 2025-01-01, end: 2025-02-01}}
    columns:
      id: {sequence: 1}
      opening: {uniform: {min: 0, max: 500}, round: 2}
      closing: {expr: "opening + moved"}
      moved: {sum: transactions.amount, hidden: true}
      moves: {count: transactions}
  transactions:
    table: transactions
    per: {parent: accounts, as: account_id, count: {poisson: 20, max: 90}}
    moment: {column: booked}
    fold: {state: balance, start: account_id.opening, add: amount, floor: 0}
    columns:
      id: {expr: "account_id.id * 1000 + ordinal"}
      amount: {normal: {mean: -5, sd: 120}, round: 2}
      booked: {after: account_id.opened, by: {uniform: {min: 0s, max: 140d}}}
"""


@pytest.mark.parametrize("how", ["reject", "shrink"])
def test_no_account_is_overdrawn_and_every_balance_is_the_sum_so_far(how: str):
    made = rows_of(plan_of(SPEC.replace("floor: 0}", f"floor: 0, otherwise: {how}}}"), BANK))
    now = {a["id"]: a["opening"] for a in made["accounts"].to_pylist()}
    moves = dict.fromkeys(now, 0)
    every = sorted(made["transactions"].to_pylist(), key=lambda t: (t["account_id"], t["booked"], t["id"]))
    for row in every:
        now[row["account_id"]] += row["amount"]
        moves[row["account_id"]] += 1
        assert row["balance"] == now[row["account_id"]] >= 0
    assert {a["id"]: a["closing"] for a in made["accounts"].to_pylist()} == now
    assert {a["id"]: a["moves"] for a in made["accounts"].to_pylist()} == moves
    at_zero = sum(row["balance"] == 0 for row in every)
    assert at_zero > 500 if how == "shrink" else at_zero < 20
    assert 5_000 < len(every) < 8_000


def test_what_keep_leaves_out_changes_no_balance():
    text = SPEC.replace("    fold:", '    keep: "id % 5 <> 0"\n    fold:')
    made = rows_of(plan_of(text, BANK))["transactions"].to_pylist()
    now: dict[int, Decimal] = {}
    first = {a["id"]: a["opening"] for a in rows_of(plan_of(text, BANK))["accounts"].to_pylist()}
    for row in sorted(made, key=lambda t: (t["account_id"], t["booked"], t["id"])):
        now[row["account_id"]] = now.get(row["account_id"], first[row["account_id"]]) + row["amount"]
        assert row["balance"] == now[row["account_id"]] >= 0
    assert not [row for row in made if row["id"] % 5 == 0]


def test_a_fold_is_the_same_in_any_batch():
    known = rows_of(plan_of(SPEC, BANK))
    again = rows_of(plan_of(SPEC, BANK), batch_rows=100)
    assert all(pa.Table.equals(known[name].combine_chunks(), again[name].combine_chunks()) for name in known)


def test_a_floor_with_more_places_than_the_columns_is_refused():
    with pytest.raises(SpecError, match=r"0\.005 has more places"):
        plan_of(SPEC.replace("floor: 0}", "floor: 0.005}"), BANK)
