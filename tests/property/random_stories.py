"""Whole valid specs, made up: entities, references, fan-out and columns, with what each column depends on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import pyarrow as pa
from hypothesis import strategies as st

from engine.catalog.model import Catalog
from engine.plan.model import Plan
from tests.worlds import catalog, plan_of, rows_of, table

Address: TypeAlias = tuple[str, str]
LARGEST_AMOUNT = 50
TIMELINE = {
    "daily": "online_retail",
    "noise": 0.1,
    "spikes": {"sale": {"on": "black_friday", "peak": 4, "rise": "4h", "hold": "12h", "decay": "4h"}},
}


@dataclass(frozen=True)
class Made:
    """A column: its type in PostgreSQL, what the spec says, and the columns that it is made from."""

    type: str
    says: Any
    reads: tuple[Address, ...] = ()
    target: str | None = None
    fixed_total: bool = False  # a moment of a fixed number of rows: another number moves them all
    hidden: bool = False

    @property
    def nullable(self) -> bool:
        return isinstance(self.says, dict) and bool(self.says.get("null_fraction"))


@dataclass(frozen=True)
class Population:
    """An entity: a root with a count, or rows of a parent; `born` is the column of its moment."""

    name: str
    columns: dict[str, Made]
    count: int | None = None
    parent: str | None = None
    fan_out: Any = None
    bounds: tuple[int, int] = (0, 0)
    moment: dict[str, Any] | None = None
    depth: int = 0


@dataclass(frozen=True)
class Story:
    """Populations by name, parents first."""

    seed: int
    people: dict[str, Population] = field(default_factory=dict)

    @property
    def text(self) -> str:
        entities = {name: _entity(p) for name, p in self.people.items()}
        window = {"start": "2023-01-01", "end": "2025-01-01"}
        head = {"scenario": "made_up", "seed": self.seed, "timezone": "America/New_York", "window": window}
        return json.dumps(head | {"timelines": {"traffic": TIMELINE}, "entities": entities})

    @property
    def catalog(self) -> Catalog:
        return catalog(*(_table(p) for p in self.people.values()))

    def plan(self) -> Plan:
        return plan_of(self.text, self.catalog)

    def rows(self, **how: int) -> dict[str, pa.Table]:
        return rows_of(self.plan(), **how)

    def with_count(self, entity: str, count: int) -> Story:
        return self.with_population(replace(self.people[entity], count=count))

    def with_population(self, population: Population) -> Story:
        return replace(self, people={**self.people, population.name: population})

    def children(self, entity: str) -> list[Population]:
        return [p for p in self.people.values() if p.parent == entity]

    def root(self, entity: str) -> str:
        parent = self.people[entity].parent
        return entity if parent is None else self.root(parent)

    def columns(self) -> list[tuple[Population, str, Made]]:
        return [(p, name, made) for p in self.people.values() for name, made in p.columns.items()]

    def moved_by_the_count_of(self, entity: str) -> set[Address]:
        """Columns that may change when an entity gets more rows: its moments, what picks among it, what reads those."""
        picks = ((p.name, n) for p, n, made in self.columns() if made.target == entity and made.says is not None)
        totals = ((entity, n) for n, made in self.people[entity].columns.items() if made.fixed_total)
        return self.moved_by(*picks, *totals)

    def moved_by(self, *addresses: Address) -> set[Address]:
        """These columns, and all that is made from them, directly or not; where a fan-out is, all of those children."""
        moved, before = set(addresses), 0
        while len(moved) != before:
            before = len(moved)
            moved |= {(p.name, n) for p, n, made in self.columns() if any(r in moved for r in made.reads)}
        return moved


def _entity(population: Population) -> dict[str, Any]:
    columns = {
        n: made.says | ({"hidden": True} if made.hidden else {})
        for n, made in population.columns.items()
        if made.says is not None
    }
    said: dict[str, Any] = {"table": population.name, "columns": columns}
    if population.parent is None:
        said["count"] = population.count
    else:
        said["per"] = {"parent": population.parent, "as": "owner", "count": population.fan_out}
    return said | ({"moment": population.moment} if population.moment else {})


def _table(population: Population) -> Any:
    columns = [f"{n} {m.type}{' null' if m.nullable else ''}" for n, m in population.columns.items() if not m.hidden]
    links = {n: f"public.{m.target}.id" for n, m in population.columns.items() if m.target}
    return table(population.name, *columns, references=links)


SHAPES: tuple[tuple[int | None, ...], ...] = (
    (None, None),
    (None, None, 1),
    (None, 0, None, 2),
    (None, None, 0, 0, 1),
    (None, 0, 1, None),
    (None, None, 1, 2, 3),
    (None, None, None, 0, 3),
)
"""For each entity the number of its parent; None for a root."""


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Two to five entities: roots, and children down to three levels."""
    story = Story(draw(st.integers(0, 2**63 - 1)))
    shape = draw(st.sampled_from(SHAPES))
    for number, parent in enumerate(shape):
        name = f"e{number}"
        above = None if parent is None else story.people[f"e{parent}"]
        made = _root(draw, name, 120 if len(shape) < 4 else 40) if above is None else _child(draw, name, above)
        story = story.with_population(_filled(draw, story, made))
    return _with_sums(draw, story)


