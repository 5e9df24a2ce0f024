"""Whatever the pattern, its values match it, fit the column, and differ where they are to."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.generators.deal import deals
from engine.generators.pattern import Pattern, pattern_size
from engine.generators.pattern_shapes import apart, shapes_of
from engine.generators.pattern_syntax import parse_pattern
from engine.stream import Key
from engine.types import TEXT, PgType
from tests.rows import FakeRows, context

LETTERS = st.sampled_from(
    ["a", "b", "ab", "[ab]", "[a-c]", "[^a]", r"\d", r"\.", ".", r"\w", "[b-]", "é", "-", r"[\d_]"]
)
QUANTIFIERS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}", "+?"])


def grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    row = st.lists(st.tuples(parts, QUANTIFIERS).map("".join), min_size=1, max_size=3).map("".join)
    return st.lists(row, min_size=1, max_size=3).map(lambda ways: f"({'|'.join(ways)})")


PATTERNS = st.recursive(LETTERS.map(lambda one: f"(?:{one})"), grown, max_leaves=8)
SMALL = st.recursive(st.sampled_from(["a", "b", "[ab]", "(?:ab)", "[a-c]"]), grown, max_leaves=5)


def values(pattern: str, type_: PgType, rows: int, *, unique: bool = False) -> list[str]:
    try:
        kernel = Pattern(pattern=pattern).compile(context(type_, count=rows, unique=unique))
    except SpecError:
        assume(False)  # noqa: FBT003
    return kernel.values(FakeRows.of(rows)).to_pylist()


@settings(max_examples=150, deadline=None)
@given(PATTERNS, st.sampled_from([None, 4, 9]))
def test_every_value_matches_and_fits(pattern: str, length: int | None):
    made = values(pattern, PgType("varchar", length=length), 60)

    assert all(re.fullmatch(pattern, value) for value in made)
    assert all(length is None or len(value) <= length for value in made)


@settings(max_examples=150, deadline=None)
@given(PATTERNS, st.sampled_from([TEXT, PgType("varchar", length=6), PgType("bpchar", length=6), PgType("citext")]))
def test_unique_values_differ_and_match(pattern: str, type_: PgType):
    size = Pattern(pattern=pattern).places(context(type_)) if fits(pattern, type_.length) else None
    assume(size is not None)
    assert size is not None

    made = values(pattern, type_, min(size, 200), unique=True)

    assert all(re.fullmatch(pattern, value) for value in made)
    same = {"citext": str.lower, "bpchar": str.rstrip}.get(type_.name, str)
    assert len({same(value) for value in made}) == len(made)


def fits(pattern: str, length: int | None) -> bool:
    return pattern_size(pattern, length) is not None


@settings(max_examples=150, deadline=None)
@given(SMALL)
def test_the_size_is_that_of_all_values_listed(pattern: str):
    size = pattern_size(pattern, 5)
    assume(size is not None and size < 5_000)
    shapes = shapes_of(parse_pattern(pattern), 5)

    listed = {"".join(letters) for shape in shapes for letters in product(*shape)}

    assert size == len(listed)


@settings(max_examples=100, deadline=None)
@given(SMALL)
def test_all_values_are_dealt_out(pattern: str):
    size = pattern_size(pattern, 5)
    assume(size is not None and size < 2_000)
    assert size is not None
    shapes = apart(shapes_of(parse_pattern(pattern), 5), fold=False)
    listed = {"".join(letters) for shape in shapes for letters in product(*shape)}

    made = values(pattern, PgType("varchar", length=5), size, unique=True)

    assert set(made) == listed


@settings(max_examples=60, deadline=None)
@given(PATTERNS, st.integers(1, 40))
def test_the_values_of_a_deal_differ(pattern: str, rows: int):
    made, asked = Pattern(pattern=pattern), context(TEXT, count=rows)
    assume(fits(pattern, None))
    size = made.places(asked)
    assert size is not None
    assume(size >= rows)
    (deal,) = deals([size], Key(1, 2))

    dealt = made.dealt(asked, deal).values(FakeRows.of(rows)).to_pylist()

    assert len(set(dealt)) == rows


@settings(max_examples=40, deadline=None)
@given(PATTERNS)
def test_any_row_alone_is_the_row_of_the_whole(pattern: str):
    assume(fits(pattern, None))
    for unique in (False, True):
        size = pattern_size(pattern, None)
        assert size is not None
        rows = FakeRows.of(min(size, 30))
        kernel = Pattern(pattern=pattern).compile(context(TEXT, count=rows.size, unique=unique))
        whole = kernel.values(rows).to_pylist()
        some = np.arange(rows.size)[::-2]
        assert kernel.values(rows.subset(some)).to_pylist() == [whole[at] for at in some]


@pytest.mark.parametrize(
    "bomb", ["((((a?){1000}){1000}){1000})", "(a|bb|ccc){1000}", r"(\w+ ?)+@(\w+\.)+\w+", "(.*a){9}"]
)
def test_a_bomb_is_cut_short_or_refused(bomb: str):
    try:
        made = Pattern(pattern=bomb).compile(context(TEXT)).values(FakeRows.of(10))
    except SpecError:
        return
    assert max(len(value) for value in made.to_pylist()) <= 1_000


def test_each_way_is_as_likely_as_another():
    made = values("x|[0-9]{1,2}|[a-z]{4}", TEXT, 40_000)
    lengths = [len(value) if value != "x" else 0 for value in made]
    counts = [lengths.count(length) / len(made) for length in (0, 1, 2, 4)]
    assert counts == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3], abs=0.01)
