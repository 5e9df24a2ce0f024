"""Faults in memory: how many, which, where each is written down, and what they leave alone."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pyarrow as pa
import pytest

from engine.errors import SpecError
from engine.faults.spelled import spelled
from engine.generate import settle as looking
from engine.permutation import permute, unpermute
from engine.plan import stages
from engine.plan.explain import explain
from engine.plan.model import LABELS
from engine.preview.look import preview
from engine.spec.load import load
from engine.stream import stream_key
from engine.types import BOOL, DATE, INT4, TEXT, TIMESTAMPTZ, numeric
from tests.faulty_rows import faulty, made, require_honest_labels
from tests.worlds import STORY

FAULTS = """
faults:
  unpaid: {entity: orders, count: 100, nulls: [paid_at]}
  again: {entity: orders, share: 3%, duplicate: {}}
  cents: {entity: orders, count: 40, where: "total > 50", scale: {columns: [total], by: 100}}
  nobody: {entity: orders, count: 20, orphan: [customer_id]}
  lost: {entity: order_items, share: 2%, orphan: [order_id, product_id]}
  twice: {entity: order_items, share: 1%, duplicate: {}}
  some: {entity: order_items, count: 70, where: "quantity = 1", set: {quantity: 99}}
  late: {entity: customers, count: 30, late: {column: created_at, by: 2d}}
  more: {entity: products, count: 5, duplicate: {}}
  cheap: {entity: products, count: 10, set: {price: 0.01}}
labels: {table: notes}
"""


@pytest.fixture(scope="module")
def spoiled() -> tuple[dict[str, pa.Table], Counter[str]]:
    return made(faulty(FAULTS))


@pytest.fixture(scope="module")
def clean() -> dict[str, pa.Table]:
    return made(faulty(""))[0]


def test_counts_are_exact_even_where_some_rows_hold_nothing_to_change(
    spoiled: tuple[dict[str, pa.Table], Counter[str]],
):
    tables, counts = spoiled
    exact = {"unpaid": 100, "again": 60, "cents": 40, "nobody": 20, "late": 30, "more": 5, "cheap": 10, "some": 70}
    assert {name: counts[name] for name in exact} == exact
    assert tables["orders"].num_rows == 2_060


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_exact_for_any_seed(seed: int):
    _, counts = made(faulty(FAULTS, seed))
    assert [counts[name] for name in ("unpaid", "cents", "nobody", "late", "some")] == [100, 40, 20, 30, 70]


def test_shares_of_children_are_met_about(spoiled: tuple[dict[str, pa.Table], Counter[str]]):
    tables, counts = spoiled
    items = tables["order_items"].num_rows - counts["twice"]
    for name, share in (("lost", 0.02), ("twice", 0.01)):
        assert abs(counts[name] - share * items) < 5 * (share * items) ** 0.5


def test_a_count_of_children_takes_one_below_each_root(spoiled: tuple[dict[str, pa.Table], Counter[str]]):
    items, labels = spoiled[0]["order_items"].to_pylist(), spoiled[0][LABELS].to_pylist()
    orders = {str(UUID(bytes=row["id"])): row["order_id"] for row in items}
    hit = [orders[row["row_key"]] for row in labels if row["fault"] == "some"]
    assert len(hit) == len(set(hit)) == 70
    assert {row["clean_value"] for row in labels if row["fault"] == "some"} == {"1"}


def test_every_label_differs_from_what_is_stored_and_says_what_was_made(
    spoiled: tuple[dict[str, pa.Table], Counter[str]], clean: dict[str, pa.Table]
):
    assert require_honest_labels(faulty(FAULTS), spoiled[0], clean) > 300


def test_a_copy_stands_behind_its_row(spoiled: tuple[dict[str, pa.Table], Counter[str]]):
    tables, _ = spoiled
    ids = [bytes(i).hex() for i in tables["orders"]["id"].to_pylist()]
    copies = [row for row in tables[LABELS].to_pylist() if row["fault"] == "again"]
    assert len(copies) == 60
    for row in copies:
        copy, original = row["row_key"].replace("-", ""), row["clean_value"].replace("-", "")
        assert ids.index(copy) == ids.index(original) + 1


def test_rows_one_by_one_are_the_same_as_all_at_once():
    few = STORY.replace("count: 2_000", "count: 240").replace("count: 300", "count: 60")
    (tables, counts), (whole, every) = made(faulty(FAULTS, story=few), 1), made(faulty(FAULTS, story=few))
    assert counts == every
    assert {n: rows.combine_chunks() for n, rows in tables.items()} == {n: r.combine_chunks() for n, r in whole.items()}


@pytest.mark.parametrize("batch_rows", [37, 1_000])
def test_the_size_of_batches_moves_no_row_and_no_label(
    spoiled: tuple[dict[str, pa.Table], Counter[str]], batch_rows: int
):
    tables, counts = made(faulty(FAULTS), batch_rows)
    assert counts == spoiled[1]
    assert {name: rows.combine_chunks() for name, rows in tables.items()} == {
        name: rows.combine_chunks() for name, rows in spoiled[0].items()
    }


def test_the_size_of_partitions_changes_no_row(
    spoiled: tuple[dict[str, pa.Table], Counter[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stages, "PARTITION_BYTES", 20_000)
    plan = faulty(FAULTS)
    assert len(plan.partitions("orders")) > 5
    tables, counts = made(plan)
    assert counts == spoiled[1]
    assert {n: sorted(map(str, t.to_pylist())) for n, t in tables.items()} == {
        n: sorted(map(str, t.to_pylist())) for n, t in spoiled[0].items()
    }


def test_a_fault_more_changes_only_its_own_rows(spoiled: tuple[dict[str, pa.Table], Counter[str]]):
    less = FAULTS.replace(
        '  cents: {entity: orders, count: 40, where: "total > 50", scale: {columns: [total], by: 100}}\n', ""
    )
    tables, _ = made(faulty(less))
    labels = [row for row in spoiled[0][LABELS].to_pylist() if row["fault"] != "cents"]
    assert tables[LABELS].to_pylist() == labels
    columns = [c for c in tables["orders"].schema.names if c != "total"]
    assert tables["orders"].select(columns) == spoiled[0]["orders"].select(columns)
    moved = sum(a != b for a, b in zip(tables["orders"]["total"], spoiled[0]["orders"]["total"], strict=True))
    assert moved == 40


def test_a_value_is_changed_once_and_the_second_fault_takes_other_rows():
    both = """
