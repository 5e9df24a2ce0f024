"""What an expression may ask of time: how busy a timeline is at a moment, and whether an event is on."""

from __future__ import annotations

import pickle
from bisect import bisect_right

import numpy as np
import pyarrow.compute as pc
import pytest

from engine.errors import SpecError
from engine.generators.base import Window
from engine.timelines.compile import compile_timeline
from engine.timelines.intensity import Spell, intensity
from engine.timelines.model import Timeline
from engine.types import DAY
from engine.units import parse_moment, zone
from tests.worlds import catalog, plan_of, rows_of, table

START, END = (parse_moment(text).micros(zone("UTC")) for text in ("2025-11-01", "2025-12-01"))
TABLES = catalog(
    table("orders", "id int8", "placed_at timestamptz", "busy float8", "sale bool", "late float8 null", "status text"),
    table("lines", "id uuid", "order_id int8", "busy float8"),
    table("tickets", "id int8", "day date", "note text null"),
)
STORY = """
scenario: busy
seed: 5
window: {start: 2025-11-01, end: 2025-12-01}
timelines:
  shop: {spikes: {sale: {at: 2025-11-10, peak: 6, hold: 3d}}}
  desk: {weekly: {sat: 0, sun: 0}}
events:
  down: {at: 2025-11-20, for: 1d}
lifecycles:
  life:
    start: placed
    states:
      placed:
        retried: {p: {expr: "case when intensity(shop) > 3 then 1 else 0 end"}, delay: 2d}
        kept: {p: rest}
      retried:
        lost: {p: {expr: "case when during(shop.sale) then 1 else 0 end"}, delay: 1h}
        won: {p: rest, delay: 1h}
entities:
  orders:
    table: orders
    count: 3_000
    moment: {column: placed_at, timeline: shop}
    columns:
      id: {sequence: 1}
      busy: {expr: intensity(shop)}
      sale: {expr: during(shop.sale) or during(down)}
      later: {after: placed_at, by: 25d, hidden: true, null_fraction: 0.2}
      late: {expr: "intensity(shop, later)"}
      status: {lifecycle: life}
  lines:
    table: lines
    per: {parent: orders, as: order_id, count: {expr: "case when intensity(shop) > 1 then 2 else 1 end", max: 2}}
    columns:
      id: {uuid4: true}
      busy: {expr: "intensity(shop, order_id.placed_at)"}
  tickets:
    table: tickets
    count: 400
    moment: {column: day, timeline: shop}
    keep: "intensity(desk) > 0"
    columns:
      id: {sequence: 1}
      note: {case: [{when: "intensity(shop) > 3", then: many}, {else: few}]}
"""
SALE = (START + 9 * DAY, START + 12 * DAY)
MEAN = (27 + 3 * 6) / 30


def micros(column) -> np.ndarray:
    return column.cast("int64").to_numpy(zero_copy_only=False)


@pytest.fixture(scope="module")
def told():
    return rows_of(plan_of(STORY, TABLES))


def test_a_rows_own_moment_decides(told):
    orders = told["orders"]
    moments = micros(orders["placed_at"])
    wanted = np.where((moments >= SALE[0]) & (moments < SALE[1]), 6 / MEAN, 1 / MEAN)
    np.testing.assert_allclose(orders["busy"].to_numpy(), wanted, rtol=1e-12)
    assert abs((1 / orders["busy"].to_numpy()).mean() - 1) < 0.02, "rows come in proportion to it"


def test_during_is_what_a_case_means_by_it(told):
    moments = micros(told["orders"]["placed_at"])
    sale = (moments >= SALE[0]) & (moments < SALE[1])
    down = (moments >= START + 19 * DAY) & (moments < START + 20 * DAY)
    assert told["orders"]["sale"].to_pylist() == (sale | down).tolist()
    assert sale.any()
    assert down.any()


def test_another_moment_may_be_asked_for_and_outside_the_window_nothing_happens(told):
    orders = told["orders"]
    moments = micros(orders["placed_at"]) + 25 * DAY
    late = orders["late"].to_numpy(zero_copy_only=False)
    nulls = np.isnan(late)
    assert 500 < nulls.sum() < 700, "null where the moment is"
    np.testing.assert_allclose(late, np.where(nulls, np.nan, np.where(moments < END, 1 / MEAN, 0)), rtol=1e-12)
    assert len(np.unique(late[~nulls])) == 2


def test_fan_outs_children_and_keep_may_ask(told):
    orders, lines = told["orders"], told["lines"]
    busy = dict(zip(orders["id"].to_pylist(), orders["busy"].to_pylist(), strict=True))
    assert lines["busy"].to_pylist() == [busy[order] for order in lines["order_id"].to_pylist()]
    counts = pc.value_counts(lines["order_id"]).to_pylist()
    assert {(busy[c["values"]] > 1, c["counts"]) for c in counts} == {(True, 2), (False, 1)}
    tickets = told["tickets"]
    assert 200 < tickets.num_rows < 350
    assert set(pc.day_of_week(tickets["day"]).to_pylist()) == {0, 1, 2, 3, 4}
    inside = pc.and_(pc.greater_equal(pc.day(tickets["day"]), 10), pc.less(pc.day(tickets["day"]), 13))
    assert pc.if_else(inside, "many", "few").equals(tickets["note"])


