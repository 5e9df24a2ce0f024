"""A law by its quantiles, beside numpy's own."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import Code, SpecError
from engine.generators.quantiles import Quantiles, QuantilesLaw
from engine.types import FLOAT8, INT4, TEXT
from tests.rows import YEAR, FakeRows, context


def law_of(*edges: float) -> QuantilesLaw:
    return QuantilesLaw(np.array(edges, float))


def test_quantiles_are_the_edges_and_straight_lines_between_them() -> None:
    law, u = law_of(-3, 0, 0, 5, 100), np.linspace(0.001, 0.999, 997)
    np.testing.assert_allclose(law.quantile(u), np.interp(u, np.linspace(0, 1, 5), law.edges), rtol=1e-12)
    np.testing.assert_allclose(law.mean, np.mean([-1.5, 0, 2.5, 52.5]))


def test_the_distribution_function_undoes_the_quantile() -> None:
    law = law_of(1, 2, 4, 8, 16)
    for u in (0.01, 0.25, 0.5, 0.77, 0.99):
        assert law.cdf(float(law.quantile(np.array([u]))[0])) == pytest.approx(u)
    assert (law.cdf(0.5), law.cdf(16), law.cdf(99)) == (0, 1, 1)


def test_a_value_that_stands_twice_has_a_share_of_its_own() -> None:
    law = law_of(0, 0, 0, 10, 20)
    assert law.cdf(0) == 0.5
    assert law.cdf(-1e-9) == 0
    made = Quantiles.model_validate({"quantiles": [0, 0, 0, 10, 20]}).compile(context(FLOAT8))
    drawn = made.values(FakeRows.of(20_000)).to_numpy()
    assert np.mean(drawn == 0) == pytest.approx(0.5, abs=0.02)
    assert np.mean(drawn > 10) == pytest.approx(0.25, abs=0.02)


def test_it_is_cut_by_min_and_max() -> None:
    made = Quantiles.model_validate({"quantiles": [0, 100, 200], "min": 50, "max": 120}).compile(context(INT4))
    drawn = made.values(FakeRows.of(5_000)).to_numpy()
    assert (drawn.min(), drawn.max()) == (50, 120)


@pytest.mark.parametrize(
    ("values", "code", "path"),
    [([3, 1], Code.INFEASIBLE, ("quantiles", 1)), ([1, "4h"], Code.WRONG_KIND, ("quantiles", 1))],
)
def test_values_that_do_not_ascend_or_measure_different_things_are_refused(
    values: list[object], code: Code, path: tuple[object, ...]
) -> None:
    with pytest.raises(SpecError) as caught:
        Quantiles.model_validate({"quantiles": values}).law(YEAR)
    assert [(d.code, d.path) for d in caught.value.diagnostics] == [(code, path)]


def test_texts_hold_no_quantiles() -> None:
    with pytest.raises(SpecError, match="makes numbers"):
        Quantiles.model_validate({"quantiles": [1, 2]}).compile(context(TEXT))
