"""Choices by weight, sequences, and UUIDs that cannot meet."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from engine.errors import Code, GenerateError, SpecError
from engine.generators import AnyGenerator
from engine.generators.base import Generator
from engine.generators.choice import Shares, thresholds
from engine.stream import bits, stream_key
from engine.types import (
    BOOL,
    DATE,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    TEXT,
    TIMESTAMPTZ,
    UUID,
    PgType,
    numeric,
    value_type,
)
from tests.rows import JANUARY_2025, FakeRows, FakeScope, context

READER: TypeAdapter[Generator] = TypeAdapter(AnyGenerator)
N = 50_000
ROWS = FakeRows.of(N)
MOOD = PgType("mood", labels=("sad", "ok", "happy"), schema="public")


def read(**written: Any) -> Generator:
    return READER.validate_python(written)


def column(generator: Generator, pg: PgType, rows: FakeRows = ROWS, **more: Any) -> pa.Array:
    made = generator.compile(context(pg, **{"count": N} | more)).values(rows)
    assert made.type == value_type(pg)
    return made


def refused(generator: Generator, pg: PgType, **more: Any) -> Any:
    with pytest.raises(SpecError) as error:
        generator.compile(context(pg, **more))
    return error.value.diagnostics[0]


def children(families: int, size: int) -> FakeRows:
    """`size` children of each of some parents."""
    parent, ordinal = np.repeat(np.arange(families), size), np.tile(np.arange(size), families)
    return FakeRows(parent, bits(stream_key(1, "child"), (parent * size + ordinal).astype(np.uint64)), ordinal)


# --- choice ---


@pytest.mark.parametrize(
    ("written", "weights"),
    [
        (["a", "b", "c"], [1, 1, 1]),
        ({"a": 55, "b": 35, "c": 10}, [55, 35, 10]),
        ({"a": 0.001, "b": 0, "c": 0.999}, [1, 0, 999]),
        ([{"value": "a", "weight": 3}, {"value": "b"}, "c"], [3, 1, 1]),
        ({f"v{i}": i + 1 for i in range(40)}, list(range(1, 41))),
    ],
    ids=str,
)
def test_values_come_by_their_weights(written: Any, weights: list[float]):
    names = [o["value"] if isinstance(o, dict) else o for o in written]
    found = Counter(column(read(choice=written), TEXT).to_pylist())
    wanted = np.array(weights) / sum(weights) * N
    seen = np.array([found[name] for name in names])
    assert seen[wanted == 0].sum() == 0
    assert stats.chisquare(seen[wanted > 0], wanted[wanted > 0]).pvalue > 1e-3


def test_shares_are_exact_to_one_step_of_2_to_the_52():
    edges = thresholds([Fraction(1), Fraction(1), Fraction(1)])
    assert edges.tolist() == [(2**52 - 1) // 3, (2**53 + 1) // 3]
    steps = np.array([0, edges[0] - 1, edges[0], edges[1] - 1, edges[1], 2**52 - 1], np.uint64) << np.uint64(12)
    assert Shares.ending_at(edges).of(steps).tolist() == [0, 0, 1, 1, 2, 2]
    many = thresholds([Fraction(1)] * 100)
    assert Shares.ending_at(many).of(many << np.uint64(12)).tolist() == list(range(1, 100))
    assert Shares.ending_at(many).of((many - np.uint64(1)) << np.uint64(12)).tolist() == list(range(99))


def test_a_changed_weight_moves_only_the_rows_at_the_border():
    before = column(read(choice={"a": 50, "b": 50}), TEXT).to_pylist()
    after = column(read(choice={"a": 49, "b": 51}), TEXT).to_pylist()
    moved = Counter((old, new) for old, new in zip(before, after, strict=True) if old != new)
    assert set(moved) == {("a", "b")}
    assert moved["a", "b"] / N == pytest.approx(0.01, abs=0.002)


@pytest.mark.parametrize(
    ("written", "pg", "values"),
    [
        ({"0": 20, "20": 50}, INT4, [0, 20]),
        ({"0.5": 1, "1": 1}, numeric(4, 2), [Decimal("0.50"), Decimal("1.00")]),
        ([1, 2.5], FLOAT8, [1.0, 2.5]),
        ([True, False], BOOL, [True, False]),
        ({"true": 9, "false": 1}, BOOL, [True, False]),
        (["sad", "happy"], MOOD, ["sad", "happy"]),
        ([None, "x"], TEXT, [None, "x"]),
        ([{"value": None, "weight": 9}, 4], INT8, [None, 4]),
        ([None], INT4, [None]),
        ([1, "b"], TEXT, ["1", "b"]),
    ],
    ids=str,
)
def test_values_are_typed_by_the_column(written: Any, pg: PgType, values: list[Any]):
    assert set(column(read(choice=written), pg).to_pylist()) == set(values)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({"0": 20, "20": 50}, INT8),
        ([1, 2, None], INT8),
        ([0.5, 1, 2.25], numeric(18, 2)),
        (["0.5", "1"], numeric(18, 1)),
        ([1e-9, 1], FLOAT8),
        ([True, False], BOOL),
        (["true", "false"], BOOL),
        (["a", 1], TEXT),
        ([True, 1], TEXT),
        ([None], TEXT),
        (["-", "1"], TEXT),
    ],
    ids=str,
)
def test_a_hidden_choice_has_the_narrowest_type(written: Any, wanted: PgType):
    assert read(choice=written).result(FakeScope()) == wanted


def test_a_unique_choice_deals_out_the_list():
    names = [f"n{i}" for i in range(1000)]
    dealt = column(read(choice=names), TEXT, FakeRows.of(1000), unique=True, count=1000).to_pylist()
    assert sorted(dealt) == sorted(names)
    assert dealt != names
    assert column(read(choice=names), TEXT, FakeRows.of(7), unique=True, count=7).to_pylist() == dealt[:7]


@pytest.mark.parametrize(
    ("written", "pg", "more", "code"),
    [
        ({"a": 0, "b": 0}, TEXT, {}, Code.BAD_WEIGHTS),
        (["a", "b"], INT4, {}, Code.WRONG_KIND),
        (["merry"], MOOD, {}, Code.WRONG_KIND),
        (["a", "b"], TEXT, {"unique": True, "count": 3}, Code.INFEASIBLE),
        (["a", "b"], TEXT, {"unique": True, "count": None}, Code.INFEASIBLE),
        ({"a": 1, "b": 2}, TEXT, {"unique": True, "count": 2}, Code.CONFLICT),
        (["1", 1], INT4, {"unique": True, "count": 2}, Code.NOT_UNIQUE),
    ],
    ids=str,
)
def test_choices_that_cannot_be_made_are_refused(written: Any, pg: PgType, more: dict, code: Code):
    said = refused(read(choice=written), pg, **more)
    assert (said.code, said.path[0]) == (code, "choice")
    assert code is not Code.INFEASIBLE or "out of 2" in said.message


@pytest.mark.parametrize("written", [[], {}, {"a": -1}, {"a": float("inf")}, {"a": "many"}, "a", [["a"]]], ids=str)
def test_what_is_no_list_of_values_is_refused(written: Any):
    with pytest.raises(ValidationError):
        read(choice=written)


# --- sequence ---


@pytest.mark.parametrize(
    ("written", "pg", "first"),
    [
        (1, INT4, ["1", "2", "3"]),
        ({"start": 10, "step": -5}, INT2, ["10", "5", "0"]),
        ({}, INT8, ["1", "2", "3"]),
        ({"start": 0.5, "step": 0.25}, numeric(6, 2), ["0.50", "0.75", "1.00"]),
        (7, FLOAT8, ["7", "8", "9"]),
        ("2024-02-28", DATE, ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ({"start": "2024-02-28", "step": "1w"}, DATE, ["2024-02-28", "2024-03-06", "2024-03-13"]),
        (5, TEXT, ["5", "6", "7"]),
        ({"prefix": "SKU-", "width": 4}, TEXT, ["SKU-0001", "SKU-0002", "SKU-0003"]),
        ({"start": 9999, "prefix": "N", "width": 4}, TEXT, ["N9999", "N10000", "N10001"]),
        ({"start": 98, "prefix": "№ ", "width": 2}, TEXT, ["№ 98", "№ 99", "№ 100"]),
        ({"start": 98, "prefix": "№ ", "width": 3}, TEXT, ["№ 098", "№ 099", "№ 100"]),
        ({"start": 8, "width": 2}, PgType("varchar", length=2), ["08", "09", "10"]),
    ],
    ids=str,
)
def test_a_sequence_counts_rows_in_its_own_unit(written: Any, pg: PgType, first: list[str]):
    kernel = read(sequence=written).compile(context(pg, count=3))
    made = kernel.values(FakeRows.of(3))
    assert made.type == value_type(pg)
    assert made.cast(pa.string()).to_pylist() == first
    assert kernel.values(FakeRows.of(3).subset(np.array([2, 0]))).cast(pa.string()).to_pylist() == [first[2], first[0]]


def test_a_sequence_of_moments_steps_by_its_duration():
    made = column(read(sequence={"start": "2025-01-01", "step": "15m"}), TIMESTAMPTZ).cast(pa.int64()).to_pylist()
    assert made == [JANUARY_2025 + i * 900_000_000 for i in range(N)]


def test_a_sequence_within_its_parent_counts_siblings():
    family = children(3, 4)
    within = read(sequence={"within": "parent", "start": 10, "step": 10})
    assert within.reads() == (("ordinal",),)
    assert column(within, INT2, family, count=None).to_pylist() == [10, 20, 30, 40] * 3
    named = read(sequence={"within": "parent", "prefix": "L", "width": 2})
    assert column(named, TEXT, family, count=None).to_pylist()[:5] == ["L01", "L02", "L03", "L04", "L01"]


def test_a_family_that_outgrows_its_type_says_so():
    with pytest.raises(GenerateError, match=r"things\.value: value number 3 does not fit int2"):
        column(read(sequence={"within": "parent", "start": 32_766}), INT2, children(1, 3), count=None)


@pytest.mark.parametrize(
    ("written", "pg", "more", "code"),
    [
        (1, INT4, {"count": None}, Code.WRONG_KIND),
        ({"within": "parent"}, INT4, {}, Code.CONFLICT),
        ({"within": "parent"}, INT4, {"count": None, "unique": True}, Code.NOT_UNIQUE),
        (1, UUID, {}, Code.WRONG_KIND),
        (1, BOOL, {}, Code.WRONG_KIND),
        (1, MOOD, {}, Code.WRONG_KIND),
        (1, DATE, {}, Code.WRONG_KIND),
        ("2025-01-01", INT4, {}, Code.WRONG_KIND),
        ({"start": "2025-01-01", "step": 1}, DATE, {}, Code.WRONG_KIND),
        ({"start": 1, "step": 0}, INT4, {}, Code.OUT_OF_RANGE),
        ({"start": 0.5}, INT4, {}, Code.OUT_OF_RANGE),
        ({"start": 0.001}, numeric(6, 2), {}, Code.OUT_OF_RANGE),
        ({"start": "2025-01-01", "step": "1h"}, DATE, {}, Code.OUT_OF_RANGE),
        (1, INT2, {"count": 32_768}, Code.OUT_OF_RANGE),
        (1, numeric(4, 2), {"count": 100}, Code.OUT_OF_RANGE),
        ({"start": 10, "step": -1}, TEXT, {"count": 12}, Code.OUT_OF_RANGE),
        ({"prefix": "SKU-", "width": 4}, PgType("varchar", length=7), {}, Code.OUT_OF_RANGE),
        ({"prefix": "SKU-"}, PgType("varchar", length=7), {"count": 1000}, Code.OUT_OF_RANGE),
        ({"prefix": "A"}, INT4, {}, Code.CONFLICT),
    ],
    ids=str,
)
def test_sequences_that_cannot_count_are_refused(written: Any, pg: PgType, more: dict, code: Code):
    said = refused(read(sequence=written), pg, **more)
    assert said.code is code
    assert said.path[0] in ("sequence", "unique")


def test_the_last_value_that_fits_is_allowed():
    assert read(sequence=1).compile(context(INT2, count=32_767)).values(FakeRows.of(32_767))[-1].as_py() == 32_767
    read(sequence={"prefix": "SKU-"}).compile(context(PgType("varchar", length=7), count=999))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (1, INT8),
        ({"prefix": "x"}, TEXT),
        ({"start": 0.5}, numeric(18, 6)),
        ("4h", INTERVAL),
        ("2025-01-01", TIMESTAMPTZ),
    ],
    ids=str,
)
def test_a_hidden_sequence_has_the_type_of_its_start(written: Any, wanted: PgType):
    assert read(sequence=written).result(FakeScope()) == wanted


# --- UUIDs ---

MOMENTS = pa.array(JANUARY_2025 + np.arange(N) * 1777, pa.timestamp("us", "UTC"))
BORN = FakeScope(types={("born",): TIMESTAMPTZ, ("day",): DATE, ("name",): TEXT, ("up", "born"): TIMESTAMPTZ})


def uuids(made: pa.Array) -> list[uuid.UUID]:
    return [uuid.UUID(bytes=v) if isinstance(v, bytes) else uuid.UUID(v) for v in made.to_pylist()]


def test_version_4_is_random_and_says_so():
    made = uuids(column(read(uuid4=True), UUID))
    assert {(u.version, u.variant) for u in made} == {(4, uuid.RFC_4122)}
    assert len(set(made)) == N
    raw = np.frombuffer(b"".join(u.bytes for u in made), np.uint8).reshape(N, 16)
    ones = np.unpackbits(raw, axis=1).mean(axis=0)
    fixed = {48, 49, 50, 51, 64, 65}
    free = [i for i in range(128) if i not in fixed]
    assert abs(ones[free] - 0.5).max() * 2 * np.sqrt(N) < 5
    assert abs(np.corrcoef(raw[1:, 0], raw[:-1, 0])[0, 1]) * np.sqrt(N) < 4.5


def test_version_7_begins_with_its_millisecond_and_is_random_beyond():
    rows = replace(ROWS, columns={("born",): MOMENTS})
    made = uuids(column(read(uuid7="born"), UUID, rows, scope=BORN))
    assert {(u.version, u.variant) for u in made} == {(7, uuid.RFC_4122)}
    assert [u.int >> 80 for u in made] == (MOMENTS.cast(pa.int64()).to_numpy() // 1000).tolist()
    assert len({(u.int >> 64 & 0xFFF, u.int & (1 << 62) - 1) for u in made}) == N
    low = np.array([u.int & 0xFFFF for u in made])
    assert stats.kstest(low / 65_536, "uniform").pvalue > 1e-4


def test_a_uuid_in_a_text_column_is_the_same_one_written_out():
    written = column(read(uuid4=True), TEXT).to_pylist()
    assert written == [str(u) for u in uuids(column(read(uuid4=True), UUID))]
    assert column(read(uuid4=True), PgType("varchar", length=36)).to_pylist() == written


def test_rows_of_one_moment_never_share_a_uuid_at_any_level():
    moment = pa.array([JANUARY_2025] * 60_000, pa.timestamp("us", "UTC"))
    parent, ordinal = np.repeat(np.arange(300), 200), np.tile(np.arange(200), 300)
    for lineage in (ordinal, (ordinal // 20 << 20) | ordinal % 20):
        rows = FakeRows(parent, bits(stream_key(1, "x"), ordinal.astype(np.uint64)), lineage, {("born",): moment})
        for generator in (read(uuid4=True), read(uuid7="born")):
            assert len(column(generator, UUID, rows, count=None, scope=BORN).unique()) == 60_000


def test_deeper_places_are_hashed_and_differ_here_too():
    moment = pa.array([JANUARY_2025] * 1000, pa.timestamp("us", "UTC"))
    lineage = (np.int64(5) << 40) | (np.arange(1000) << 20) | 7
    rows = FakeRows(np.zeros(1000, np.int64), np.arange(1000, dtype=np.uint64), lineage, {("born",): moment})
    assert len(column(read(uuid7="born"), UUID, rows, count=None, scope=BORN).unique()) == 1000


def test_a_bare_version_7_takes_the_entitys_moment():
    rows = replace(ROWS, columns={("up", "born"): MOMENTS})
    bare = column(read(uuid7=True), UUID, rows, scope=BORN, moment=("up", "born"))
    assert read(uuid7=True).reads() == ()
    assert read(uuid7="up.born").reads() == (("up", "born"),)
    assert bare.equals(column(read(uuid7="up.born"), UUID, rows, scope=BORN))
    assert bare.equals(column(read(uuid7=None), UUID, rows, scope=BORN, moment=("up", "born")))


def test_a_date_is_a_moment_too_and_a_missing_one_is_none():
    rows = replace(FakeRows.of(2), columns={("day",): pa.array([20_089, 20_090], pa.date32())})
    assert [u.int >> 80 for u in uuids(column(read(uuid7="day"), UUID, rows, scope=BORN))] == [
        JANUARY_2025 // 1000,
        JANUARY_2025 // 1000 + 86_400_000,
    ]
    for bad, message in ((None, "is null"), (-1, "before 1970")):
        rows = replace(FakeRows.of(1), columns={("born",): pa.array([bad], pa.timestamp("us", "UTC"))})
        with pytest.raises(GenerateError, match=message):
            column(read(uuid7="born"), UUID, rows, scope=BORN)


@pytest.mark.parametrize(
    ("written", "pg", "more", "code"),
    [
        ({"uuid4": True}, INT8, {}, Code.WRONG_KIND),
        ({"uuid4": True}, PgType("varchar", length=35), {}, Code.WRONG_KIND),
        ({"uuid7": True}, UUID, {}, Code.NO_MOMENT),
        ({"uuid7": "name"}, UUID, {}, Code.WRONG_KIND),
        ({"uuid7": "borm"}, UUID, {}, Code.UNKNOWN_COLUMN),
        ({"uuid7": "born"}, UUID, {"count": (1 << 37) + 1}, Code.INFEASIBLE),
    ],
    ids=str,
)
def test_uuids_that_cannot_be_made_are_refused(written: dict, pg: PgType, more: dict, code: Code):
    assert refused(read(**written), pg, scope=BORN, **more).code is code


def test_uuids_are_not_switched_off():
    with pytest.raises(ValidationError):
        read(uuid4=False)
