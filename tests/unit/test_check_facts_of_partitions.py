"""The keys of partitioned tables, from bounds as `pg_get_partition_constraintdef` prints them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalog.model import Partitioning, Table
from engine.sketch.checks import TableFacts
from engine.sketch.checks.bounds import Reach, partition_facts
from tests.check_texts import said, things


def cut(*bounds: str, strategy: str = "range", by: str = "a") -> Table:
    return replace(things(), partitioning=Partitioning(strategy, (by,), bounds))


def between(low: int, high: int) -> str:
    return f"((a IS NOT NULL) AND (a >= {low}) AND (a < {high}))"


def day(first: str, end: str) -> str:
    return f"((d IS NOT NULL) AND (d >= '{first}'::date) AND (d < '{end}'::date))"


@pytest.mark.parametrize(
    ("bounds", "keys"),
    [
        ([between(1, 10), between(20, 30), between(10, 15)], "a low 1 high 14 null False"),
        ([between(1, 5), between(20, 30)], "a low 20 high 29 null False"),
        (["((a IS NOT NULL) AND (a < 5))", between(5, 9)], "a high 8 null False"),
        ([day("2024-01-01", "2024-02-01"), day("2024-02-01", "2024-03-01")],
         "d low 2024-01-01 high 2024-02-29 null False"),
        (["((note IS NOT NULL) AND (note = ANY (ARRAY['a'::text, 'b'::text])))",
          "((note IS NOT NULL) AND (note = 'c'::text))"],
         "note one_of [a, b, c] null False"),
        (["((note IS NULL) OR (note = 'a'::text))", "((note IS NOT NULL) AND (note = 'c'::text))"],
         "note one_of [a, c]"),
        ([between(1, 5), f"(NOT {between(1, 5)})"], "anything"),
        (["true"], "anything"),
        ([f"(satisfies_hash_partition('\"t\"'::regclass, 2, {n}, b) AND {between(1, 5)})" for n in (0, 1)],
         "a low 1 high 4 null False"),
        ([f"((m = '{m}'::mood) AND (a >= {a}) AND (a < {a + 5}))" for m in ("ok", "sad") for a in (0, 5)],
         "m one_of [ok, sad]; a low 0 high 9"),
        ([f"((m = '{m}'::mood) AND (a >= {a}) AND (a < {a + 5}))" for m, a in (("ok", 0), ("sad", 5), ("sad", 10))],
         "m one_of [sad]; a low 5 high 14"),
    ],
)  # fmt: skip
def test_rows_have_a_partition_to_go_to(bounds: list[str], keys: str):
    assert said(TableFacts(partition_facts(cut(*bounds)).columns)) == keys


def test_a_table_that_is_not_cut_takes_any_row():
    assert partition_facts(things()).columns == {}
    assert not partition_facts(things()).nowhere


def test_a_table_without_partitions_takes_none():
    assert partition_facts(cut()).nowhere


def test_a_bound_that_is_not_understood_is_told_and_left_out():
    reach = partition_facts(cut("(abs_of(a) = 1)", between(1, 5)))
    assert reach.unread == ("(abs_of(a) = 1)",)
    assert said(TableFacts(reach.columns)) == "a low 1 high 4 null False"


def test_a_cut_by_hash_takes_any_row_where_no_remainder_is_missing():
    halves = [f"satisfies_hash_partition('\"t\"'::regclass, {m}, {r}, a)" for m, r in ((2, 0), (4, 1), (4, 3))]
    assert partition_facts(cut(*halves, strategy="hash")) == Reach()
    assert partition_facts(cut(*halves[:2], strategy="hash")).unread == tuple(halves[:2])
