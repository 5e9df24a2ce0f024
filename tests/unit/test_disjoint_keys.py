"""Several entities of one table: what must be unique there is not counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Code, SpecError
from engine.generators.result import Result
from engine.generators.sequence import Counted
from engine.plan.disjoint import meeting
from engine.types import INT8
from tests.odd_world import ODD
from tests.worlds import plan_of

SPEC = """
scenario: odd
window: {start: 2025-11-01, end: 2025-12-01}
entities:
  some: {table: strict, count: 500, columns: {id: FIRST, name: x, amount: 1}}
  more: {table: strict, count: 20, columns: {id: SECOND, name: x, amount: 1}}
"""
STEPS = st.integers(-9, 9).filter(bool)


@given(st.integers(-30, 30), STEPS, st.integers(1, 20), st.integers(-30, 30), STEPS, st.integers(1, 20))
def test_two_counts_meet_where_their_numbers_do(a: int, s: int, n: int, b: int, t: int, m: int):
    one, other = (Counted(first, step, 2**62, Result(INT8, "x"), siblings=False) for first, step in ((a, s), (b, t)))
    both = {a + s * i for i in range(n)} & {b + t * j for j in range(m)}
    assert meeting(one, n, other, m) == min(both, default=None)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("{sequence: 1}", "{sequence: 1}", r"both make 1\n.*let 'more' begin at 501"),
        ("{sequence: 1}", "{sequence: 500}", r"both make 500"),
        ("{sequence: {start: 1, step: 2}}", "{sequence: {start: 10, step: 3}}", r"both make 13"),
    ],
)
def test_keys_that_meet_are_refused(first: str, second: str, said: str):
    with pytest.raises(SpecError, match=said) as refused:
        plan_of(SPEC.replace("FIRST", first).replace("SECOND", second), ODD)
    assert [d.code for d in refused.value.diagnostics] == [Code.NOT_UNIQUE]


@pytest.mark.parametrize(
    ("first", "second"),
    [("{sequence: 1}", "{sequence: 501}"), ("{sequence: {start: 1, step: 2}}", "{sequence: {start: 2, step: 2}}")],
)
def test_keys_that_do_not_meet_are_not(first: str, second: str):
    plan_of(SPEC.replace("FIRST", first).replace("SECOND", second), ODD)
