"""Draws of laws as columns: rounded exactly, refused where they do not fit, the same for any rows."""

from __future__ import annotations

import pickle
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from scipy import stats

from engine.errors import Code, GenerateError, SpecError
from engine.generators import AnyGenerator
from engine.generators.base import Generator
from engine.generators.result import Result
from engine.types import (
    BOOL,
    DATE,
    DAY,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    PgType,
    numeric,
    value_type,
)
from engine.units import zone
from tests.rows import JANUARY_2025, YEAR, FakeRows, FakeScope, context

READER: TypeAdapter[Generator] = TypeAdapter(AnyGenerator)
ROWS = FakeRows.of(20_000)
FLOAT4, NUMERIC = PgType("float4"), PgType("numeric")


def read(written: dict[str, Any]) -> Generator:
    return READER.validate_python(written)


def column(written: dict[str, Any], pg: PgType, rows: FakeRows = ROWS, **more: Any) -> pa.Array:
    return read(written).compile(context(pg, **more)).values(rows)


def refused(written: dict[str, Any], pg: PgType, **more: Any) -> Any:
    with pytest.raises(SpecError) as error:
        read(written).compile(context(pg, **more))
    (said,) = error.value.diagnostics
    assert said.message
    return said


PRICE = {"lognormal": {"median": 24, "sigma": 0.7}, "min": 1.99, "max": 900}
EVERY = [
    ({"normal": {"mean": 100, "sd": 9}}, INT2),
    ({"normal": {"mean": 100, "sd": 9}}, INT4),
    ({"normal": {"mean": 1e12, "sd": 1e9}}, INT8),
    ({"normal": {"mean": 100, "sd": 9}}, FLOAT4),
    ({"normal": {"mean": 100, "sd": 9}}, FLOAT8),
    (PRICE, numeric(12, 2)),
    (PRICE, numeric(38, 20)),
    (PRICE, NUMERIC),
    (PRICE | {"round": 1}, NUMERIC),
    ({"poisson": 4}, INT4),
    ({"zipf": {"exponent": 1, "n": 10**6}}, INT8),
    ({"bernoulli": "30%"}, BOOL),
    ({"bernoulli": "30%"}, INT2),
    ({"bernoulli": "30%"}, numeric(3, 1)),
    ({"gamma": {"shape": 2, "mean": "3d"}}, INTERVAL),
    ({"exponential": "1h", "max": "23h"}, TIME),
    ({"normal": {"mean": "2025-06-01", "sd": "3d"}}, TIMESTAMPTZ),
    ({"normal": {"mean": "2025-06-01", "sd": "3d"}}, TIMESTAMP),
    ({"normal": {"mean": "2025-06-01", "sd": "3d"}}, DATE),
    ({"uniform": {"min": 1, "max": 6}}, INT2),
    ({"uniform": {"min": 1, "max": 6}}, PgType("oid")),
    ({"uniform": {"min": -1, "max": 1}}, FLOAT4),
    ({"uniform": {"min": 0.01, "max": 9.99}}, numeric(5, 2)),
    ({"uniform": {"min": "1h", "max": "2h"}}, INTERVAL),
    ({"uniform": {"min": "9h", "max": "17h"}}, TIME),
    ({"uniform": {"min": "2025-01-01", "max": "2025-12-31"}}, DATE),
    ({"uniform": {"min": "2025-01-01", "max": "2025-12-31"}}, TIMESTAMPTZ),
    ({"choice": ["a", "b"]}, TEXT),
    ({"choice": {"1": 3, "2": 1}}, INT4),
]


@pytest.mark.parametrize(("written", "pg"), EVERY, ids=str)
def test_any_rows_in_any_order_hold_what_they_hold_among_all(written: dict, pg: PgType):
    kernel = pickle.loads(pickle.dumps(read(written).compile(context(pg))))
    whole = kernel.values(ROWS)
    some = np.array([19_999, 0, 8192, 77, 77], np.int64)
    assert whole.type == value_type(pg)
    assert whole.null_count == 0
    assert kernel.values(ROWS.subset(some)).equals(whole.take(pa.array(some)))
    assert kernel.values(ROWS.subset(some[:0])).type == value_type(pg)


@pytest.mark.parametrize(("written", "pg"), EVERY, ids=str)
def test_values_depend_on_the_column_and_the_seed(written: dict, pg: PgType):
    assert not column(written, pg).equals(column(written, pg, seed=2))


