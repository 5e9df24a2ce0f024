"""Plausible values of every type: each by its address, numbers that differ give values that differ, and in order."""

from __future__ import annotations

import ipaddress
import json
import pickle
import re
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest

from engine.errors import Code, SpecError
from engine.generators.arbitrary import Arbitrary, can_make
from engine.generators.kinds.compounds import SUBTYPES, quoted
from engine.generators.kinds.maker import Between, Elements, Numbered, Wishes
from engine.generators.kinds.makers import DRAWN, NUMBERED, maker_of, numbered_of
from engine.generators.kinds.shape import read_shape
from engine.generators.kinds.spelling import WORDS, hexed, letters, padded, phrase
from engine.stream import Key
from engine.types import DATE, INT4, JSONB, TEXT, TIMESTAMPTZ, PgType, value_type
from tests.rows import YEAR, FakeRows, context

WISHES = Wishes(YEAR, Between(0, 3))
MOOD = PgType("mood", labels=("sad", "ok"), schema="public")
PAIR = PgType("pair", fields=(("a", INT4), ("b", PgType("text", array=True)), ("c", MOOD)), schema="public")
EVERY = [*map(PgType, (*NUMBERED, *DRAWN, *SUBTYPES)), MOOD, PAIR]
EVERY += [replace(one, array=True) for one in EVERY]
SIZED = [
    *(PgType("varchar", length=n) for n in (1, 5, 23, 24, 40)),
    *(PgType("bit", length=n) for n in (1, 7, 62, 63, 200)),
    *(PgType("varbit", length=n) for n in (1, 3)),
    *(PgType("numeric", p, s) for p, s in ((1, 0), (3, 3), (5, 4), (12, 2), (38, 10), (38, 38), (60, 20), (3, -2))),
    PgType("numeric", 3, 5),
]


def kernel(type_: PgType, arguments: dict[str, Any] | None = None, **more: Any) -> Any:
    return Arbitrary.model_validate({"arbitrary": arguments or {}}).compile(context(type_, **more))


@pytest.mark.parametrize("type_", [*EVERY, *SIZED], ids=str)
def test_a_value_belongs_to_its_row_and_has_the_arrow_type_that_carries_it(type_: PgType):
    made, rows = pickle.loads(pickle.dumps(kernel(type_))), FakeRows.of(300)
    some = np.array([7, 299, 0, 7])

    whole = made.values(rows)

    assert whole.type == value_type(type_)
    whole.validate(full=True)
    assert made.values(rows.subset(some)).to_pylist() == [whole[at].as_py() for at in some]
    assert len(made.values(FakeRows.of(0))) == 0


@pytest.mark.parametrize("type_", [*map(PgType, NUMBERED), MOOD, *SIZED], ids=str)
def test_numbers_that_differ_have_values_that_differ(type_: PgType):
    found = numbered_of(type_, WISHES)
    assert found is not None
    numbers = some_numbers(found)

    values = found.write(numbers).to_pylist()

    assert len(set(values)) == len(numbers)


def some_numbers(found: Numbered) -> Any:
    """Small ones, the last plausible ones, and some of all that there are."""
    rng = np.random.default_rng(5)
    picked = rng.integers(0, found.most, 500)
    ends = [*range(200), *range(found.places - 100, found.places), found.most - 1]
    return np.unique(np.array([n for n in (*picked.tolist(), *ends) if 0 <= n < found.most], np.int64))


@pytest.mark.parametrize("type_", [INT4, DATE, TIMESTAMPTZ, PgType("numeric", 8, 2), PgType("float8"), PgType("time")])
def test_larger_numbers_are_larger_values_where_ranges_need_it(type_: PgType):
    found = numbered_of(type_, WISHES)
    assert found is not None
    assert found.ordered
    values = found.write(some_numbers(found)).to_pylist()
    assert values == sorted(values)