def _root(draw: st.DrawFn, name: str, most: int) -> Population:
    kind = draw(st.sampled_from(["early", "late", "timeline", "none", "early"]))
    count = draw(st.integers(20 if kind == "early" else 1, most))
    spans = {"early": ("2020-01-01", "2023-06-01"), "late": ("2022-01-01", "2024-01-01")}
    key = draw(st.sampled_from(["uuid4", "sequence", "uuid7"]))
    columns, moment = {}, None
    if kind != "none":
        start, end = spans.get(kind, ("", ""))
        spread = {"start": start, "end": end} | draw(st.sampled_from([{}, {"growth": "1.6 per year"}]))
        moment = {"column": "born"} | ({"timeline": "traffic"} if kind == "timeline" else {"spread": spread})
        columns["born"] = Made("timestamptz", None, fixed_total=True)
    if key == "uuid7" and moment:
        columns = {"id": Made("uuid", {"uuid7": "born"}, ((name, "born"),)), **columns}
    elif key == "sequence":
        columns = {"id": Made("int8", {"sequence": draw(st.integers(-5, 1000))}), **columns}
    else:
        columns = {"id": Made("uuid", {"uuid4": True}), **columns}
    return Population(name, columns, count=count, moment=moment)


def _child(draw: st.DrawFn, name: str, parent: Population) -> Population:
    key = Made("uuid", {"uuid4": True})
    columns = {"id": key, "owner": Made(parent.columns["id"].type, None, ((parent.name, "id"),), target=parent.name)}
    low, high = draw(st.sampled_from([(0, 1), (1, 1), (0, 3), (2, 3), (1, 4)]))
    fan_outs: list[Any] = [
        {"poisson": 1.6, "min": low, "max": high},
        {"uniform": {"min": low, "max": high}},
        {"zipf": {"n": max(high, 1), "exponent": 1}, "min": max(low, 1), "max": high},
    ]
    fan_out = draw(st.sampled_from(fan_outs)) if low != high else high
    if "size" in parent.columns and draw(st.booleans()):
        low, high, fan_out = 0, 3, {"expr": "least(size, 3)", "max": 3}
    if "born" in parent.columns and draw(st.integers(0, 3)):
        delay = {"after": "owner.born", "by": {"exponential": "3d", "max": "30d"}}
        columns["born"] = Made("timestamptz", delay, ((parent.name, "born"),))
    return Population(
        name,
        columns,
        parent=parent.name,
        fan_out=fan_out,
        bounds=(low, high),
        depth=parent.depth + 1,
    )


def _filled(draw: st.DrawFn, story: Story, population: Population) -> Population:
    """The population with columns of its own and references to roots that stand before it."""
    population = replace(population, columns=population.columns | _plain(draw, population))
    for target in [p for p in story.people.values() if p.parent is None]:
        if target.name != population.parent and draw(st.integers(0, 2)):
            reference = _reference(draw, population, target)
            population = replace(population, columns=population.columns | reference)
    return replace(population, columns=population.columns | _derived(draw, story, population))


def _plain(draw: st.DrawFn, population: Population) -> dict[str, Made]:
    """Columns made from nothing else."""
    bounds = {"min": 1, "max": LARGEST_AMOUNT, "round": 2}
    none = {"null_fraction": 0.3}
    offered = {
        "amount": Made("numeric(12,2)", {"lognormal": {"median": 9, "sigma": 0.8}} | bounds),
        "size": Made(
            "int4",
            draw(
                st.sampled_from([{"poisson": 2}, {"uniform": {"min": 0, "max": 9}}, {"zipf": {"n": 9, "exponent": 1}}])
            ),
        ),
        "mood": Made("text", {"choice": {"sad": 1, "ok": 5, "happy": 3}} | draw(st.sampled_from([{}, none]))),
        "flag": Made("bool", {"bernoulli": 0.3} | draw(st.sampled_from([{}, none]))),
        "share": Made(
            "float8",
            draw(
                st.sampled_from(
                    [
                        {"beta": {"alpha": 2, "beta": 3}},
                        {"normal": {"mean": 0, "sd": 1}},
                        {"gamma": {"shape": 2, "scale": 1}},
                    ]
                )
            ),
        ),
        "first": Made("text", {"faker": "first_name", "pool": 50}),
    }
    if population.count is not None:
        offered["code"] = Made("int4", {"uniform": {"min": 0, "max": 3000}, "unique": True})
        offered["label"] = Made("text", {"template": f"{population.name}-{{{{ row | pad(5) }}}}", "unique": True})
    else:
        offered["place"] = Made("int4", {"expr": "ordinal"})
    wanted = draw(st.lists(st.sampled_from(sorted(offered)), unique=True, max_size=5))
    return {name: offered[name] for name in [*wanted, *(["amount"] if draw(st.integers(0, 2)) else [])]}


