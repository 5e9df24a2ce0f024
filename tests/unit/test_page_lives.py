"""Life cycles on the page: every state with its share, every way in words, and a tangle is not drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from engine.page import html, page_of
from engine.page.lives import MOST_DRAWN, MOST_TOLD, lives
from engine.page.words import length
from engine.preview import Preview, preview
from engine.preview.actual import Actual, EntityActual
from engine.preview.model import EntityView, LifeView, Share, WayView
from engine.spec.load import load
from tests.unit.test_lifecycles import STORY, TABLES
from tests.worlds import plan_of, rows_of

EVIL = "</title></svg><img src=x onerror=alert(1)>"


def seen() -> Preview:
    return preview(load(STORY, file="lives.yaml").scenario, plan_of(STORY, TABLES))


def orders() -> EntityView:
    return next(view for view in seen().entities if view.name == "orders")


def test_each_state_has_its_share_of_the_rows():
    (life,) = orders().lives
    states = rows_of(plan_of(STORY, TABLES), "orders")["orders"]["status"].to_pylist()
    assert {state for state, _ in life.states} == {"placed", "failed", "paid", "shipped", "cancelled"}
    assert abs(sum(share for _, share in life.states) - 1) < 1e-9
    for state, share in life.states:
        assert abs(share - states.count(state) / len(states)) < 0.04


def test_each_way_says_its_odds_and_the_median_of_its_delay():
    (life,) = lives(orders(), None)
    assert "placed → paid: 90 %, half of them within 4 min, 5 % during gateway_down" in life.told
    assert "placed → cancelled: 2 %, after 2 h" in life.told
    assert "failed → placed: 80 %, after 1 h, at most 2 times" in life.told
    assert life.drawing is not None
    assert "80 % · 1 h · ≤ 2×" in life.drawing


def test_after_a_run_each_state_tells_what_was_planned_and_what_was_found():
    found = EntityActual(3000, 3000, shares=(Share("status", "all rows", "shipped", 0.75),))
    actual = Actual("run", "succeeded", datetime(2025, 11, 1, tzinfo=timezone.utc), 1.0, None, {"orders": found})
    text = html(page_of(seen(), actual))
    assert "planned, 75 % actual" in text
    assert "planned, 0 % actual" in text


def test_odds_that_a_row_decides_are_not_told_as_a_number():
    story = STORY.replace("p: 8%, delay: 10m", "p: {expr: 'case when region = ''eu'' then 0.01 else 0.02 end'}")
    view = next(v for v in preview(load(story, file="s").scenario, plan_of(story, TABLES)).entities if v.lives)
    told = {(way.source, way.to): way.odds for way in view.lives[0].ways}
    assert told["placed", "failed"] is None
    assert told["placed", "cancelled"] is None
    assert told["placed", "paid"] == 0.9


def test_names_of_strangers_stay_names():
    view = orders()
    life = LifeView(EVIL, EVIL, EVIL, ((EVIL, 1.0),), (WayView(EVIL, EVIL, 0.5, 1, during=((EVIL, 0.1),)),))
    text = html(page_of(replace(seen(), entities=(replace(view, lives=(life,)),))))
    assert "<img" not in text
    assert "&lt;img" in text


def test_a_tangle_is_told_in_words_and_then_no_longer_all():
    states = [f"s{n}" for n in range(60)]
    ways = tuple(WayView(a, b, 1 / 60, 0) for a in states for b in states)
    view = replace(orders(), lives=(LifeView("c", "l", "s0", tuple((s, 0.0) for s in states), ways),))
    (life,) = lives(view, None)
    assert life.drawing is None
    assert len(life.told) == len(states) + MOST_TOLD + 1
    (few,) = lives(replace(view, lives=(replace(view.lives[0], ways=ways[:MOST_DRAWN]),)), None)
    assert few.drawing is not None


def test_lengths_of_time_in_words():
    micros = [0, 1, 1_500, 90_000_000, 9_000_000_000, 86_400_000_000, 777_600_000_000]
    assert [length(n) for n in micros] == ["0 µs", "1 µs", "1.5 ms", "1.5 min", "2.5 h", "1 day", "9 days"]
