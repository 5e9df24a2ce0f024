"""Arrow columns as numpy sees them, beside what Arrow's own kernels say."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.views import fixed, micros_of, truth_of
from engine.views import mask_of as mask

CUTS = st.tuples(st.integers(0, 20), st.integers(0, 20))


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=40), CUTS)
def test_words_and_masks_are_those_that_arrow_shows(values: list[int | None], cut: tuple[int, int]) -> None:
    column = pa.array(values, pa.int64()).slice(*cut)
    told = column.to_pylist()
    nulls = mask(column)
    assert (nulls.tolist() if nulls is not None else [False] * len(told)) == [v is None for v in told]
    assert (nulls is None) == (None not in told)
    assert micros_of(column).tolist() == [0 if v is None else v for v in told]
    assert [int(w) for w, v in zip(fixed(column, "<i8"), told, strict=True) if v is not None] == [
        v for v in told if v is not None
    ]


@given(st.lists(st.none() | st.booleans(), max_size=40), CUTS)
def test_a_truth_is_false_where_it_is_null(values: list[bool | None], cut: tuple[int, int]) -> None:
    column = pa.array(values, pa.bool_()).slice(*cut)
    assert truth_of(column).tolist() == [v is True for v in column.to_pylist()]


@pytest.mark.parametrize("column", [pa.nulls(3), pa.nulls(3, pa.string()), pa.array([None, "a"]).dictionary_encode()])
def test_masks_of_columns_of_every_make(column: pa.Array) -> None:
    nulls = mask(column)
    assert nulls is not None
    assert nulls.tolist() == [v is None for v in column.to_pylist()]


def test_a_view_is_not_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        fixed(pa.array([1, 2]), "<i8")[0] = np.int64(3)
