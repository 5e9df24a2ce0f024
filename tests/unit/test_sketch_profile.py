"""Columns made like the rows that are there, by made-up statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.catalog.model import Column, Table
from engine.catalog.statistics import Statistics
from engine.pgtype import parse_type
from engine.sketch.made import Made
from engine.sketch.popularity import popularity
from engine.sketch.profile import profiled
from engine.sketch.profile_shapes import common_shape
from engine.types import PgType

ROWS = 100_000


def analysed(values: list[Any], nulls: float = 0.0, most: int = 100) -> Statistics:
    """What ANALYZE would find in these values: those that are common, and bounds of the others."""
    texts, counts = np.unique(np.array(values, object).astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    whole = len(texts) <= most
    common = [i for i in order[:most] if counts[i] > 1 and (whole or counts[i] > 1.25 * len(values) / len(texts))]
    rest = sorted(v for v in values if str(v) not in {texts[i] for i in common})
    at = np.linspace(0, len(rest) - 1, min(101, len(rest))).astype(int) if len(rest) > 1 else []
    shares = tuple((str(texts[i]), counts[i] / len(values) * (1 - nulls)) for i in common)
    return Statistics(nulls, float(len(texts)), shares, tuple(str(rest[i]) for i in at))


def made_of(found: Statistics, type_: str = "int4", name: str = "c", *, personal: bool = False) -> Made | None:
    column = Column(name, parse_type(type_), statistics=found)
    return profiled(Table("public", "things", (column,), estimated_rows=ROWS), column, personal)


def said(found: Statistics, type_: str = "int4", **more: Any) -> Any:
    made = made_of(found, type_, **more)
    return None if made is None else made.said


def test_few_values_become_a_choice_by_their_shares() -> None:
    found = Statistics(0.2, 3, (("web", 0.48), ("app", 0.24), ("shop", 0.08)))
    assert said(found, "text") == {"choice": {"web": 60, "app": 30, "shop": 10}}
    assert said(Statistics(0, 2, (("5", 0.75), ("7", 0.25)))) == {"choice": {5: 75, 7: 25}}
    assert said(Statistics(0, 1, (("EUR", 1.0),)), "text") == {"constant": "EUR"}
    assert said(Statistics(0.5, 2, (("t", 0.1), ("f", 0.4))), "bool") == {"bernoulli": "20%"}


def test_not_one_value_of_a_personal_column_stands_in_the_draft() -> None:
    found = Statistics(0, 3, (("Miller", 0.5), ("Smith", 0.3), ("Jones", 0.2)))
    made = made_of(found, "text", name="last_name", personal=True)
    assert made == Made(
        {"faker": "last_name", "pool": 3},
        "a last name, by its name; of its values only their number is known by ANALYZE: 3",
    )
    assert made_of(replace(found, redacted=True), "text", name="x") is None
    assert made_of(found, "int4", name="salary", personal=True) is None


def test_values_that_hardly_repeat_are_not_copied_but_their_form() -> None:
    texts = [f"AB-{n:05}" for n in range(0, 50_000, 97)]
    found = Statistics(0, -1, (), tuple(texts[::5]))
    assert said(found, "text") == {"pattern": "[A-Z]{2}-[0-9]{5}"}
    prose = Statistics(0, -1, (), tuple(f"word {'x' * n} of {n}" for n in range(100)))
    assert said(prose, "text") is None


def test_a_form_is_only_seen_where_all_texts_have_it() -> None:
    assert common_shape([f"a{n}" for n in range(100)]) == "[a-z][0-9]{1,2}"
    assert common_shape([*(f"a{n}" for n in range(100)), "b-1"]) is None
    assert common_shape(["a1", "a2"]) is None


LAWS: list[tuple[str, Callable[[np.random.Generator], Any], str]] = [
    ("lognormal", lambda r: np.round(r.lognormal(np.log(24), 0.7, 30_000), 2), "numeric(12,2)"),
    ("normal", lambda r: np.round(r.normal(100, 15, 30_000), 3), "float8"),
    ("uniform", lambda r: r.integers(1, 50_000, 30_000), "int4"),
    ("exponential", lambda r: np.round(r.exponential(40, 30_000), 3), "float8"),
]


@pytest.mark.parametrize(("law", "draw", "type_"), LAWS)
def test_laws_are_known_by_their_histograms(law: str, draw: Callable[[np.random.Generator], Any], type_: str) -> None:
    values = draw(np.random.default_rng(5)).tolist()
    made = made_of(analysed(values), type_)
    assert made is not None
    assert next(iter(made.said)) == law, made  # type: ignore[call-overload]
    if law == "lognormal":
        assert made.said["lognormal"]["median"] == pytest.approx(24, rel=0.02)  # type: ignore[index]
        assert made.said["lognormal"]["sigma"] == pytest.approx(0.7, rel=0.02)  # type: ignore[index]


def test_what_follows_no_law_is_told_by_its_quantiles() -> None:
    r = np.random.default_rng(3)
    two = np.round(np.concatenate([r.normal(10, 1, 15_000), r.normal(50, 2, 15_000)]), 2).tolist()
    made = made_of(analysed(two), "numeric(8,2)")
    assert made is not None
    edges = made.said["quantiles"]  # type: ignore[index]
    assert edges == sorted(edges)
    assert abs(edges[len(edges) // 2 - 1] - 12) < 3
    zeros = [0] * 9_000 + r.lognormal(3, 1, 21_000).round().astype(int).tolist()
    edges = said(analysed(zeros))["quantiles"]
    assert np.mean(np.array(edges) == 0) == pytest.approx(0.3, abs=0.03)


def test_the_quantiles_draw_what_was_seen() -> None:
    """The table, drawn from, and the values that it was made of differ by little."""
    r = np.random.default_rng(4)
    values = np.concatenate([r.exponential(10, 20_000), r.normal(200, 5, 10_000)]).round(2)
    edges = np.array(said(analysed(values.tolist()), "numeric(10,2)")["quantiles"], float)
    drawn = np.interp(np.linspace(0, 1, 30_000), np.linspace(0, 1, len(edges)), edges)
    grid = np.sort(np.concatenate([drawn, values]))
    off = np.searchsorted(np.sort(drawn), grid) - np.searchsorted(np.sort(values), grid)
    assert np.abs(off).max() / 30_000 < 0.025


def test_days_and_lengths_of_time_have_quantiles_too() -> None:
    days = tuple(f"2025-{month:02}-15" for month in range(1, 12))
    assert said(Statistics(0, -1, (), days), "date") == {"uniform": {"min": "2025-01-15", "max": "2025-11-15"}}
    late = tuple(f"2025-{month:02}-15 12:00:00+00" for month in (1, 9, 10, 11, 12))
    edges = said(Statistics(0, -1, (), late), "timestamptz")["quantiles"]
    assert edges[0].startswith("2025-01-15 12:00:00")
    lengths = tuple(f"00:{minute:02}:00" for minute in (1, 2, 3, 5, 8, 13, 40))
    assert "quantiles" in said(Statistics(0, -1, (), lengths), "interval") or "median" in str(
        said(Statistics(0, -1, (), lengths), "interval")
    )
    assert said(Statistics(0, -1, (), ("-infinity", "infinity")), "timestamptz") is None


def test_without_statistics_nothing_is_known() -> None:
    column = Column("c", PgType("int4"))
    assert profiled(Table("public", "things", (column,), estimated_rows=5), column, personal=False) is None
    found = Statistics(0, 2, (("1", 1.0),))
    empty = Table("public", "things", (replace(column, statistics=found),))
    assert profiled(empty, empty.columns[0], personal=False) is None


@pytest.mark.parametrize("exponent", [0.3, 0.7, 1.0, 1.3])
@pytest.mark.parametrize("rows", [200, 5_000, 100_000])
def test_popularity_is_found_in_the_most_common_keys(exponent: float, rows: int) -> None:
    weights = np.arange(1, rows + 1) ** -exponent
    shares = weights / weights.sum()
    found = Statistics(0, float(rows), tuple((str(n), float(s)) for n, s in enumerate(shares[:100])))
    assert popularity(Column("c", PgType("int8"), statistics=found), rows) == pytest.approx(exponent, abs=0.02)


def test_keys_of_which_none_is_common_are_even() -> None:
    even = Statistics(0, 5_000, (), tuple(str(n) for n in range(0, 5_000, 50)))
    assert popularity(Column("c", PgType("int8"), statistics=even), 5_000) == 0
    assert popularity(Column("c", PgType("int8")), 5_000) is None