def _reference(draw: st.DrawFn, population: Population, target: Population) -> dict[str, Made]:
    """A column that points to a root, with whatever a reference may ask that this one can promise."""
    name = f"to_{target.name}"
    says: dict[str, Any] = {"reference": target.name}
    reads: tuple[Address, ...] = ((target.name, "id"),)
    picks: list[Any] = ["uniform", {"zipf": 0.7}, {"zipf": 1}]
    if "amount" in target.columns:
        picks.append({"weight": {"column": "amount", "max": LARGEST_AMOUNT}})
    says["pick"] = draw(st.sampled_from([*picks, picks[-1]]))
    if isinstance(says["pick"], dict) and "weight" in says["pick"]:
        reads += ((target.name, "amount"),)
    early = target.moment and target.moment.get("spread", {}).get("start") == "2020-01-01"
    if early and "born" in population.columns and draw(st.integers(0, 3)):
        says["existing_at"] = "born"
        reads += ((population.name, "born"),)
    elif population.parent and target.count >= population.bounds[1] and draw(st.booleans()):
        says["distinct_within"] = "owner"
    elif draw(st.booleans()):
        says["null_fraction"] = 0.25
    return {name: Made(target.columns["id"].type, says, reads, target=target.name)}


def _derived(draw: st.DrawFn, story: Story, population: Population) -> dict[str, Made]:
    """Columns made from others of the row."""
    me, columns = population.name, population.columns
    offered: dict[str, Made] = {}
    for name, link in columns.items():
        if link.target and "mood" in story.people[link.target].columns:
            there = (link.target, "mood")
            offered[f"mood_of_{name}"] = Made(
                "text", {"attribute": f"{name}.mood", "null_fraction": 0.1}, ((me, name), there)
            )
            says = {"expr": f"coalesce({name}.mood, 'none') || '!'"}
            offered[f"told_of_{name}"] = Made("text", says, ((me, name), there), hidden=draw(st.booleans()))
    if "amount" in columns:
        offered["double"] = Made("numeric(14,2)", {"expr": "amount * 2"}, ((me, "amount"),))
    if {"size", "mood"} <= set(columns):
        arms = [{"when": "mood = 'ok'", "then": {"uniform": {"min": 0, "max": 5}}}, {"else": {"expr": "size + 1"}}]
        offered["either"] = Made("int4", {"case": arms}, ((me, "mood"), (me, "size")))
    if "born" in columns:
        late = {"after": "born", "by": {"lognormal": {"median": "2h", "sigma": 1}, "max": "9d"}, "null_fraction": 0.1}
        offered["later"] = Made("timestamptz", late, ((me, "born"),))
        arms = [{"during": "traffic.sale", "at": "born", "then": 1}, {"else": 0}]
        offered["on_sale"] = Made("int4", {"case": arms}, ((me, "born"),))
    wanted = draw(st.lists(st.sampled_from(sorted(offered)), unique=True, max_size=3)) if offered else []
    return {name: offered[name] for name in wanted}


def _with_sums(draw: st.DrawFn, story: Story) -> Story:
    """The story with columns that parents compute over their children."""
    for child in [p for p in story.people.values() if p.parent]:
        parent, c = story.people[str(child.parent)], child.name
        sums: dict[str, Made] = {}
        if draw(st.booleans()):
            sums[f"{c}_number"] = Made("int8", {"count": c}, ((c, "owner"),))
        if "amount" in child.columns and draw(st.booleans()):
            sums[f"{c}_total"] = Made("numeric(14,2)", {"sum": f"{c}.amount"}, ((c, "amount"),))
        if "size" in child.columns and draw(st.booleans()):
            sums[f"{c}_most"] = Made("int4", {"max": f"{c}.size"} | {"null_fraction": 0.001}, ((c, "size"),))
        story = story.with_population(replace(parent, columns=parent.columns | sums))
    return story
