"""Timelines made of others, beside the same sums and products minute by minute."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import SpecError
from engine.page.build import courses
from engine.plan.compile import compile_plan
from engine.preview.look import preview
from engine.preview.model import ALL, OTHERWISE
from engine.spec.load import load
from engine.stream import stream_key
from engine.timelines.composed import compile_all, leaves, mixed
from engine.timelines.moments import moments
from engine.timelines.pace import read_pace
from engine.timelines.parts import read_followed
from engine.timelines.rate import Rate
from engine.types import F64, I64
from tests.timelines import HOUR, MINUTE, lengths, micros, rate_of, timeline, window
from tests.worlds import SHOP, STORY, plan_of, rows_of

SPAN = window("2025-11-24", "2025-12-01")
LINES = {
    "web": timeline(
        daily="web",
        weekly="online_grocery",
        trend={"per_week": 2},
        spikes={"sale": {"at": "2025-11-28 08:00:30", "peak": 5, "rise": "90m", "hold": "6h", "decay": "2h"}},
    ),
    "app": timeline(daily="office", outages={"down": {"at": "2025-11-27 10:00:17.5", "for": "77m", "drop": 0.75}}),
    "season": timeline(steps={"advent": {"at": "2025-11-29 12:00", "factor": 1.5}}),
    "shop": timeline(sum={"web": 7, "app": 3}),
    "all": timeline(product=["shop", "season"]),
    "even": timeline(sum=["web", "app"]),
}


def _unexpected(error: SpecError, name: str) -> None:
    raise AssertionError(f"{name}: {error}")


RATES = compile_all(LINES, SPAN, seed=1, report=_unexpected)
MOMENTS = micros("2025-11-24") + np.arange(0, 7 * 24 * 60) * MINUTE + 1_000_000

TWO = STORY.replace(
    "entities:\n",
    """  app: {daily: flat, spikes: {rush: {at: 2025-11-10 08:00, peak: 9, hold: 4h}}}
  both: {sum: {storefront: 3, app: 1}}
