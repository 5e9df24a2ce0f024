"""Every law against scipy's: quantiles, draws, means, bounds, truncated and not."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from engine.errors import Code, SpecError
from engine.generators import AnyDistribution
from engine.generators.base import Dimension, Distribution, Law
from engine.generators.poisson import ManyLaw
from engine.generators.zipf import ZipfLaw
from engine.stream import stream_key, uniform
from engine.types import DAY, SECOND
from tests.rows import JANUARY_2025, YEAR

READER: TypeAdapter[Distribution] = TypeAdapter(AnyDistribution)
U = uniform(stream_key(1, "laws"), np.arange(100_000, dtype=np.uint64))
TAILS = np.concatenate(
    [10.0 ** np.linspace(-15, -1, 300), np.linspace(0.1, 0.9, 301), 1 - 10.0 ** np.linspace(-1, -9, 300)]
)
HOUR = 3600 * SECOND


def read(**written: Any) -> Distribution:
    return READER.validate_python(written)


def law_of(**written: Any) -> Law:
    return read(**written).law(YEAR)


CONTINUOUS = [
    ({"uniform": {"min": -2, "max": 6.5}}, stats.uniform(-2, 8.5), 1e-15),
    ({"normal": {"mean": 170, "sd": 8}}, stats.norm(170, 8), 1e-14),
    ({"normal": {"mean": "2025-03-01", "sd": "3d"}}, stats.norm(JANUARY_2025 + 59 * DAY, 3 * DAY), 1e-11),
    ({"lognormal": {"median": 24, "sigma": 0.7}}, stats.lognorm(0.7, scale=24), 1e-13),
    ({"lognormal": {"mean": "4h", "sigma": 1.5}}, stats.lognorm(1.5, scale=4 * HOUR * math.exp(-1.125)), 1e-13),
    ({"lognormal": {"mu": 3.2, "sigma": 0.01}}, stats.lognorm(0.01, scale=math.exp(3.2)), 1e-12),
    ({"exponential": "4h"}, stats.expon(scale=4 * HOUR), 1e-15),
    ({"exponential": {"mean": 0.001}}, stats.expon(scale=0.001), 1e-15),
    ({"exponential": {"rate": 20}}, stats.expon(scale=0.05), 1e-15),
    ({"pareto": {"scale": 10, "alpha": 1.16}}, stats.pareto(1.16, scale=10), 1e-14),
    ({"pareto": {"scale": "1m", "alpha": 40}}, stats.pareto(40, scale=60 * SECOND), 1e-13),
    *[
        ({"gamma": {"shape": k, "mean": 5}}, stats.gamma(k, scale=5 / k), 1e-6)
        for k in (0.01, 0.5, 1, 2.3, 50, 1e4, 1e6)
    ],
    ({"gamma": {"shape": 2, "scale": "3d"}}, stats.gamma(2, scale=3 * DAY), 1e-6),
    *[
        ({"beta": {"alpha": a, "beta": b}}, stats.beta(a, b), 1e-6)
        for a, b in ((1, 1), (0.5, 0.5), (2, 5), (0.05, 30), (300, 2), (1e5, 1e5), (1e6, 1))
    ],
    ({"beta": {"alpha": 2, "beta": 3, "low": -10, "high": 10}}, stats.beta(2, 3, loc=-10, scale=20), 1e-6),
]
DISCRETE = [
    *[({"poisson": m}, stats.poisson(m)) for m in (0.001, 0.7, 1.9, 12, 345.6, 99_999.5)],
    ({"poisson": {"mean": 4}}, stats.poisson(4)),
    *[({"poisson": m}, stats.poisson(m)) for m in (100_001, 1e6, 1e7)],
    *[({"bernoulli": p}, stats.bernoulli(p)) for p in (0.3, 0.0, 1.0)],
    ({"bernoulli": "12.5%"}, stats.bernoulli(0.125)),
    *[
        ({"zipf": {"exponent": s, "n": n}}, stats.zipfian(s, n))
        for s, n in ((0, 7), (0.7, 2000), (1, 4096), (1.0, 4097), (2.5, 100_000), (0.3, 1), (40, 5))
    ],
]
names = {"ids": lambda x: str(x) if isinstance(x, dict) else ""}


@pytest.mark.parametrize(("written", "true", "error"), CONTINUOUS, **names)
def test_a_quantile_is_where_the_share_lies_below(written: dict, true: Any, error: float):
    law = law_of(**written)
    x = law.quantile(TAILS.copy())
    inner = x > 1e-290  # scipy's cdf loses the digits of subnormal values
    below = np.where(TAILS < 0.5, true.cdf(x) - TAILS, (1 - TAILS) - true.sf(x))
    assert np.max(np.abs(below[inner | (law.low < 0)])) <= error
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize(("written", "true", "error"), CONTINUOUS, **names)
def test_a_cdf_agrees_with_the_quantile(written: dict, true: Any, error: float):
    law = law_of(**written)
    for share in (0.001, 0.2, 0.5, 0.9, 0.9999):
        assert law.cdf(float(true.ppf(share))) == pytest.approx(share, abs=max(error, 1e-12))
    assert law.cdf(law.low) == 0
    assert law.cdf(math.inf) == 1


@pytest.mark.parametrize(("written", "true"), DISCRETE, **names)
def test_a_discrete_quantile_is_the_first_number_that_reaches_the_share(written: dict, true: Any):
    law = law_of(**written)
    k = law.quantile(TAILS.copy())
    assert law.discrete
    assert (k == np.floor(k)).all()
    assert (true.cdf(k) >= TAILS - 1e-6).all()
    assert (true.cdf(k - 1) <= TAILS + 1e-6).all()
    assert (np.diff(k) >= 0).all()


@pytest.mark.parametrize(("written", "true"), DISCRETE, **names)
def test_a_discrete_cdf_is_scipys(written: dict, true: Any):
    law = law_of(**written)
    for x in np.unique(np.round(true.ppf([1e-6, 0.1, 0.5, 0.9, 1 - 1e-9]))).tolist():
        assert law.cdf(x) == pytest.approx(float(true.cdf(x)), abs=1e-6)
        assert law.cdf(x + 0.7) == law.cdf(x)
        assert law.cdf(x - 1) == pytest.approx(float(true.cdf(x - 1)), abs=1e-6)
    assert law.cdf(-1.0) == 0
    assert law.cdf(math.inf) == 1


@pytest.mark.parametrize(("written", "true", "error"), CONTINUOUS, **names)
def test_draws_follow_the_law(written: dict, true: Any, error: float):  # noqa: ARG001
    drawn = law_of(**written).quantile(U.copy())
    inner = drawn[(drawn > 1e-290) | (drawn < 0)]
    share = true.cdf(inner) if len(inner) == len(drawn) else (true.cdf(inner) - true.cdf(1e-290)) / true.sf(1e-290)
    assert stats.kstest(share, "uniform").pvalue > 1e-3


@pytest.mark.parametrize(("written", "true"), [(w, t) for w, t in DISCRETE if t.ppf(0.001) < t.ppf(0.999)], **names)
def test_discrete_draws_follow_the_law(written: dict, true: Any):
    drawn = law_of(**written).quantile(U.copy())
    edges = np.unique(true.ppf(np.linspace(0.01, 0.99, 40)))
    edges = np.concatenate([[-np.inf], edges, [np.inf]])
    wanted = np.diff(true.cdf(edges)) * len(U)
    keep = wanted > 0
    assert stats.chisquare(np.histogram(-drawn, -edges[::-1])[0][::-1][keep], wanted[keep]).pvalue > 1e-3


@pytest.mark.parametrize("written", [c[0] for c in CONTINUOUS] + [d[0] for d in DISCRETE], ids=str)
def test_mean_low_and_high_are_the_laws_own(written: dict):
    true = next(c[1] for c in [*CONTINUOUS, *DISCRETE] if c[0] is written)
    law = law_of(**written)
    if law.low == law.high:
        assert law.mean == law.low == float(true.ppf(0.5))
        return
    low, high = (float(x) for x in true.support())
    assert law.mean == pytest.approx(float(true.mean()), rel=1e-9)
    assert (law.low, law.high) == (pytest.approx(low), pytest.approx(high))


TRUNCATED = [
    ({"normal": {"mean": 0, "sd": 1}, "min": -1, "max": 2}, stats.truncnorm(-1, 2)),
    ({"normal": {"mean": 0, "sd": 1}, "min": 5}, stats.truncnorm(5, np.inf)),
    ({"normal": {"mean": 0, "sd": 1}, "max": -5}, stats.truncnorm(-np.inf, -5)),
    ({"exponential": 2, "max": 1}, stats.truncexpon(0.5, scale=2)),
    ({"uniform": {"min": 0, "max": 10}, "min": 3, "max": 12}, stats.uniform(3, 7)),
    ({"pareto": {"scale": 1, "alpha": 0.5}, "max": 1000}, stats.truncpareto(0.5, 1000)),
]


@pytest.mark.parametrize(("written", "true"), TRUNCATED, **names)
def test_a_truncated_law_is_the_law_under_a_condition(written: dict, true: Any):
    law = law_of(**written)
    x = law.quantile(U.copy())
    assert stats.kstest(true.cdf(x), "uniform").pvalue > 1e-3
    assert law.mean == pytest.approx(float(true.mean()), rel=0.01)
    assert (law.low, law.high) == (pytest.approx(true.support()[0]), pytest.approx(true.support()[1]))
    assert law.low <= x.min()
    assert x.max() <= law.high
    assert law.cdf(float(true.ppf(0.3))) == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ({"lognormal": {"median": 24, "sigma": 0.7}}, 1.99, 90.0),
        ({"gamma": {"shape": 2.5, "mean": 10}}, 3.0, 20.0),
        ({"beta": {"alpha": 2, "beta": 5}}, 0.1, 0.5),
        ({"pareto": {"scale": 10, "alpha": 1.5}}, 12.0, 100.0),
    ],
    ids=str,
)
def test_no_value_piles_up_at_the_ends(written: dict, low: float, high: float):
    true = next(c[1] for c in CONTINUOUS if c[0] == written) if written in [c[0] for c in CONTINUOUS] else None
    law = law_of(**written, min=low, max=high)
    x = law.quantile(U.copy())
    assert (low, high) == (law.low, law.high)
    assert ((x == low) | (x == high)).sum() <= 1
    assert law.mean == pytest.approx(x.mean(), rel=0.01)
    whole = law_of(**written)
    share = np.array([whole.cdf(v) for v in np.sort(x)[::5000].tolist()])
    wanted = whole.cdf(low) + (whole.cdf(high) - whole.cdf(low)) * np.arange(0.0, 1, 0.05)
    assert np.max(np.abs(share - wanted)) < 0.008
    assert true is None or abs(float(true.cdf(x.max())) - whole.cdf(high)) < 1e-3


@pytest.mark.parametrize(("low", "high"), [(1, 12), (0.5, 12.9), (2, 2), (None, 3), (4, None)])
def test_whole_numbers_are_truncated_inclusively(low: float | None, high: float | None):
    law = law_of(poisson=1.9, min=low, max=high)
    k = np.arange(0 if low is None else math.ceil(low), 60 if high is None else math.floor(high) + 1)
    shares = stats.poisson(1.9).pmf(k) / stats.poisson(1.9).pmf(k).sum()
    found = np.bincount(law.quantile(U.copy()).astype(int), minlength=60)
    assert found[: k[0]].sum() == found[k[-1] + 1 :].sum() == 0
    enough = shares * len(U) > 5
    assert np.max(np.abs(found[k][enough] / len(U) - shares[enough]) / np.sqrt(shares[enough] / len(U))) < 4
    assert law.mean == pytest.approx(float((k * shares).sum()), rel=0.01)
    assert law.low == k[0]


def test_a_whole_law_rounds_and_a_whole_uniform_is_fair_at_both_ends():
    fair = np.bincount(read(uniform={"min": 1, "max": 6}).whole(YEAR).quantile(U.copy()).astype(int))[1:]
    assert stats.chisquare(fair).pvalue > 1e-3
    rounded = read(normal={"mean": 10, "sd": 2}, min=4.6, max=15.2).whole(YEAR)
    assert (rounded.low, rounded.high, rounded.discrete) == (5, 15, True)
    assert rounded.cdf(9) == pytest.approx(law_of(normal={"mean": 10, "sd": 2}, min=4.6, max=15.2).cdf(9.5))
    poisson = read(poisson=3).whole(YEAR)
    assert (poisson.quantile(U.copy()) == law_of(poisson=3).quantile(U.copy())).all()


def test_zipf_reaches_a_trillion_ranks():
    law = ZipfLaw(1.0, 10**12)
    ranks = law.quantile(U.copy())
    euler = 0.5772156649015329
    assert ranks.max() > 1e11
    for k in (10, 4096, 4097, 10**6, 10**9):
        assert law.cdf(k) == pytest.approx((math.log(k + 0.5) + euler) / (math.log(1e12) + euler), abs=1e-4)
        assert (ranks <= k).mean() == pytest.approx(law.cdf(k), abs=0.006)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 0.999, 1.0, 1.0000001, 1.001, 3.0])
def test_the_tail_of_zipf_joins_its_table(exponent: float):
    n = 300_000
    shares = np.cumsum(np.arange(1.0, n + 1) ** -exponent)
    shares /= shares[-1]
    law = ZipfLaw(exponent, n)
    near = np.array([4094, 4095, 4096, 4097, 4098, 5000, 299_999])
    assert np.max(np.abs([law.cdf(k) - shares[k - 1] for k in near])) < 1e-6
    u = np.minimum((shares[near - 2] + shares[near - 1]) / 2, 1 - 2.0**-53)
    assert np.max(np.abs(law.quantile(u.copy()) - near)) <= (0 if exponent < 3 else 60)


def test_poisson_of_a_large_mean_meets_its_table():
    true = stats.poisson(100_000)
    k = ManyLaw(100_000.0).quantile(U.copy())
    assert (true.cdf(k) >= U - 1e-6).all()
    assert (true.cdf(k - 1) <= U + 1e-6).all()


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ({"normal": {"mean": 0, "sd": 1}, "max": -9}, "1.1e-19"),
        ({"exponential": 1, "min": 30}, "9.4e-14"),
        ({"uniform": {"min": 0, "max": 1}, "min": 2}, "0"),
        ({"poisson": 2, "min": 40}, "0"),
        ({"poisson": 2, "min": 1.2, "max": 1.8}, "0"),
        ({"zipf": {"exponent": 1, "n": 10}, "min": 11}, "0"),
        ({"beta": {"alpha": 2, "beta": 5}, "min": 1}, "0"),
    ],
    ids=str,
)
def test_a_truncation_that_leaves_nothing_is_refused_with_the_arithmetic(written: dict, share: str):
    with pytest.raises(SpecError) as refused:
        law_of(**written)
    (said,) = refused.value.diagnostics
    assert said.code is Code.INFEASIBLE
    assert f"only {share} of the law lies in" in said.message


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"normal": {"mean": 5, "sd": "3d"}}, ("normal", "sd")),
        ({"normal": {"mean": "2025-01-01", "sd": 3}}, ("normal", "sd")),
        ({"uniform": {"min": "2025-01-01", "max": 3}}, ("uniform", "max")),
        ({"exponential": "4h", "max": 3}, ("max",)),
        ({"poisson": 4, "min": "1h"}, ("min",)),
        ({"beta": {"alpha": 1, "beta": 1, "high": "4h"}}, ("beta", "high")),
        ({"exponential": "2025-01-01"}, ("exponential",)),
        ({"pareto": {"scale": "2025-01-01", "alpha": 1}}, ("pareto", "scale")),
    ],
    ids=str,
)
def test_kinds_of_quantities_do_not_mix(written: dict, path: tuple[str, ...]):
    with pytest.raises(SpecError) as refused:
        law_of(**written)
    (said,) = refused.value.diagnostics
    assert (said.code, said.path) == (Code.WRONG_KIND, path)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"exponential": 0}, Code.OUT_OF_RANGE),
        ({"exponential": "-4h"}, Code.OUT_OF_RANGE),
        ({"normal": {"mean": 1, "sd": 0}}, Code.OUT_OF_RANGE),
        ({"gamma": {"shape": 1, "mean": -1}}, Code.OUT_OF_RANGE),
        ({"uniform": {"min": 2, "max": 1}}, Code.INFEASIBLE),
        ({"beta": {"alpha": 1, "beta": 1, "low": 3, "high": 3}}, Code.INFEASIBLE),
        ({"poisson": 1, "min": 4, "max": 2}, Code.INFEASIBLE),
    ],
    ids=str,
)
def test_arguments_that_make_no_law_are_refused(written: dict, code: Code):
    with pytest.raises(SpecError) as refused:
        law_of(**written)
    assert [d.code for d in refused.value.diagnostics] == [code]


@pytest.mark.parametrize(
    "written",
    [
        {"lognormal": {"sigma": 1}},
        {"lognormal": {"median": 1, "mean": 2, "sigma": 1}},
        {"exponential": {"mean": 1, "rate": 2}},
        {"gamma": {"shape": 1}},
        {"exponential": True},
        {"bernoulli": 1.5},
        {"poisson": -1},
        {"zipf": {"exponent": -0.1, "n": 5}},
        {"zipf": {"exponent": 1, "n": 0}},
        {"zipf": {"exponent": 1, "n": 1.5}},
        {"beta": {"alpha": 0, "beta": 1}},
        {"normal": {"mean": 1, "sd": 1, "sigma": 1}},
        {"lognormal": {"median": 1, "sigma": math.inf}},
        {"normal": {"mean": math.nan, "sd": 1}},
    ],
    ids=str,
)
def test_the_model_refuses_what_is_no_law_at_all(written: dict):
    with pytest.raises(ValidationError):
        read(**written)


def test_dimensions_are_told():
    assert read(exponential="4h").dimension() is Dimension.DURATION
    assert read(exponential=4).dimension() is Dimension.NUMBER
    assert read(uniform={"min": "2025-01-01", "max": "2025-02-01"}).dimension() is Dimension.MOMENT
    assert read(lognormal={"mu": 1, "sigma": 1}).dimension() is Dimension.NUMBER


@pytest.mark.parametrize("written", [c[0] for c in CONTINUOUS] + [d[0] for d in DISCRETE], ids=str)
def test_laws_travel_between_processes_and_see_single_draws_as_in_a_row(written: dict):
    law = law_of(**written)
    copy = pickle.loads(pickle.dumps(law))
    some = np.array([77, 3, 99_999, 3])
    assert (law.quantile(U.copy())[some] == copy.quantile(U[some].copy())).all()