def test_addresses_rise_with_their_numbers():
    found = numbered_of(PgType("inet"), WISHES)
    assert found is not None
    values = [ipaddress.ip_address(text) for text in found.write(some_numbers(found)).to_pylist()]
    assert values == sorted(values)
    assert all(value in ipaddress.ip_network("10.0.0.0/8") for value in values)


def test_words_are_all_different_and_short():
    assert len(set(WORDS)) == 256
    assert all(re.fullmatch("[a-z]{3,7}", word) for word in WORDS)


def test_digits_are_those_that_python_writes():
    numbers = np.array([0, 1, 25, 26, 255, 10**9 - 1, 2**40 + 5], np.int64)
    assert padded(numbers, 13).to_pylist() == [f"{n:013d}" for n in numbers.tolist()]
    assert hexed(numbers, 11).to_pylist() == [f"{n:011x}" for n in numbers.tolist()]
    assert letters(numbers[:4], 3).to_pylist() == ["aaa", "aab", "aaz", "aba"]
    assert phrase(numbers[:2], 2).to_pylist() == [f"{WORDS[0]} {WORDS[0]}", f"{WORDS[1]} {WORDS[0]}"]


def test_numbers_of_books_have_their_check_digit():
    for name in ("ean13", "isbn13", "ismn", "issn", "upc"):
        for text in kernel(PgType(name, schema="public")).values(FakeRows.of(50)).to_pylist():
            digits = [int(c) for c in text]
            assert len(digits) == 13
            assert sum(d * (1, 3)[i % 2] for i, d in enumerate(digits)) % 10 == 0


def test_uuids_are_of_version_4():
    made = kernel(PgType("uuid")).values(FakeRows.of(50)).to_pylist()
    assert {UUID(bytes=one).version for one in made} == {4}


@pytest.mark.parametrize(("least", "most"), [(0, 0), (1, 1), (0, 9), (20, 60), (300, 1000)])
def test_texts_have_the_length_that_is_asked_for(least: int, most: int):
    made = kernel(TEXT, {"length": {"min": least, "max": most}}).values(FakeRows.of(2_000)).to_pylist()
    assert {len(text) for text in made} <= set(range(least, most + 1))
    assert {min(map(len, made)), max(map(len, made))} == {least, most} or most > 100
    assert all(re.fullmatch("([a-z]+( [a-z]+)*)?", text) for text in made)


def test_texts_do_not_outgrow_their_column():
    made = kernel(PgType("varchar", length=30), {"length": {"min": 20, "max": 200}}).values(FakeRows.of(200))
    assert {len(text) for text in made.to_pylist()} == set(range(20, 31))


def test_bytes_have_the_length_that_is_asked_for():
    made = kernel(PgType("bytea"), {"length": {"min": 2, "max": 5}}).values(FakeRows.of(500)).to_pylist()
    assert {len(one) for one in made} == {2, 3, 4, 5}


def test_arrays_have_as_many_items_as_are_asked_for():
    made = kernel(replace(INT4, array=True), {"items": {"min": 1, "max": 2}}).values(FakeRows.of(300)).to_pylist()
    assert {len(one) for one in made} == {1, 2}


def test_parts_are_addressed_by_their_value_and_place():
    key, address = Key(1, 2), np.arange(5, dtype=np.uint64)
    parts = Elements.of(np.array([2, 0, 3, 1, 0]), address, key)
    alone = Elements.of(np.array([3]), address[2:3], key)
    assert parts.ends.tolist() == [0, 2, 2, 5, 6, 6]
    assert parts.address[2:5].tolist() == alone.address.tolist()
    assert len(set(parts.address.tolist())) == 6


def test_a_field_of_a_composite_is_quoted():
    assert quoted(pa.array(['a"b\\c', ""])).to_pylist() == ['"a""b\\\\c"', '""']


def test_a_composite_holds_arrays_and_enums():
    (made,) = kernel(PAIR).values(FakeRows.of(1)).to_pylist()
    assert re.fullmatch(r'\("\d+","\{(""[a-z ]+"",?)*\}","(sad|ok)"\)', made)


