"""Columns that go together: as much as was asked, and each with the law it says."""

from __future__ import annotations

from math import asin, pi

import numpy as np
import pytest

from engine.maths import ndtr, ndtr_all
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table(
        "people",
        "id int8",
        "height float8",
        "weight float8",
        "age int4",
        "income numeric(12,2)",
        "size text",
        "plain float8",
    )
)
STORY = """
scenario: correlated
seed: 11
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  people:
    table: people
    count: 60_000
    CORRELATIONS
    columns:
      id: {sequence: 1}
      height: {normal: {mean: 170, sd: 8}}
      weight: {lognormal: {median: 72, sigma: 0.2}}
      age: {uniform: {min: 18, max: 80}}
      income: {lognormal: {median: 3_000, sigma: 0.5}, min: 500, max: 20_000, round: 2}
      size: {choice: {S: 30, M: 40, L: 30}}
      plain: {normal: {mean: 0, sd: 1}}
"""
MATRIX = "[[1, 0.7, 0.5], [0.7, 1, 0.8], [0.5, 0.8, 1]]"
BODY, LIFE = f"{{columns: [height, weight, size], matrix: {MATRIX}}}", "{columns: [age, income], r: -0.4}"
GROUP = f"correlations: {{body: {BODY}, life: {LIFE}}}"


def made(group: str, **how: int) -> dict[str, np.ndarray]:
    rows = rows_of(plan_of(STORY.replace("CORRELATIONS", group), TABLES), **how)["people"]
    return {name: np.array(rows[name].to_pylist()) for name in rows.column_names}


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values, kind="stable")).astype(float)


@pytest.fixture(scope="module")
def together() -> dict[str, np.ndarray]:
    return made(GROUP)


@pytest.fixture(scope="module")
def alone() -> dict[str, np.ndarray]:
    return made("")


@pytest.mark.parametrize(
    ("one", "other", "r"), [("height", "weight", 0.7), ("age", "income", -0.4), ("height", "age", 0.0)]
)
def test_ranks_go_together_as_a_gaussian_copula_has_it(together, one: str, other: str, r: float):
    """Spearman's rho of a Gaussian copula is 6/π · asin(r/2) (Kruskal, JASA 53, 1958)."""
    found = np.corrcoef(ranks(together[one]), ranks(together[other].astype(float)))[0, 1]
    assert abs(found - 6 / pi * asin(r / 2)) < 0.015


def test_two_normal_columns_have_the_coefficient_itself(together):
    assert abs(np.corrcoef(together["height"], np.log(together["weight"]))[0, 1] - 0.7) < 0.01


def test_a_choice_goes_with_a_number(together):
    heights = [together["height"][together["size"] == size].mean() for size in ("S", "M", "L")]
    assert heights[0] + 4 < heights[1] < heights[2] - 4


@pytest.mark.parametrize("column", ["height", "weight", "age", "income"])
def test_a_column_keeps_its_law(together, alone, column: str):
    """Two samples of 60,000: the distance of Kolmogorov and Smirnov stays below its value at one in a million."""
    a, b = np.sort(together[column].astype(float)), np.sort(alone[column].astype(float))
    steps = np.concatenate((a, b))
    distance = np.abs(np.searchsorted(a, steps, "right") - np.searchsorted(b, steps, "right")).max() / len(a)
    assert distance < 2.7 * np.sqrt(2 / len(a))


def test_a_choice_keeps_its_shares(together):
    shares = [float((together["size"] == size).mean()) for size in ("S", "M", "L")]
    np.testing.assert_allclose(shares, [0.3, 0.4, 0.3], atol=0.01)


def test_a_group_moves_no_other_column(together, alone):
    assert (together["plain"] == alone["plain"]).all()
    assert (together["height"] != alone["height"]).mean() > 0.99


def test_columns_that_go_together_are_the_same_in_any_batch(together):
    pieces = made(GROUP, batch_rows=997)
    assert all((together[name] == pieces[name]).all() for name in together)


def test_shares_of_the_normal_law_are_those_of_the_slow_twin():
    x = np.concatenate((np.linspace(-9, 9, 4001), [-38.0, -20.0, 0.0, 20.0, 40.0]))
    np.testing.assert_allclose(ndtr_all(x), [ndtr(float(value)) for value in x], rtol=0, atol=2e-15)
