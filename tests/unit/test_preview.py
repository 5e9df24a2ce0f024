"""A preview's counts and shares beside counting every row of a small story."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from rich.console import Console

from engine.cli.preview_text import chart, tell
from engine.preview import Preview, preview
from engine.preview.columns import moved
from engine.preview.groups import _evenly, _outside
from engine.preview.model import ALL, OTHERWISE, EntityView, Group, Share
from engine.printable import printable
from engine.spec.load import load
from tests.worlds import SHOP, STORY, plan_of, rows_of

NEW_YORK = ZoneInfo("America/New_York")


def seen(text: str = STORY, **chosen: object) -> Preview:
    return preview(load(text, file="story.yaml").scenario, plan_of(text, SHOP), **chosen)


def entity(view: Preview, name: str) -> EntityView:
    return next(e for e in view.entities if e.name == name)


def shares(view: EntityView, column: str, group: str) -> dict[str | None, float]:
    return {s.value: s.share for s in view.shares if (s.column, s.group) == (column, group) and s.share}


@pytest.fixture(scope="module")
def small() -> Preview:
    return seen()


@pytest.fixture(scope="module")
def orders() -> list[dict[str, object]]:
    return rows_of(plan_of(), "orders")["orders"].to_pylist()


def placed(row: dict[str, object]) -> datetime:
    moment = row["placed_at"]
    assert isinstance(moment, datetime)
    return moment.astimezone(NEW_YORK)


def in_sale(row: dict[str, object]) -> bool:
    return datetime(2025, 11, 28, 4, tzinfo=NEW_YORK) <= placed(row) < datetime(2025, 11, 28, 16, tzinfo=NEW_YORK)


def portions(values: list[str]) -> dict[str | None, float]:
    return {value: n / len(values) for value, n in Counter(values).items()}


def test_hours_weekdays_and_the_window_are_those_of_all_rows(small: Preview, orders: list[dict[str, object]]):
    time = entity(small, "orders").time
    assert time is not None
    moments = [placed(row) for row in orders]
    assert Counter(dict(enumerate(time.hours))) == Counter(m.hour for m in moments)
    assert Counter(dict(enumerate(time.weekdays))) == Counter(m.weekday() for m in moments)
    parts = [(int(m.timestamp() * 1_000_000) - time.start) // time.width for m in moments]
    assert np.bincount(parts, minlength=len(time.counts)).tolist() == list(time.counts)


AUTUMN = """
scenario: autumn
timezone: America/New_York
window: {start: 2025-11-02, end: 2025-11-03}
timelines: {even: {}}
entities:
  products:
    table: products
    count: 25_000
    moment: {column: created_at, timeline: even}
    columns: {id: {sequence: 1}, price: 1, flag: {hidden: true, choice: [a, b]}}
