"""Life cycles: what a state implies, what a window cuts off, and that the fast way is the obvious one."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent, indent
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engine.errors import GenerateError
from engine.generate.changes import Changes, Op, changes, history
from engine.generate.rows import World
from engine.generators.base import Window
from engine.generators.lognormal import Lognormal
from engine.lifecycles.graph import compile_graph
from engine.lifecycles.model import Lifecycle
from engine.spec.source import read_source
from engine.units import parse_moment, zone
from tests.lifecycles import Step, Way, walk
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table(
        "orders",
        "id int8",
        "placed_at timestamptz",
        "region text",
        "status text",
        "paid_at timestamptz null",
        "shipped_at timestamptz null",
        "cancelled_at timestamptz null",
        "attempts int4",
        "carrier text null",
        "version int8",
        "updated_at timestamptz",
    ),
    table("history", "id uuid", "order_id int8", "at timestamptz", "was text null", "now text"),
    table("notes", "id uuid", "order_id int8", "written_at timestamptz", "text text"),
)
STORY = """
scenario: lives
seed: 3
window: {start: 2025-11-01, end: 2025-12-01}
events:
  gateway_down: {at: 2025-11-15 00:00, for: 2d}
lifecycles:
  fulfilment:
    start: placed
    states:
      placed:
        paid:
          p: 90%
          during: {gateway_down: 5%}
          delay: {lognormal: {median: 4m, sigma: 1.0}}
          set: {paid_at: moment, attempts: 1}
        failed: {p: 8%, delay: 10m}
        cancelled: {p: rest, delay: 2h, set: {cancelled_at: moment}}
      failed:
        placed: {p: 80%, at_most: 2, delay: 1h}
        cancelled: {p: rest, delay: 1d, set: {cancelled_at: moment}}
      paid:
        shipped:
          delay: {lognormal: {median: 3d, sigma: 0.5}}
          set: {shipped_at: moment, carrier: {choice: [UPS, DHL]}}