def test_integers_are_the_nearest_and_decimals_are_rounded_half_away():
    exact = column({"normal": {"mean": 0, "sd": 50}}, FLOAT8).to_pylist()
    wanted = [int(Decimal(x).quantize(Decimal(1), ROUND_HALF_UP)) for x in exact]
    assert column({"normal": {"mean": 0, "sd": 50}}, INT4).to_pylist() == wanted
    cents = [Decimal(x).quantize(Decimal("0.01"), ROUND_HALF_UP) for x in exact]
    assert column({"normal": {"mean": 0, "sd": 50}}, numeric(12, 2)).to_pylist() == cents
    assert column({"normal": {"mean": 0, "sd": 50}, "round": 2}, FLOAT8).to_pylist() == [float(c) for c in cents]
    tens = column({"normal": {"mean": 0, "sd": 50}, "round": 1}, numeric(12, 4)).to_pylist()
    assert tens == [Decimal(x).quantize(Decimal("0.1"), ROUND_HALF_UP).quantize(Decimal("0.0001")) for x in exact]


def test_dates_of_a_law_are_the_days_that_its_moments_fall_on():
    law = {"normal": {"mean": "2025-06-01 12:00", "sd": "3d"}}
    moments = column(law, TIMESTAMP).cast(pa.int64()).to_numpy()
    assert (column(law, DATE).cast(pa.int32()).to_numpy() == moments // DAY).all()


def test_moments_are_read_in_the_scenarios_zone_but_for_wall_clock_columns():
    new_york = YEAR.__class__(YEAR.start, YEAR.end, "America/New_York")
    at = {"uniform": {"min": "2025-07-01", "max": "2025-07-01"}}
    july = int(JANUARY_2025 + 181 * DAY)
    instant = column(at, TIMESTAMPTZ, window=new_york).cast(pa.int64())[0].as_py()
    assert instant == july + 4 * 3600 * 1_000_000
    assert zone("America/New_York")
    assert column(at, TIMESTAMP, window=new_york).cast(pa.int64())[0].as_py() == july
    assert column(at, DATE, window=new_york)[0].as_py().isoformat() == "2025-07-01"


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 9e14, -1.5, 12345678901234.567, 9.3e17, -9.3e17, 1.7e25, -1.7e25, 2.0**70]
)
def test_decimals_of_any_size_are_exact(value: float):
    with localcontext(prec=60):
        tenths = Result(numeric(38, 10), "t.c").floats(np.array([value, 1.0]))
        assert tenths.to_pylist() == [Decimal(value * 10.0**10) / 10**10, Decimal(1)]
        cents = Result(numeric(38, 10), "t.c", 2).floats(np.array([value]))
        assert cents.to_pylist() == [Decimal(value * 100).quantize(Decimal(1), ROUND_HALF_UP) / 100]


