"""Whatever a CHECK leaves of a column, what is made of it keeps to that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.catalog.model import Column, Table
from engine.pgtype import parse_type
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.allowed import allows
from engine.sketch.checks.facts import Like, Matches
from engine.sketch.fit import fit
from engine.sketch.guess import guess
from engine.sketch.keeps import keeps
from engine.sketch.made import Made
from engine.sketch.plain import plain
from tests.worlds import catalog, plan_of, rows_of

WINDOW = ("2025-01-01", "2026-01-01")
NUMBERS = st.sampled_from(["int2", "int4", "int8", "numeric(6,2)", "numeric(12,4)", "numeric", "float8", "float4"])
NAMES = st.sampled_from(
    ["price", "age", "quantity", "rating", "score", "foo", "balance", "year", "discount", "latitude"]
)
TEXTS = st.sampled_from(["text", "varchar(40)", "varchar(12)", "varchar(6)", "varchar(3)"])
TEXT_NAMES = st.sampled_from(["name", "email", "code", "status", "title", "foo", "city", "slug", "country_code", "url"])
REGEXES = ("^[A-Z]+$", "^[a-z0-9_]{2,}$", "[0-9]", "^[^ ]+$", r"^\d{2,4}(-\d+)?$", "^(a|b|c)+$", "^.+@.+$")
LIKES = ("%@%", "A%", "%-%", "__%", "%9")


def values_of(column: Column, made: Made) -> list[Any]:
    """Values of the column, made as the draft says."""
    story = {
        "scenario": "fitted",
        "window": {"start": WINDOW[0], "end": WINDOW[1]},
        "entities": {"things": {"table": "things", "count": 80, "columns": {"id": {"sequence": 1}, "c": made.said}}},
    }
    world = Table("public", "things", (Column("id", parse_type("int8")), column), ("id",))
    rows = rows_of(plan_of(yaml.safe_dump(story, allow_unicode=True), catalog(world)))["things"]
    found: list[Any] = rows["c"].to_pylist()
    return found


def fitted(name: str, type_: str, facts: ColumnFacts) -> tuple[Column, Made | None]:
    named = Column(name, parse_type(type_), nullable=False)
    wanted = guess(Table("public", "things", (named,)), named) or plain(named, WINDOW)
    column = Column("c", named.type, nullable=False)
    return column, fit(column, wanted, facts)


@settings(max_examples=150, deadline=None)
@given(
    NAMES,
    NUMBERS,
    st.none() | st.integers(-500, 2_000),
    st.none() | st.integers(0, 3_000),
    st.booleans(),
    st.lists(st.integers(-10, 50), max_size=3),
    st.none() | st.sampled_from([2, 5, 25, 100]),
)
def test_numbers_keep_to_what_is_left_of_them(
    name: str, type_: str, low: int | None, width: int | None, strict: bool, holes: list[int], step: int | None
) -> None:
    high = None if width is None else (low or 0) + width
    assume(low is None or high is None or high - low > 1)
    facts = ColumnFacts(
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        low_strict=strict and "int" not in type_ and low is not None,
        none_of=tuple(Decimal(hole) for hole in holes),
        multiple_of=None if step is None else Decimal(step),
    )
    column, made = fitted(name, type_, facts)
    if made is None:
        assert step is not None or holes, "only steps and holes may leave nothing that we would know"
        return
    for value in values_of(column, made):
        assert allows(facts, Decimal(str(value)), column.type), (made, value)


@settings(max_examples=200, deadline=None)
@given(
    TEXT_NAMES,
    TEXTS,
    st.none() | st.integers(1, 8),
    st.none() | st.integers(3, 30),
    st.none() | st.sampled_from(["upper", "lower"]),
    st.none() | st.sampled_from(REGEXES),
    st.none() | st.sampled_from(LIKES),
    st.booleans(),
)
def test_texts_keep_to_what_is_left_of_them(
    name: str,
    type_: str,
    least: int | None,
    most: int | None,
    case: str | None,
    regex: str | None,
    like: str | None,
    negated: bool,
) -> None:
    facts = ColumnFacts(
        min_length=least,
        max_length=most,
        case=case,
        regexes=() if regex is None else (Matches("c", regex),),
        likes=() if like is None else (Like("c", like, negated=negated),),
        none_of=("",),
        trimmed=True,
    )
    column, made = fitted(name, type_, facts)
    if made is None:
        assert regex or like or least or (most or 99) < 3
        return
    for value in values_of(column, made):
        assert keeps(value, column, facts), (made, value)
