"""Life cycles made up: any graph of states, and what its rows go through is what the slow twin says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from engine.errors import Code, SpecError
from engine.generate.changes import changes
from engine.generate.rows import World
from engine.units import parse_duration, parse_moment, zone
from tests.lifecycles import Way, walk
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("things", "id int8", "born timestamptz", "state text", "touched timestamptz null", "version int4"),
    table("steps", "id uuid", "thing_id int8", "at timestamptz", "now text"),
)
STATES = ("a", "b", "c", "d", "e")
END = parse_moment("2025-03-01").micros(zone("UTC"))
DELAYS = ("0s", "1us", "3h", "2d", "20d")


@st.composite
def states(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Ways out of each state: forward without an end, back only with one; the odds sum to 1."""
    made: dict[str, dict[str, Any]] = {}
    for number, state in enumerate(STATES):
        ways: dict[str, Any] = {}
        targets = draw(st.lists(st.sampled_from(STATES), unique=True, max_size=3))
        shares = [draw(st.integers(1, 30)) for _ in targets]
        for to, share in zip(targets, shares, strict=True):
            way: dict[str, Any] = {"p": share / 100, "delay": draw(st.sampled_from(DELAYS))}
            if STATES.index(to) <= number:
                way["at_most"] = draw(st.integers(1, 3))
            if draw(st.booleans()):
                way["set"] = {"touched": "moment"}
            ways[to] = way
        made[state] = {**ways, "stay": "rest"}
    reached = ["a"]
    for state in reached:
        reached += [to for to in made[state] if to != "stay" and to not in reached]
    return {state: made[state] for state in STATES if state in reached}


def story(ways: dict[str, dict[str, Any]], seed: int) -> str:
    return json.dumps(
        {
            "scenario": "made_up",
            "seed": seed,
            "window": {"start": "2025-01-01", "end": "2025-03-01"},
            "lifecycles": {"life": {"start": "a", "states": ways}},
            "entities": {
                "things": {
                    "table": "things",
                    "count": 60,
                    "moment": {"column": "born", "spread": {"start": "2025-01-01", "end": "2025-03-01"}},
                    "columns": {
                        "id": {"sequence": 1},
                        "state": {"lifecycle": "life"},
                        "version": {"version": 1},
                        "touched": None,
                    },
                },
                "steps": {
                    "table": "steps",
                    "per": {"parent": "things", "as": "thing_id", "on": "state"},
                    "columns": {"id": {"uuid7": "at"}, "at": {"transition": "moment"}, "now": {"transition": "to"}},
                },
            },
        }
    )


def twin(ways: dict[str, dict[str, Any]], seed: int, born: int, row: int) -> list[tuple[str, int]]:
    graph = {
        state: [
            Way(to, way["p"], parse_duration(way["delay"]).micros, way.get("at_most"))
            for to, way in out.items()
            if to != "stay"
        ]
        for state, out in ways.items()
    }
    return walk(seed, ("things", "state"), graph, "a", born, END, row)


@settings(max_examples=60, deadline=None)
@given(ways=states(), seed=st.integers(0, 2**32))
def test_any_life_is_lived_as_its_twin_says_and_ends_in_what_is_loaded(ways: dict[str, dict[str, Any]], seed: int):
    try:
        plan = plan_of(story(ways, seed), TABLES)
    except SpecError as error:  # loops within loops may allow too many transitions; nothing else is wrong with a graph
        if {found.code for found in error.diagnostics} != {Code.TOO_COSTLY}:
            raise
        reject()
    rows = rows_of(plan)
    things = rows["things"].to_pylist()
    born = rows["things"]["born"].cast("int64").to_pylist()
    told: dict[int, list[tuple[str, int]]] = {}
    steps = zip(
        *(rows["steps"][name].to_pylist() for name in ("thing_id", "now")),
        rows["steps"]["at"].cast("int64").to_pylist(),
        strict=True,
    )
    for thing, now, at in steps:
        told.setdefault(thing, []).append((now, at))
    for row, thing in enumerate(things):
        wanted = twin(ways, seed, born[row], row)
        assert told[thing["id"]] == wanted
        assert thing["state"] == wanted[-1][0]
        assert thing["version"] == 1 + len({at for _, at in wanted[1:] if at > born[row]})
    _require_same_end(World(plan), things)


def _require_same_end(world: World, things: list[dict[str, Any]]) -> None:
    last: dict[int, dict[str, Any]] = {}
    for number in world.plan.partitions("things"):
        for change in changes(world, world.plan.partition("things", number)):
            if change.entity == "things":
                last |= dict(zip(change.index.tolist(), change.rows.to_pylist(), strict=True))
    assert [last[row] for row in range(len(things))] == things