def test_ranges_begin_before_they_end():
    for text in kernel(PgType("int4range")).values(FakeRows.of(2_000)).to_pylist():
        low, high = (int(n) for n in re.findall(r"\d+", text))
        assert low < high


@pytest.mark.parametrize("count", [1, 7, 365, 5_000])
@pytest.mark.parametrize("name", ["daterange", "tstzrange"])
def test_disjoint_ranges_lie_apart(name: str, count: int):
    made = kernel(PgType(name), {"disjoint": True}, count=count).values(FakeRows.of(count)).to_pylist()
    ranges = [tuple(datetime.fromisoformat(t) for t in re.findall(r'"([^"]+)"', text)) for text in made]
    assert all(low < high for low, high in ranges)
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    inside = name == "tstzrange" or count <= 365
    assert not inside or (ranges[0][0].year == 2025 and ranges[-1][1].replace(tzinfo=None) <= datetime(2026, 1, 1))


def test_more_ranges_than_there_are_places_are_refused():
    kind = PgType("moods", subtype=MOOD, schema="public")
    with pytest.raises(SpecError, match="2 ranges of moods cannot lie apart: there are 1 places"):
        kernel(kind, {"disjoint": True}, count=2)


def test_a_document_has_its_shape():
    rows = FakeRows.of(200)
    shape = {
        "a": "int",
        "b": [{"c": "bool"}],
        "d": ["x", 1, None],
        "e": None,
        "f": ["only"],
        'q"': "timestamp",
        "g": {},
    }
    for one in map(json.loads, kernel(JSONB, {"shape": shape}).values(rows).to_pylist()):
        assert list(one) == ["a", "b", "d", "e", "f", 'q"', "g"]
        assert isinstance(one["a"], int)
        assert all(list(item) == ["c"] and isinstance(item["c"], bool) for item in one["b"])
        assert (one["d"], one["e"], one["f"], one["g"]) in [(d, None, "only", {}) for d in ("x", 1, None)]
        assert datetime.fromisoformat(one['q"']).year == 2025


def test_a_shape_may_be_a_scalar_or_a_list():
    assert kernel(JSONB, {"shape": ["int"]}).values(FakeRows.of(1)).to_pylist()[0].startswith("[")
    assert kernel(JSONB, {"shape": "bool"}).values(FakeRows.of(1)).to_pylist()[0] in ("true", "false")


@pytest.mark.parametrize(
    "deep", [{"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": "int"}}}}}}}}}, {str(n): "int" for n in range(201)}]
)
def test_a_shape_has_bounds(deep: object):
    with pytest.raises(Exception, match="at most"):
        read_shape(deep)


UNKNOWN = [
    PgType("mystery", schema="public"),
    PgType("pair", fields=(("a", PgType("mystery")),), schema="public"),
    PgType("spans", subtype=PgType("mystery"), schema="public"),
    PgType("documents", subtype=JSONB, schema="public"),
]


@pytest.mark.parametrize("type_", UNKNOWN, ids=str)
def test_an_unknown_type_is_refused_with_what_to_write(type_: PgType):
    for asked in (type_, replace(type_, array=True)):
        assert not can_make(asked)
        with pytest.raises(SpecError) as refused:
            kernel(asked)
        (told,) = refused.value.diagnostics
        assert told.code is Code.WRONG_KIND
        assert "choice" in (told.hint or "")


@pytest.mark.parametrize("type_", [*EVERY, *SIZED], ids=str)
def test_known_types_can_be_made(type_: PgType):
    assert can_make(type_)
    assert maker_of(type_, Key(1, 2), WISHES)


def test_unique_is_refused_where_values_have_no_number():
    for type_ in (JSONB, PgType("text", array=True), PAIR, PgType("tsrange")):
        with pytest.raises(SpecError, match="may repeat"):
            kernel(type_, unique=True)
    with pytest.raises(SpecError, match="no row number"):
        kernel(INT4, unique=True, count=None)