"""


def test_the_hour_that_comes_twice_has_the_rows_of_two():
    time = entity(seen(AUTUMN), "products").time
    assert time is not None
    assert (sum(time.hours), sum(time.weekdays), time.weekdays[6]) == (25_000, 25_000, 25_000)
    assert time.hours[1] == pytest.approx(2_000, rel=0.15)
    assert max(time.hours[:1] + time.hours[2:]) == pytest.approx(1_000, rel=0.15)


def test_shares_are_those_of_all_rows_where_all_are_looked_at(small: Preview, orders: list[dict[str, object]]):
    view = entity(small, "orders")
    inside = [str(row["discount"]) for row in orders if in_sale(row)]
    others = [str(row["discount"]) for row in orders if not in_sale(row)]
    counted = {group.name: (group.rows, group.sampled) for group in view.groups}
    assert counted["all rows"] == (2000, 2000)
    assert counted["sale"][0] == len(inside)
    assert counted["otherwise"][0] == len(others)
    assert shares(view, "discount", "all rows") == pytest.approx(portions(inside + others))
    assert shares(view, "discount", "sale") == {"40": 1.0}
    assert shares(view, "discount", "otherwise")["10"] == pytest.approx(portions(others)["10"], abs=0.05)


def test_children_are_in_the_event_of_their_parent(small: Preview):
    view = entity(small, "order_items")
    plan_rows = rows_of(plan_of())
    sale = {row["id"] for row in plan_rows["orders"].to_pylist() if in_sale(row)}
    items = [row for row in plan_rows["order_items"].to_pylist() if row["order_id"] in sale]
    (group,) = (g for g in view.groups if g.name == "sale")
    assert group.rows is None
    assert group.sampled == len(items)
    assert shares(view, "quantity", "sale") == pytest.approx(portions([str(row["quantity"]) for row in items]))


def test_the_rows_are_the_rows_of_a_run(small: Preview, orders: list[dict[str, object]]):
    view = entity(small, "orders")
    names = [column.name for column in view.columns]
    first = [dict(zip(names, row, strict=True)) for row in view.first]
    assert [row["placed_at"] for row in first] == [f"{placed(row):%Y-%m-%d %H:%M:%S}" for row in orders[:5]]
    assert [row["total"] for row in first] == [str(row["total"]) for row in orders[:5]]
    assert all(dict(zip(names, row, strict=True))["discount"] == "40" for row in view.peak)


def test_a_sample_of_many_rows_has_about_the_shares_of_all_and_says_its_size():
    view = entity(seen(STORY.replace("count: 2_000", "count: 60_000")), "orders")
    counted = {group.name: group for group in view.groups}
    assert counted["all rows"].rows == 60_000
    assert counted["all rows"].sampled < 2_500
    assert shares(view, "discount", "sale") == {"40": 1.0}
    whole = rows_of(plan_of(STORY.replace("count: 2_000", "count: 60_000")), "orders")["orders"]["discount"].to_pylist()
    assert shares(view, "discount", "all rows") == pytest.approx(portions([str(v) for v in whole]), abs=0.05)


def test_ten_billion_rows_are_previewed_from_a_few_thousand():
    view = entity(seen(STORY.replace("count: 2_000", "count: 10_000_000_000")), "orders")
    assert view.rows == view.groups[0].rows == 10_000_000_000
    assert sum(group.sampled for group in view.groups) < 6_000
    assert view.time is not None
    assert sum(view.time.counts) == sum(view.time.hours) == 10_000_000_000
    assert shares(view, "discount", "sale") == {"40": 1.0}


def test_only_one_entity_is_made_where_one_is_asked_for(small: Preview):
    assert [e.name for e in seen(only="order_items").entities] == ["order_items"]
    assert entity(seen(only="order_items"), "order_items") == entity(small, "order_items")


def test_hidden_columns_are_shown_and_said_to_be_hidden():
    view = entity(seen(AUTUMN), "products")
    assert {column.name: column.hidden for column in view.columns}["flag"]
    assert not {column.name: column.hidden for column in view.columns}["price"]
    assert shares(view, "flag", "all rows")["a"] == pytest.approx(0.5, abs=0.05)


def test_the_object_is_json_and_its_lists_are_records(small: Preview):
    told = json.loads(json.dumps(small.as_json(), allow_nan=False))
    assert told["timelines"]["storefront"]["events"] == [
        {"event": "sale", "kind": "spike", "start": "2025-11-28T04:00:00-05:00", "end": "2025-11-28T16:00:00-05:00"}
    ]
    rates = [part["rate"] for part in told["timelines"]["storefront"]["rate"]]
    assert np.mean(rates) == pytest.approx(1, abs=0.01)
    assert {"column": "discount", "group": "sale", "value": "40", "share": 1.0} in told["entities"]["orders"]["shares"]
    bars = [bar["share"] for bar in told["entities"]["products"]["histograms"] if bar["column"] == "price"]
    assert sum(bars) == pytest.approx(1, abs=1e-4)


def test_a_share_has_moved_only_where_chance_does_not_explain_it():
    groups = [Group("all rows", 100, 100), Group("otherwise", 90, 90), Group("sale", 10, 10)]
    weak = [Share("a", "otherwise", "x", 0.5), Share("a", "sale", "x", 0.6)]
    strong = [Share("b", "otherwise", "x", 0.0), Share("b", "sale", "x", 1.0)]
    assert moved([*weak, *strong], groups) == ["b"]


def test_rows_are_picked_evenly_and_once_from_any_ranges():
    ranges = np.array([[5, 10], [100, 103]])
    assert _evenly(ranges, 99).tolist() == [5, 6, 7, 8, 9, 100, 101, 102]
    assert _evenly(ranges, 4).tolist() == [6, 8, 100, 102]
    assert _evenly(np.array([[0, 10**12]]), 2).tolist() == [250_000_000_000, 750_000_000_000]
    assert _outside([(0, 3), (2, 5), (7, 9)], 9).tolist() == [[5, 7]]


def test_a_chart_is_as_high_as_its_highest_value():
    assert chart([0, 1, 2, 4], 4, 2) == ["   █", " ▄██"]
    assert chart([0.0, 0.0], 4, 1) == ["    "]


def test_a_terminal_gets_no_escapes_of_a_strangers():
    assert printable("a\x1b[31mb\u202e\nc") == "a·[31mb·\nc"


def test_a_terminal_shows_names_of_strangers_without_obeying_them(small: Preview):
    evil = "[red]\x1b[2J\u202e[/red]"
    orders = entity(small, "orders")
    column = orders.columns[0]
    changed = replace(
        orders,
        name=evil,
        table=evil,
        parent=evil,
        columns=(replace(column, name=evil), *orders.columns[1:]),
        first=tuple((evil, *row[1:]) for row in orders.first),
        groups=tuple(g if g.name in (ALL, OTHERWISE) else replace(g, name=evil) for g in orders.groups),
        shares=tuple(
            replace(s, column=evil + s.column, value=evil, group=s.group if s.group in (ALL, OTHERWISE) else evil)
            for s in orders.shares
        ),
    )
    timelines = tuple(
        replace(t, name=evil, events=tuple(replace(e, event=evil) for e in t.events)) for t in small.timelines
    )
    written = io.StringIO()
    console = Console(file=written, width=200, force_terminal=False)
    tell(console, replace(small, scenario=evil, timelines=timelines, entities=(changed,)), whole=True)
    told = written.getvalue()
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert told.count("[red]·[2J·[/red]") >= 7