def test_a_life_asks_when_it_enters_a_state(told):
    """Two days after a retry began on the sale's first day the sale is still on; later it is over."""
    orders = told["orders"]
    moments = micros(orders["placed_at"])
    sale = (moments >= SALE[0]) & (moments < SALE[1])
    wanted = np.where(~sale, "kept", np.where(moments + 2 * DAY < SALE[1], "lost", "won"))
    assert orders["status"].to_pylist() == wanted.tolist()


def test_without_an_event_all_else_is_as_busy_as_before(told):
    """The measure is the mean with the sale; else every other moment would be busier for want of it."""
    calm = rows_of(plan_of(STORY, TABLES, **{"--without": "shop.sale"}), "orders")["orders"]
    assert set(calm["busy"].to_pylist()) == {told["orders"]["busy"].to_pylist()[0]}
    still = plan_of(STORY, TABLES, **{"--without": "down"})
    assert rows_of(still, "orders")["orders"].drop_columns("sale").equals(told["orders"].drop_columns("sale"))


def test_the_table_is_the_obvious_one():
    timeline = Timeline.model_validate(
        {
            "daily": "online_retail",
            "noise": 0.2,
            "trend": {"per_week": 1.1},
            "spikes": {"sale": {"on": "black_friday", "peak": 5, "rise": "3h", "hold": "7h", "decay": "61s"}},
            "outages": {"down": {"at": "2025-11-02 00:30:01", "for": "93m"}},
        }
    )
    rate = compile_timeline(timeline, Window(START, END, "America/New_York"), seed=1, name="shop")
    curve = intensity(rate, rate)
    edges, weights = rate.edges.tolist(), rate.weights.tolist()
    mean = sum(weights) / (edges[-1] - edges[0])
    asked = np.concatenate([rate.edges, rate.edges - 1, np.linspace(START - DAY, END + DAY, 997).astype(np.int64)])

    def slow(moment: int) -> float:
        if not edges[0] <= moment < edges[-1]:
            return 0.0
        place = bisect_right(edges, moment) - 1
        return weights[place] / (edges[place + 1] - edges[place]) / mean

    np.testing.assert_allclose(curve.at(asked), [slow(m) for m in asked.tolist()], rtol=1e-9)
    np.testing.assert_array_equal(curve.at(asked[::-1]), curve.at(asked)[::-1])
    held = curve.at(rate.edges[:-1]) * np.diff(rate.edges)
    assert held.sum() / (END - START) == pytest.approx(1, rel=1e-9), "its mean over the window is 1"


def test_spans_that_overlap_are_one():
    spans = ((50, 60), (10, 30), (15, 20), (30, 31))
    asked = np.arange(0, 70)
    wanted = [any(start <= m < end for start, end in spans) for m in asked.tolist()]
    assert Spell.of(spans).at(asked).tolist() == wanted
    assert not Spell.of(()).at(asked).any()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("intensity(show)", "R004 no timeline is called 'show'\n  hint: did you mean 'shop'"),
        ("intensity(shop, id)", "X003 this is int8, and timestamptz is wanted"),
        ("intensity('shop')", r"X001 intensity takes a name first, such as intensity\(storefront\)"),
        ("intensity(shop, placed_at, 3)", "X001"),
        ("intensity(shp, placed_at", "X001"),
        ("during(shop.sail)", "R005 timeline 'shop' has no event 'sail'\n  hint: did you mean 'shop.sale'"),
        ("during(dwn)", "R005 no event is called 'dwn'\n  hint: did you mean 'down'"),
        ("shop", "X004 there is no column or parameter 'shop' to read here"),
    ],
)
def test_what_is_refused(column: str, said: str):
    text = STORY.replace("{expr: intensity(shop)}", f'{{expr: "{column}"}}').replace("during(shop.sale) or", "")
    with pytest.raises(SpecError, match=said):
        plan_of(text, TABLES)


def test_a_row_without_a_moment_must_say_which():
    text = STORY.replace("intensity(shop, order_id.placed_at)", "intensity(shop)")
    with pytest.raises(SpecError, match="R013 the row has no moment of its own"):
        plan_of(text, TABLES)


def test_a_column_may_have_the_name_of_a_timeline():
    text = STORY.replace(
        "busy: {expr: intensity(shop)}",
        'shop: {constant: 3, hidden: true}\n      busy: {expr: "shop * intensity(shop)"}',
    )
    busy = rows_of(plan_of(text, TABLES), "orders")["orders"]["busy"].to_numpy()
    assert set(np.round(busy, 9)) == {round(3 / MEAN, 9), round(18 / MEAN, 9)}


def test_another_process_and_other_batches_make_the_same(told):
    plan = pickle.loads(pickle.dumps(plan_of(STORY, TABLES)))
    assert all(made.equals(told[name]) for name, made in rows_of(plan, batch_rows=97).items())
