"""Every guess compiles for every type that it is made for, and makes nothing that the type cannot hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog.model import Column, Table
from engine.pgtype import parse_type
from engine.sketch.guess import guess
from engine.sketch.guesses import Guess, guesses
from engine.sketch.made import Made
from engine.sketch.plain import plain
from tests.worlds import catalog, plan_of, rows_of

TYPES = (
    "text", "varchar(255)", "varchar(40)", "varchar(20)", "varchar(10)", "varchar(5)", "varchar(3)", "varchar(2)",
    "varchar(1)", "bpchar(1)", "bpchar(2)", "bpchar(3)", "bpchar(10)", "citext", "name", "int2", "int4", "int8",
    "numeric", "numeric(3,2)", "numeric(4,4)", "numeric(5,0)", "numeric(10,2)", "numeric(20,6)", "float4", "float8",
    "bool", "date", "timestamp", "timestamptz", "time", "interval", "uuid", "inet", "macaddr", "jsonb", "bytea",
    "int4range", "text[]",
)  # fmt: skip
WINDOW = ("2025-11-01", "2025-12-01")


def rows_by(made: dict[str, Made], world: Table, count: int = 60) -> Any:
    """Rows of a table whose columns are made so; pools are small, since only what is in them matters."""
    columns = {name: _small(one.said) for name, one in made.items()}
    story = {
        "scenario": "guessed",
        "window": {"start": WINDOW[0], "end": WINDOW[1]},
        "entities": {"things": {"table": "things", "count": count, "columns": columns}},
    }
    return rows_of(plan_of(yaml.safe_dump(story, sort_keys=False, allow_unicode=True), catalog(world)))["things"]


def _small(said: object) -> object:
    return {**said, "pool": said.get("pool", 40)} if isinstance(said, dict) and "faker" in said else said


def require_fit(world: Table, rows: Any) -> None:
    for column in world.columns:
        if column.name not in rows.column_names:
            continue
        values = [v for v in rows[column.name].to_pylist() if v is not None]
        assert values
        pg = column.type
        if pg.length is not None and not pg.array:
            assert all(len(v) <= pg.length for v in values), (column, max(values, key=len))
        if pg.name == "numeric" and pg.precision is not None:
            top = Decimal(10) ** (pg.precision - (pg.scale or 0))
            assert all(abs(v) < top for v in values), column
        if pg.labels:
            assert set(values) <= set(pg.labels)


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "es_ES", "ja_JP"])
@pytest.mark.parametrize("type_", TYPES)
def test_every_guess_makes_values_of_every_type(type_: str, locale: str) -> None:
    if locale != "en_US" and type_ not in ("text", "varchar(20)", "varchar(5)"):
        return  # only texts depend on the locale
    columns = [Column("id", parse_type("int8"), nullable=False)]
    made: dict[str, Made] = {"id": Made({"sequence": 1})}
    for number, one in enumerate(dict.fromkeys((g.names[0], min(g.within, default="")) for g in _all())):
        name, within = one
        column = Column(f"{within}_{name}" if within else name, parse_type(type_), nullable=False)
        found = guess(Table("public", "things", (column,)), column, locale)
        if found is not None:
            named = replace(column, name=f"c{number}")
            columns.append(named)
            made[named.name] = found
    world = Table("public", "things", tuple(columns), ("id",))
    require_fit(world, rows_by(made, world))


def _all() -> list[Guess]:
    seen: dict[int, Guess] = {}
    for found in guesses().by_name.values():
        for one in found:
            seen[id(one)] = one
    return list(seen.values())


def test_most_guesses_are_used_by_some_type() -> None:
    """A guess that no column could ever get would be a line for nothing."""
    unused = []
    for one in _all():
        within = min(one.within, default="")
        name = f"{within}_{one.names[0]}" if within else one.names[0]
        columns = [Column(name, parse_type(type_)) for type_ in TYPES]
        found = [guess(Table("public", "things", (c,)), c) for c in columns]
        if not any(made is not None and made.why.startswith(one.says) for made in found):
            unused.append((one.says, one.names[0]))
    assert unused == []


LENGTHS = st.integers(1, 255).map(lambda n: f"varchar({n})")
NUMBERS = (
    st.tuples(st.integers(1, 30), st.integers(0, 30))
    .filter(lambda t: t[1] <= t[0])
    .map(lambda t: f"numeric({t[0]},{t[1]})")
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(guesses().by_name)), st.one_of(LENGTHS, NUMBERS, st.sampled_from(TYPES)))
def test_no_name_and_no_size_makes_what_does_not_fit(name: str, type_: str) -> None:
    column = Column(name, parse_type(type_), nullable=False)
    world = Table("public", "things", (Column("id", parse_type("int8")), replace(column, name="c")), ("id",))
    for found in (guess(world, column), plain(column, WINDOW)):
        if found is not None:
            require_fit(world, rows_by({"id": Made({"sequence": 1}), "c": found}, world, 30))


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_is_made_by_itself(type_: str) -> None:
    column = Column("c", parse_type(type_), nullable=False)
    world = Table("public", "things", (Column("id", parse_type("int8")), column), ("id",))
    found = plain(column, WINDOW)
    assert found is not None
    require_fit(world, rows_by({"id": Made({"sequence": 1}), "c": found}, world))