@pytest.mark.parametrize(
    ("pg", "value", "side"),
    [
        (INT2, 32_767.5, "max"),
        (INT4, -2_147_483_648.6, "min"),
        (INT8, 2.0**63, "max"),
        (INT8, np.inf, "max"),
        (numeric(6, 2), 9999.996, "max"),
        (numeric(6, 2), -10_000.0, "min"),
        (NUMERIC, 1e29, "max"),
        (FLOAT4, 1e39, "max"),
        (FLOAT8, np.inf, "max"),
        (DATE, 2.0**32 * DAY, "max"),
        (TIME, float(DAY), "max"),
        (TIMESTAMPTZ, -3e17, "min"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_names_the_column_and_the_remedy(pg: PgType, value: float, side: str):
    with pytest.raises(GenerateError, match=rf"orders\.total: .* does not fit .*; give its law a `{side}:`"):
        Result(pg, "orders.total").floats(np.array([1.0, value]))


@pytest.mark.parametrize("pg", [INT2, INT4, INT8, numeric(6, 2), numeric(18, 0), FLOAT4, DATE, TIME], ids=str)
def test_the_largest_and_smallest_values_fit(pg: PgType):
    ends = {"int2": 2.0**15 - 1, "int4": 2.0**31 - 1, "int8": 2.0**62, "float4": 3.4e38, "time": 86_399_999_999.0}
    top = {"numeric(6,2)": 9999.99, "numeric(18,0)": 1e17}.get(str(pg), ends.get(pg.name, 1e17))
    assert Result(pg, "t.c").floats(np.array([top])).null_count == 0


@pytest.mark.parametrize(
    ("written", "pg", "code"),
    [
        ({"normal": {"mean": 1, "sd": 1}}, TEXT, Code.WRONG_KIND),
        ({"normal": {"mean": 1, "sd": 1}}, BOOL, Code.WRONG_KIND),
        ({"normal": {"mean": 1, "sd": 1}}, UUID, Code.WRONG_KIND),
        ({"normal": {"mean": 1, "sd": 1}}, TIMESTAMPTZ, Code.WRONG_KIND),
        ({"normal": {"mean": 1, "sd": 1}}, PgType("int4", array=True), Code.WRONG_KIND),
        ({"exponential": "4h"}, INT4, Code.WRONG_KIND),
        ({"exponential": "4h"}, DATE, Code.WRONG_KIND),
        ({"uniform": {"min": "2025-01-01", "max": "2025-02-01"}}, INTERVAL, Code.WRONG_KIND),
        ({"bernoulli": 0.5}, TEXT, Code.WRONG_KIND),
        ({"exponential": "4h", "round": 2}, INTERVAL, Code.CONFLICT),
        ({"uniform": {"min": 0, "max": 40_000}}, INT2, Code.OUT_OF_RANGE),
        ({"uniform": {"min": 0, "max": 10_000}}, numeric(6, 2), Code.OUT_OF_RANGE),
        ({"zipf": {"exponent": 1, "n": 40_000}}, INT2, Code.OUT_OF_RANGE),
        ({"normal": {"mean": 1, "sd": 1}, "max": 1e6}, INT2, Code.OUT_OF_RANGE),
        ({"beta": {"alpha": 1, "beta": 1, "high": 1e5}}, numeric(6, 2), Code.OUT_OF_RANGE),
        ({"exponential": "4h", "max": "25h"}, TIME, Code.OUT_OF_RANGE),
        ({"uniform": {"min": 0.2, "max": 0.8}}, INT4, Code.INFEASIBLE),
        ({"uniform": {"min": 0, "max": 10}, "min": 11}, INT4, Code.INFEASIBLE),
        ({"uniform": {"min": 0, "max": 1e29}}, NUMERIC, Code.OUT_OF_RANGE),
    ],
    ids=str,
)
def test_a_column_that_cannot_hold_the_law_is_refused_at_compile_time(written: dict, pg: PgType, code: Code):
    assert refused(written, pg).code is code


def test_a_law_without_end_is_refused_only_by_the_value_that_does_not_fit():
    assert column({"normal": {"mean": 0, "sd": 1000}}, INT2).type == pa.int16()
    with pytest.raises(GenerateError, match=r"things\.value: .* does not fit int2"):
        column({"normal": {"mean": 0, "sd": 20_000}}, INT2)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({"normal": {"mean": 1, "sd": 1}}, FLOAT8),
        ({"normal": {"mean": 1, "sd": 1}, "round": 2}, numeric(18, 2)),
        ({"normal": {"mean": 1, "sd": 1}, "round": 0}, INT8),
        ({"exponential": "4h"}, INTERVAL),
        ({"uniform": {"min": "2025-01-01", "max": "2025-01-02"}}, TIMESTAMPTZ),
        ({"uniform": {"min": 1, "max": 6}}, INT8),
        ({"uniform": {"min": 1, "max": 6}, "round": 2}, numeric(18, 2)),
        ({"uniform": {"min": 1, "max": 6.0}}, FLOAT8),
        ({"poisson": 3}, INT8),
        ({"zipf": {"exponent": 1, "n": 3}}, INT8),
        ({"bernoulli": 0.5}, BOOL),
    ],
    ids=str,
)
def test_a_hidden_column_takes_the_type_of_its_law(written: dict, wanted: PgType):
    assert read(written).result(FakeScope()) == wanted
    assert column(written, wanted).type == value_type(wanted)


# --- equally likely values ---


def counts(column_: pa.Array) -> np.ndarray:
    return np.array([v["counts"] for v in column_.value_counts().to_pylist()])


@pytest.mark.parametrize(
    ("written", "pg", "values"),
    [
        ({"uniform": {"min": 1, "max": 6}}, INT4, 6),
        ({"uniform": {"min": -3, "max": 3}}, INT2, 7),
        ({"uniform": {"min": 0.5, "max": 6.5}}, INT4, 6),
        ({"uniform": {"min": 1.99, "max": 2.05}}, numeric(8, 2), 7),
        ({"uniform": {"min": 0, "max": 1}, "round": 1}, numeric(8, 2), 11),
        ({"uniform": {"min": 0, "max": 10}, "min": 4, "max": 20}, INT8, 7),
        ({"uniform": {"min": "2024-02-27", "max": "2024-03-02"}}, DATE, 5),
        ({"uniform": {"min": "0us", "max": "9us"}}, INTERVAL, 10),
        ({"uniform": {"min": "2025-01-01T00:00:00", "max": "2025-01-01T00:00:00.000010"}}, TIMESTAMPTZ, 10),
    ],
    ids=str,
)
def test_every_value_from_end_to_end_is_equally_likely(written: dict, pg: PgType, values: int):
    found = counts(column(written, pg))
    assert len(found) == values
    assert stats.chisquare(found).pvalue > 1e-3


@pytest.mark.parametrize(("high", "places"), [(10**9, None), (1e25, None), (1e25, 2), (1, None)])
@pytest.mark.parametrize("pg", [NUMERIC, numeric(38, 12), numeric(38, 0)], ids=str)
def test_decimals_of_more_than_18_digits_are_drawn_as_doubles(pg: PgType, high: float, places: int | None):
    made = column({"uniform": {"min": 0, "max": high}, "round": places}, pg).cast(pa.float64()).to_numpy()
    assert made.min() >= 0
    assert made.max() <= high
    assert made.mean() == pytest.approx(high / 2, rel=0.02)


def test_wide_spans_of_time_use_every_microsecond():
    micros = column({"uniform": {"min": "1900-01-01", "max": "2100-01-01"}}, TIMESTAMPTZ).cast(pa.int64()).to_numpy()
    assert stats.kstest((micros - micros.min()) / (micros.max() - micros.min()), "uniform").pvalue > 1e-3
    assert stats.chisquare(np.bincount(micros % 7)).pvalue > 1e-3


@pytest.mark.parametrize(
    ("written", "pg"),
    [
        ({"uniform": {"min": 1, "max": 20_000}}, INT4),
        ({"uniform": {"min": 1, "max": 10**9}}, INT4),
        ({"uniform": {"min": 0.00, "max": 200.00}}, numeric(8, 2)),
        ({"uniform": {"min": "1950-01-01", "max": "2024-12-31"}}, DATE),
        ({"uniform": {"min": "2025-01-01", "max": "2025-01-02"}}, TIMESTAMPTZ),
    ],
    ids=str,
)
def test_unique_values_come_once_and_more_rows_only_continue_them(written: dict, pg: PgType):
    made = column(written, pg, unique=True, count=20_000)
    assert len(made.unique()) == 20_000
    fewer = column(written, pg, FakeRows.of(500), unique=True, count=500)
    assert fewer.equals(made[:500])
    assert made.cast(pa.string()).to_pylist() != sorted(made.cast(pa.string()).to_pylist())


@pytest.mark.parametrize(
    ("written", "pg", "count", "code"),
    [
        ({"uniform": {"min": 1, "max": 999}}, INT4, 1000, Code.INFEASIBLE),
        ({"uniform": {"min": "2025-01-01", "max": "2025-12-31"}}, DATE, 366, Code.INFEASIBLE),
        ({"uniform": {"min": 1, "max": 2000}}, INT4, None, Code.NOT_UNIQUE),
        ({"uniform": {"min": 1, "max": 2000}}, FLOAT8, 10, Code.NOT_UNIQUE),
        ({"normal": {"mean": 1, "sd": 1}}, INT4, 10, Code.NOT_UNIQUE),
        ({"bernoulli": 0.5}, BOOL, 2, Code.NOT_UNIQUE),
    ],
    ids=str,
)
def test_unique_values_that_cannot_be_promised_are_refused(written: dict, pg: PgType, count: int | None, code: Code):
    said = refused(written, pg, count=count, unique=True)
    assert said.code is code
    assert said.hint
    assert code is not Code.INFEASIBLE or str(count) in said.message