faults:
  first: {entity: customers, count: 200, set: {score: 1}}
  second: {entity: customers, count: 100, set: {score: 2}}
"""
    tables, counts = made(faulty(both.replace("score", "segment").replace("1}", "a}").replace("2}", "b}")))
    found = Counter(tables["customers"]["segment"].to_pylist())
    assert (found["a"], found["b"]) == (200, 100)
    assert counts == {"first": 200, "second": 100}
    with pytest.raises(SpecError, match="101 rows of 'customers' are asked for, and only 100 of 300"):
        faulty(both.replace("score", "segment").replace("count: 100", "count: 101"))


def test_faults_too_large_to_be_looked_at_take_what_they_find(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "LOOKED_AT", 50)
    looked_for = FAULTS.replace("count: 40, where", "share: 2%, where").replace("count: 70, where", "share: 2%, where")
    _, counts = made(faulty(looked_for))
    assert 80 < counts["unpaid"] < 100
    assert counts["late"] == 30


def test_a_plan_and_a_preview_tell_their_faults():
    spec = load(STORY + FAULTS, file="story.yaml")
    shown = preview(spec.scenario, faulty(FAULTS)).as_json()["faults"]
    assert isinstance(shown, dict)
    assert shown["late"] == "30 rows of customers: late created_at"
    told = "\n".join(explain(faulty(FAULTS)))
    assert "  cents              40 rows of orders: scale total" in told
    assert "  twice              about 4" in told
    assert "every change is written down in public.notes" in told


@pytest.mark.parametrize("n", [1, 2, 63, 64, 1_000, 99_991])
def test_a_keyed_order_can_be_read_both_ways(n: int):
    key = stream_key(3, "orders", "rank")
    index = pa.array(range(n)).to_numpy()
    assert (unpermute(key, permute(key, index, n), n) == index).all()


@pytest.mark.parametrize(
    ("type_", "values", "texts"),
    [
        (TIMESTAMPTZ, [1_735_689_600_000_000, None], ["2025-01-01 00:00:00+00", None]),
        (numeric(6, 2), ["12.50", None], ["12.50", None]),
        (INT4, [-3, 0], ["-3", "0"]),
        (BOOL, [True, None], ["true", None]),
        (DATE, [0], ["1970-01-01"]),
        (TEXT, ["x", None], ["x", None]),
    ],
)
def test_clean_values_are_spelled_as_postgresql_does(type_, values, texts):
    plain = pa.array(values, pa.int32()).view(pa.date32()) if type_ is DATE else None
    if type_ is TIMESTAMPTZ:
        plain = pa.array(values, pa.int64()).view(pa.timestamp("us", "UTC"))
    if type_.name == "numeric":
        plain = pa.array(values).cast(pa.decimal128(6, 2))
    assert spelled(pa.array(values) if plain is None else plain, type_).to_pylist() == texts