entities:
""",
    1,
)
BOTH = TWO.replace("timeline: storefront", "timeline: both")
WEIGHTED = TWO.replace("timeline: storefront", "timeline: {storefront: 3, app: 1}")


def per_hour(rate: Rate, moments: I64 = MOMENTS) -> F64:
    """The rate at moments in units of the ordinary one, found by walking along the bins."""
    density = rate.weights / (lengths(rate) / HOUR) / rate.ordinary
    place, found = 0, []
    for moment in moments.tolist():
        while rate.edges[place + 1] <= moment:
            place += 1
        found.append(density[place])
    return np.array(found)


def test_a_sum_is_the_sum_of_the_rates_in_units_of_their_ordinary_ones():
    wanted = 0.7 * per_hour(RATES["web"]) + 0.3 * per_hour(RATES["app"])
    np.testing.assert_allclose(per_hour(RATES["shop"]), wanted, rtol=1e-12)
    np.testing.assert_allclose(per_hour(RATES["even"]), 0.5 * (per_hour(RATES["web"]) + per_hour(RATES["app"])))


def test_a_product_is_the_product_of_the_rates():
    wanted = per_hour(RATES["shop"]) * per_hour(RATES["season"])
    np.testing.assert_allclose(per_hour(RATES["all"]), wanted, rtol=1e-12)
    assert wanted[-1] == pytest.approx(per_hour(RATES["shop"])[-1] * 1.5)


def test_bins_are_cut_wherever_a_part_is_cut_and_nothing_is_lost():
    union = sorted({*RATES["web"].edges.tolist(), *RATES["app"].edges.tolist()})
    assert RATES["shop"].edges.tolist() == union
    hours = 0.7 * RATES["web"].ordinary_hours() + 0.3 * RATES["app"].ordinary_hours()
    assert RATES["shop"].ordinary_hours() == pytest.approx(hours)
    assert read_pace("100 per hour").mean(RATES["shop"]) == pytest.approx(100 * hours)


def test_weights_of_an_entity_are_shares_of_its_rows():
    rate = mixed(read_followed({"web": 3, "app": 1}), RATES)
    assert float(rate.weights.sum()) == pytest.approx(1)
    web, app = (RATES[name] for name in ("web", "app"))
    shares = 0.75 * web.weights.sum() / web.weights.sum(), 0.25 * app.weights.sum() / app.weights.sum()
    mean = 168.0
    wanted = [
        share * per_hour(part) / (part.ordinary_hours() / mean) for share, part in zip(shares, (web, app), strict=True)
    ]
    np.testing.assert_allclose(per_hour(rate) * mean, wanted[0] + wanted[1], rtol=1e-12)


def test_one_part_alone_is_that_part():
    for line in (timeline(sum=["web"]), timeline(sum={"web": 9, "app": 0}), timeline(product=["web"])):
        rates = compile_all({**LINES, "one": line}, SPAN, seed=1, report=_unexpected)
        np.testing.assert_allclose(per_hour(rates["one"]), per_hour(RATES["web"]), rtol=1e-12)


def test_leaves_are_the_timelines_with_a_rate_of_their_own():
    assert leaves(LINES, "all") == ("web", "app", "season")
    assert leaves(LINES, "web") == ("web",)


def test_a_long_chain_of_timelines_is_compiled_in_any_order():
    chain = {f"t{n}": timeline(product=[f"t{n + 1}"]) for n in range(2_000)} | {"t2000": LINES["app"]}
    short = window("2025-11-27", "2025-11-28")
    made = compile_all(chain, short, seed=1, report=_unexpected)
    assert list(made) == list(chain)
    np.testing.assert_allclose(made["t0"].weights, made["t2000"].weights / made["t2000"].ordinary)


def test_what_is_too_steep_for_numbers_is_refused_and_no_traceback():
    steep = {"steep": timeline(trend={"per_day": 1000}), "twice": timeline(product=["steep"])}
    found: list[str] = []
    compile_all(steep, window("2024-01-01", "2025-01-01"), seed=1, report=lambda _, name: found.append(name))
    assert found == ["twice"]
    rated = STORY.replace("count: 2_000", "rate: {per_hour: 3}").replace("daily: online_retail", "trend: 1000 per day")
    with pytest.raises(SpecError, match="S004 this rate makes about inf rows"):
        plan_of(rated.replace("window: {start: 2025-11-01", "window: {start: 2024-06-01"))


def test_events_keep_the_names_of_their_timelines():
    told = rows_of(plan_of(BOTH), "orders")["orders"]
    calm = rows_of(plan_of(BOTH, **{"--without": "storefront.sale"}), "orders")["orders"]
    assert 40 in told["discount"].to_pylist()
    assert 40 not in calm["discount"].to_pylist()
    assert told.num_rows == calm.num_rows == 2_000
    assert rows_of(plan_of(BOTH), batch_rows=97)["orders"].equals(told)


def test_an_entity_with_weights_has_its_share_of_each():
    for weights, share in (("{storefront: 0, app: 1}", 36 / (720 + 32)), ("{storefront: 3, app: 1}", 9 / (720 + 32))):
        text = WEIGHTED.replace("{storefront: 3, app: 1}", weights)
        made = rows_of(plan_of(text), "orders")["orders"]["placed_at"].cast("int64").to_numpy()
        begin, end = micros("2025-11-10 08:00"), micros("2025-11-10 12:00")
        rush = int(((made >= begin) & (made < end)).sum())
        others = 0.75 * rate_of_storefront(begin, end) if "3" in weights else 0.0
        wanted = 2_000 * (share + others)
        assert abs(rush - wanted) < 4 * wanted**0.5


def rate_of_storefront(begin: int, end: int) -> float:
    """The share of the storefront's own rows that lie in a span."""
    sale = {"on": "black_friday", "peak": 6, "rise": "4h", "hold": "12h", "decay": "4h"}
    rate = rate_of(window("2025-11-01", "2025-12-01"), daily="online_retail", spikes={"sale": sale})
    return float(rate.expected(1, np.array([begin, end]))[0])


@pytest.mark.parametrize(("text", "drawn"), [(BOTH, ["storefront.sale"]), (WEIGHTED, ["storefront.sale", "app.rush"])])
def test_a_preview_marks_the_events_of_the_parts(text: str, drawn: list[str]):
    spec = load(text, file="s.yaml")
    seen = preview(spec.scenario, compile_plan(spec, SHOP))
    views = {view.name: view for view in seen.timelines}
    assert [event.event for event in views["both"].events] == ["app.rush", "storefront.sale"]
    assert views["both"].rates[9 * 24 + 9] > 2 * views["storefront"].rates[9 * 24 + 9]
    (orders,) = (view for view in seen.entities if view.name == "orders")
    groups = {group.name: group.rows for group in orders.groups}
    assert set(drawn) <= set(groups)
    assert groups[ALL] == groups[OTHERWISE] + groups["storefront.sale"] + groups["app.rush"]
    assert {title.title for title in courses(seen, None)} == {f"timeline {name}" for name in views}


def test_a_preview_leaves_out_what_a_run_leaves_out():
    spec = load(BOTH, file="s.yaml", overrides={"--without": "storefront.sale"})
    seen = preview(spec.scenario, compile_plan(spec, SHOP))
    views = {view.name: [event.event for event in view.events] for view in seen.timelines}
    assert views == {"storefront": [], "app": ["rush"], "both": ["app.rush"]}


def test_a_sum_may_say_how_its_rows_scatter():
    lines = {**LINES, "even": timeline(sum=["web", "app"], counts="even")}
    rates = compile_all(lines, SPAN, seed=1, report=_unexpected)
    placed = moments(rates["even"], 10_000, stream_key(1, "orders", "at"))
    hours = np.arange(micros("2025-11-24"), micros("2025-12-01") + 1, HOUR)
    found = np.diff(placed.born(hours - 1))
    np.testing.assert_allclose(found, rates["even"].expected(10_000, hours), atol=1.01)
