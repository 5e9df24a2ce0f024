"""Arrays as text: what is written for PostgreSQL is what is read from a spec."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions.text_form import render
from engine.generators.literal import literal
from engine.types import PgType

TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=8), max_size=6)


@given(TEXTS, st.sampled_from(["text", "box"]))
def test_an_array_is_read_as_it_is_rendered(values: list[str | None], name: str):
    type_ = PgType(name, array=True)
    column = pa.array([values], pa.list_(pa.string()))

    (written,) = render(column, type_.delimiter).to_pylist()

    assert literal(written, type_, "UTC").as_py() == values
