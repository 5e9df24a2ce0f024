"""Laws whose arguments each row makes for itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from engine.errors import GenerateError, SpecError
from engine.generators import AnyGenerator
from engine.types import BOOL, FLOAT8
from tests.rows import YEAR, FakeRows, FakeScope, context

READER = TypeAdapter(AnyGenerator)
ROWS = 40_000
BASE = np.linspace(1.0, 9.0, ROWS)
SCOPE = FakeScope({("base",): FLOAT8})


def drawn(column: dict, type_=FLOAT8, **columns) -> np.ndarray:
    rows = FakeRows.of(ROWS, **(columns or {"base": pa.array(BASE)}))
    made = READER.validate_python(column).compile(context(type_, scope=SCOPE)).values(rows)
    return made.to_numpy(zero_copy_only=False)


@pytest.mark.parametrize(
    ("column", "alike"),
    [
        ({"normal": {"mean": {"expr": "base"}, "sd": 0.5}}, {"normal": {"mean": 0, "sd": 0.5}}),
        ({"normal": {"mean": 3, "sd": {"expr": "base"}}}, {"normal": {"mean": 3, "sd": 1}}),
        ({"lognormal": {"median": {"expr": "base"}, "sigma": 0.7}}, {"lognormal": {"median": 1, "sigma": 0.7}}),
        ({"lognormal": {"mean": {"expr": "base"}, "sigma": 0.7}}, {"lognormal": {"mean": 1, "sigma": 0.7}}),
        ({"exponential": {"mean": {"expr": "base"}}}, {"exponential": {"mean": 1}}),
        ({"uniform": {"min": 0, "max": {"expr": "base"}}}, {"uniform": {"min": 0.0, "max": 1.0}}),
    ],
    ids=str,
)
def test_a_row_draws_from_the_law_that_its_columns_make(column: dict, alike: dict):
    """The same draw as a law with constants, moved and stretched: the stream is the column's."""
    kind = next(iter(column))
    plain = drawn(alike)
    middle = 3 if column.get("normal", {}).get("mean") == 3 else 0
    wanted = plain + BASE if kind == "normal" and middle == 0 else (plain - middle) * BASE + middle
    np.testing.assert_allclose(drawn(column), wanted, rtol=1e-12, atol=1e-12)


def test_a_chance_that_differs_by_row():
    found = drawn({"bernoulli": {"p": {"expr": "base / 10"}}}, BOOL)
    assert abs(found[: ROWS // 2].mean() - 0.3) < 0.01
    assert abs(found[ROWS // 2 :].mean() - 0.7) < 0.01


def test_a_null_argument_makes_null():
    holes = pa.array(BASE, mask=np.arange(ROWS) % 3 == 0)
    found = drawn({"normal": {"mean": {"expr": "base"}, "sd": 1}}, base=holes)
    assert np.isnan(found[::3]).all()
    assert not np.isnan(found[1::3]).any()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"normal": {"mean": 1, "sd": {"expr": "base - 5"}}}, "sd is -4 in a row; it must be above 0"),
        ({"bernoulli": {"p": {"expr": "base"}}}, "p is 1.0002 in a row; it must be between 0 and 1"),
        ({"lognormal": {"median": {"expr": "base - 1"}, "sigma": 1}}, "median is 0 in a row; it must be above 0"),
        ({"uniform": {"min": 5, "max": {"expr": "base"}}}, "in a row 'min' is above 'max'"),
    ],
    ids=str,
)
def test_arguments_that_make_no_law_end_the_run(column: dict, said: str):
    with pytest.raises(GenerateError, match=said):
        drawn(column, BOOL if "bernoulli" in column else FLOAT8)


def test_a_law_for_all_rows_has_no_arguments_of_the_row():
    law = READER.validate_python({"exponential": {"mean": {"expr": "base"}}})
    with pytest.raises(SpecError, match="'mean' is made from the row, and here one law must do for all rows"):
        law.law(YEAR)


def test_nothing_but_an_expression_stands_in_for_an_argument():
    with pytest.raises(ValidationError, match=r"an argument is a quantity, or \{expr: …\} over the row"):
        READER.validate_python({"normal": {"mean": {"exprs": "base"}, "sd": 1}})
