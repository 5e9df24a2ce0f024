"""Exact shares: as many rows as the percentages say, whichever they are."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.generators.shares import counts
from tests.odd_world import ODD
from tests.worlds import plan_of, rows_of

SPEC = """
scenario: odd
window: {{start: 2025-11-01, end: 2025-12-01}}
entities:
  people:
    table: people
    count: {count}
    columns:
      id: {{sequence: 1}}
      serial: 1
      score: {shares}
      note: {{case: [{{when: "id % 2 = 0", then: {{shares: {{a: 50%, b: 50%}}}}}}]}}
"""


@pytest.mark.parametrize("count", [1, 3, 63, 64, 1_001, 70_000])
def test_each_value_is_in_as_many_rows_as_its_share_says(count: int):
    plan = plan_of(SPEC.format(count=count, shares="{shares: {0: 40%, 20: 0.35, 40: rest, 7: 0}}"), ODD)
    scores = rows_of(plan, "people")["people"]["score"].to_pylist()
    found = Counter(scores)
    assert sum(found.values()) == count
    for value, share in ((0, 0.4), (20, 0.35), (40, 0.25), (7, 0)):
        assert abs(found[value] - share * count) < 1
    assert rows_of(plan, "people", batch_rows=997)["people"]["score"].to_pylist() == scores


def test_which_rows_have_a_value_follows_no_order():
    plan = plan_of(SPEC.format(count=40_000, shares="{shares: {1: 50%, 2: 50%}}"), ODD)
    rows = rows_of(plan, "people")["people"]
    ones = rows["score"].to_numpy() == 1
    assert ones.sum() == 20_000
    assert np.abs(ones.reshape(100, -1).sum(axis=1) - 200).max() < 5 * 10  # five sigmas of a draw
    assert abs(np.corrcoef(ones[1:], ones[:-1])[0, 1]) < 0.03
    even = np.array([note == "a" for note in rows["note"].to_pylist() if note is not None])
    assert abs(np.corrcoef(ones[1::2], even)[0, 1]) < 0.04


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 500))
def test_counts_are_the_nearest_whole_numbers_that_add_up(weights: list[int], rows: int):
    parts = [Fraction(weight, sum(weights)) for weight in weights]
    found = counts(parts, rows).tolist()
    assert sum(found) == rows
    assert all(abs(n - part * rows) < 1 for n, part in zip(found, parts, strict=True))
    up = [part * rows % 1 for n, part in zip(found, parts, strict=True) if n > part * rows]
    down = [part * rows % 1 for n, part in zip(found, parts, strict=True) if n < part * rows]
    assert not up or not down or min(up) >= max(down)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ("{1: 40%, 2: 50%}", "the shares add up to 0.9"),
        ("{1: 60%, 2: 50%, 3: rest}", "the shares add up to 1.1"),
        ("{1: rest, 2: rest}", "only one value can have the rest"),
        ("{1: -40%, 2: 140%}", "share"),
        ("{1: some}", "share"),
        ("{}", "shares"),
        ("{a: 100%}", "'a' is not a value of type int2"),
    ],
)
def test_shares_that_are_none_are_refused(shares: str, said: str):
    with pytest.raises(SpecError, match=said):
        plan_of(SPEC.format(count=5, shares=f"{{shares: {shares}}}"), ODD)


def test_shares_are_refused_where_rows_are_not_numbered_beforehand():
    thinned = SPEC.format(count=5, shares="{shares: {1: 100%}}").replace("count: 5", 'count: 5\n    keep: "id > 2"')
    with pytest.raises(SpecError, match=r"which rows `keep` or `fold` leaves is not known beforehand"):
        plan_of(thinned, ODD)


def test_three_thirds_are_a_whole():
    plan_of(SPEC.format(count=5, shares="{shares: {1: 33.3%, 2: 33.3%, 3: 33.4%}}"), ODD)
