"""EXCLUDE in drafts: what may not overlap lies one after the other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from engine.catalog.model import Column, Exclusion
from engine.pgtype import parse_type
from tests.drafts import drafted, rules
from tests.worlds import table


def booked(*columns: str, by: str, **more: Any) -> Any:
    world = table("booked", "id int8", "room int8", *columns)
    read = tuple(c.name for c in world.columns if c.name in by or c.name == "room")
    return rules(world, exclusions=(Exclusion("apart", (("room", "="), (by, "&&")), read),), **more)


@pytest.mark.parametrize(
    ("type_", "by"),
    [
        ("timestamptz", "tstzrange(low, high)"),
        ("timestamptz", "tstzrange(low, high, '[]'::text)"),
        ("timestamp", "tsrange(low, high)"),
        ("date", "daterange(low, high, '[]'::text)"),
        ("int4", "int4range(low, high)"),
        ("int8", "int8range((low)::bigint, (high)::bigint, '[]'::text)"),
        ("numeric(8,2)", "numrange(low, high)"),
    ],
)
def test_two_columns_that_are_the_ends_of_a_range_lie_one_after_the_other(type_: str, by: str):
    if "::bigint" in by:
        by = by.replace("(low)", "low").replace("(high)", "high")
    draft = drafted(booked(f"low {type_}", f"high {type_}", by=by))
    rows = sorted((row["low"], row["high"]) for row in draft.rows["booked"])
    assert len(rows) == draft.entities["booked"]["count"] == 100
    assert all(low < high for low, high in rows)
    assert all(before[1] < after[0] for before, after in pairwise(rows))


def test_ends_that_may_be_null_never_are():
    draft = drafted(booked("low date null", "high date null", by="daterange(low, high)"))
    assert all(row["low"] and row["high"] for row in draft.rows["booked"])


def span(name: str, *, null: bool = False) -> Column:
    return Column(name, replace(parse_type("tstzrange"), subtype=parse_type("timestamptz")), nullable=null)


def test_a_range_is_made_without_overlaps():
    world = booked(by="during")
    column = span("during", null=True)
    world = replace(world, columns=(*world.columns, column))
    draft = drafted(world)
    assert draft.columns("booked")["during"] == {"arbitrary": {"disjoint": True}}
    rows = [row["during"] for row in draft.rows["booked"]]
    assert None not in rows
    assert len(set(rows)) == 100


def test_one_element_that_is_kept_apart_is_enough():
    world = booked("shape circle", "low int4", "high int4", by="int4range(low, high)")
    two = Exclusion("apart", (("shape", "&&"), ("int4range(low, high)", "&&")), ("shape", "low", "high"))
    draft = drafted(replace(world, exclusions=(two,)))
    assert draft.entities["booked"]["count"] == 100
    assert draft.columns("booked")["low"] == {"sequence": {"start": 1, "step": 10}}


def test_what_is_not_understood_is_null_where_it_may_be():
    draft = drafted(booked("shape circle null", by="shape"))
    assert draft.columns("booked")["shape"] is None
    assert draft.entities["booked"]["count"] == 100
    assert "# so that apart excludes nothing" in draft.text


def test_and_else_there_is_one_row():
    draft = drafted(booked("shape circle", by="shape"))
    assert draft.entities["booked"]["count"] == 1
    assert "# exclusion constraint apart is not understood, so there is one row" in draft.text