entities:
  orders:
    table: orders
    count: 3000
    moment: {column: placed_at, spread: {start: 2025-11-01, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
      region: {choice: {eu: 40, us: 60}}
      status: {lifecycle: fulfilment}
      attempts: 0
      version: {version: 1}
      updated_at: {changed_at: placed_at}
  history:
    table: history
    per: {parent: orders, as: order_id, on: status}
    columns:
      id: {uuid7: at}
      at: {transition: moment}
      was: {transition: from}
      now: {transition: to}
"""
HEAD, ENTITIES = STORY.split("lifecycles:\n")[0], "entities:\n" + STORY.split("entities:\n")[1]


def micros(text: str) -> int:
    return parse_moment(text).micros(zone("UTC"))


END = micros("2025-12-01")
WINDOW = Window(micros("2025-11-01"), END, "UTC")


def lognormal(median: str, sigma: float):
    return Lognormal.model_validate({"lognormal": {"median": median, "sigma": sigma}}).law(WINDOW)


def with_life(text: str) -> str:
    return f"{HEAD}lifecycles:\n  fulfilment:\n{indent(dedent(text), '    ')}\n{ENTITIES}"


def instant(value: Any) -> int | None:
    return None if value is None else int(np.datetime64(value.replace(tzinfo=None), "us").astype(np.int64))


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    return {name: made.to_pylist() for name, made in rows_of(plan_of(STORY, TABLES)).items()}


def twin(born: int, row: int) -> list[Step]:
    down = (micros("2025-11-15"), micros("2025-11-17"))
    states = {
        "placed": [
            Way("paid", 0.9, lognormal("4m", 1.0), during={down: 0.05}),
            Way("failed", 0.08, 600 * 10**6),
            Way("cancelled", None, 7200 * 10**6),
        ],
        "failed": [Way("placed", 0.8, 3600 * 10**6, at_most=2), Way("cancelled", None, 86400 * 10**6)],
        "paid": [Way("shipped", 1.0, lognormal("3d", 0.5))],
    }
    return walk(3, ("orders", "status"), states, "placed", born, END, row)


def test_every_row_lives_as_its_slow_twin_does(rows):
    told: dict[int, list[Step]] = {}
    for entry in rows["history"]:
        told.setdefault(entry["order_id"], []).append((entry["now"], instant(entry["at"])))
    for row, order in enumerate(rows["orders"]):
        assert told[order["id"]] == twin(instant(order["placed_at"]), row), order


def test_a_state_implies_exactly_the_moments_on_its_way(rows):
    for row, order in enumerate(rows["orders"]):
        steps = twin(instant(order["placed_at"]), row)
        last = dict(steps)
        assert order["status"] == steps[-1][0]
        for state in ("paid", "shipped", "cancelled"):
            assert instant(order[f"{state}_at"]) == last.get(state), order
        assert (order["carrier"] is None) == ("shipped" not in last)
        assert order["attempts"] == ("paid" in last)
        assert (order["version"], instant(order["updated_at"])) == (len(steps), steps[-1][1])


def test_what_would_happen_at_the_end_of_the_window_or_later_has_not_happened(rows):
    latest = max(instant(entry["at"]) for entry in rows["history"])
    assert END - 3600 * 10**6 < latest < END
    assert {order["status"] for order in rows["orders"]} > {"paid", "shipped"}


def test_an_event_changes_what_happens_to_those_who_come_while_it_is_on(rows):
    during = Counter(order["paid_at"] is not None for order in rows["orders"] if order["placed_at"].day in (15, 16))
    others = Counter(order["paid_at"] is not None for order in rows["orders"] if order["placed_at"].day not in (15, 16))
    assert during[True] / during.total() < 0.15
    assert others[True] / others.total() > 0.9


def test_without_the_event_rows_that_it_did_not_touch_are_the_same_to_the_byte():
    calm = STORY.replace("          during: {gateway_down: 5%}\n", "")
    told, untold = (rows_of(plan_of(text, TABLES), "orders")["orders"] for text in (STORY, calm))
    outside = pa.array([at.day not in (15, 16) for at in told["placed_at"].to_pylist()])
    assert told.filter(outside).equals(untold.filter(outside))
    assert not told.equals(untold)


def test_the_rows_of_a_history_say_where_each_step_came_from(rows):
    before: dict[int, str | None] = {}
    for entry in rows["history"]:
        assert entry["was"] == before.get(entry["order_id"])
        before[entry["order_id"]] = entry["now"]


def test_a_history_of_some_states_has_a_row_for_each_time_they_are_entered(rows):
    some = STORY.replace("on: status}", "on: [status.failed, status.cancelled]}")
    made = rows_of(plan_of(some, TABLES), "history")["history"].to_pylist()
    wanted = [
        (e["order_id"], e["at"], e["was"], e["now"]) for e in rows["history"] if e["now"] in ("failed", "cancelled")
    ]
    assert [(e["order_id"], e["at"], e["was"], e["now"]) for e in made] == wanted
    assert {e["now"] for e in made} == {"failed", "cancelled"}


def test_loops_are_bounded(rows):
    tries = Counter(entry["order_id"] for entry in rows["history"] if entry["now"] == "placed")
    assert max(tries.values()) <= 3


def test_one_partition_or_many_any_batch_the_same_bytes():
    plan = plan_of(STORY, TABLES)
    whole = rows_of(plan)
    pieces = rows_of(plan, batch_rows=17)
    assert all(whole[name].equals(pieces[name]) for name in whole)


def test_odds_may_be_made_from_the_row():
    text = with_life(
        """
        start: placed
        states:
          placed:
            paid: {p: {expr: "case when region = 'eu' then 1 else 0 end"}, set: {paid_at: moment}}
            stay: rest
        """
    )
    made = rows_of(plan_of(text, TABLES), "orders")["orders"].to_pylist()
    assert {(order["region"], order["status"]) for order in made} == {("eu", "paid"), ("us", "placed")}


def test_odds_outside_0_and_1_end_the_run_with_their_place():
    text = with_life('start: placed\nstates: {placed: {paid: {p: {expr: "id * 0.5"}}, stay: rest}}')
    with pytest.raises(GenerateError, match=r"orders.*placed → paid: a probability is 1\.5"):
        rows_of(plan_of(text, TABLES))


def test_ways_that_sum_to_more_than_1_for_some_row_end_the_run():
    odds = '{p: {expr: "case when id = 7 then 0.8 else 0.4 end"}}'
    text = with_life(f"start: placed\nstates: {{placed: {{paid: {odds}, shipped: {odds}, stay: rest}}}}")
    with pytest.raises(GenerateError, match=r"state 'placed': the ways out sum to 1\.6"):
        rows_of(plan_of(text, TABLES))


def test_working_hours_are_kept_and_nothing_goes_back_in_time():
    text = with_life(
        """
        start: placed
        states:
          placed:
            shipped: {delay: 1h, hours: {days: [mon, tue, wed, thu, fri], from: 8h, to: 18h}, set: {shipped_at: moment}}
        """
    )
    made = rows_of(plan_of(text, TABLES), "orders")["orders"].to_pylist()
    shipped = [order for order in made if order["shipped_at"]]
    assert len(shipped) > 2_500
    for order in shipped:
        at, ready = order["shipped_at"], instant(order["placed_at"]) + 3600 * 10**6
        assert at.weekday() < 5
        assert 8 <= at.hour < 18
        assert ready <= instant(at) < ready + 3 * 86400 * 10**6


# ---- changes ---------------------------------------------------------------------------------------------------------


def all_changes(text: str) -> list[Changes]:
    plan = plan_of(text, TABLES)
    world = World(plan)
    return [
        change
        for stage in plan.stages
        for root in stage.roots
        for number in plan.partitions(root)
        for change in changes(world, plan.partition(root, number))
    ]


NOTES = """
  notes: {table: notes, per: {parent: orders, as: order_id, count: 1}, moment: {column: written_at}, columns: {
    id: {uuid7: order_id.placed_at}, written_at: {after: order_id.placed_at, by: {uniform: {min: 1h, max: 9d}}},
    text: {expr: "'now ' || order_id.status"}}}
"""


@pytest.mark.parametrize("text", [STORY, STORY + NOTES], ids=["orders and history", "and rows that read their parent"])
def test_after_all_its_changes_a_row_is_what_is_loaded(text: str):
    state: dict[str, dict[tuple[int, int], dict[str, Any]]] = {}
    last: dict[tuple[str, int, int], int] = {}
    for change in all_changes(text):
        table = state.setdefault(change.entity, {})
        for number, after in enumerate(change.rows.to_pylist()):
            name = (int(change.index[number]), int(change.lineage[number]))
            assert (name in table) == (change.op is not Op.CREATE)
            assert last.get((change.entity, *name), -1) < change.moments[number]
            last[change.entity, *name] = int(change.moments[number])
            if change.op is Op.UPDATE:
                differs = [table[name][column] != value for column, value in after.items()]
                assert differs == change.changed[number].tolist()
                assert any(differs)
            table[name] = after
    loaded = rows_of(plan_of(text, TABLES))
    for entity, made in loaded.items():
        wanted = made.to_pylist()
        held = [state[entity][name] for name in sorted(state[entity])]
        assert sorted(map(str, held)) == sorted(map(str, wanted)), entity


def test_the_changes_of_a_row_are_its_steps():
    world = World(plan_of(STORY, TABLES))
    for row in range(0, 3000, 97):
        found = history(world, "orders", row)
        steps = twin(found[0][0], row)
        assert [(values.get("status"), moment) for moment, _, values in found] == steps
        assert [op for _, op, _ in found] == [Op.CREATE, *[Op.UPDATE] * (len(steps) - 1)]
        assert all(values["version"] == n for n, (_, _, values) in enumerate(found, 1))


@pytest.mark.parametrize(
    ("states", "asked", "most"),
    [
        ("a: {b: {p: 50%}, c: {p: rest}}, b: {c: {}}", ("c",), 1),
        ("a: {b: {p: 50%}, c: {p: rest}}, b: {c: {}}", ("b", "c"), 2),
        ("a: {b: {p: 50%}, c: {p: rest}}, b: {c: {}}", ("a",), 0),
        ("a: {b: {}}, b: {a: {p: 50%, at_most: 3}, c: {p: rest}}", ("c",), 1),
        ("a: {b: {}}, b: {a: {p: 50%, at_most: 3}, c: {p: rest}}", ("b",), 11),
        ("a: {a: {p: 50%, at_most: 2}, b: {p: rest}}", ("a",), 5),
        ("a: {a: {p: 50%, at_most: 2}, b: {p: rest}}", ("b",), 1),
    ],
)
def test_a_state_outside_loops_is_entered_once(states: str, asked: tuple[str, ...], most: int):
    life = Lifecycle.model_validate(read_source(f"{{start: a, states: {{{states}}}}}", file="l")[0].data)
    graph = compile_graph(life)
    numbers = tuple(graph.states.index(name) for name in asked)
    assert graph.most_entries(numbers) == most
