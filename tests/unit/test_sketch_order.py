"""The order of a draft, and what its entities are called."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.model import Partitioning, Unique
from engine.sketch.order import circles
from tests.drafts import drafted, rules, to
from tests.worlds import table

GRAPHS = st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=4), max_size=8)


def reachable(needs: dict[tuple[str, str], list[tuple[str, str]]], start: tuple[str, str]) -> set[tuple[str, str]]:
    """All that a node needs, by walking: the slow way."""
    found: set[tuple[str, str]] = set()
    waiting = list(needs[start])
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(needs[node])
    return found


@given(GRAPHS)
def test_circles_stay_together_and_what_is_needed_comes_first(graph: dict[int, set[int]]):
    needs = {("s", str(n)): [("s", str(m)) for m in below if m in graph] for n, below in graph.items()}
    found = circles(needs)
    assert sorted(key for circle in found for key in circle) == sorted(needs)
    position = {key: number for number, circle in enumerate(found) for key in circle}
    for key in needs:
        below = reachable(needs, key)
        for other in below:
            together = key in reachable(needs, other)
            assert (position[key] == position[other]) is (together or key == other)
            assert position[other] <= position[key]


def test_what_is_referred_to_stands_above_what_refers_to_it_and_circles_together():
    tables = [
        rules(table("a_lines", "id int8", "o int8", "p int8"), foreign_keys=(to("b_orders", "o"), to("z_goods", "p"))),
        rules(table("b_orders", "id int8", "c int8"), foreign_keys=(to("y_people", "c"),)),
        rules(table("x_homes", "id int8", "owner int8"), foreign_keys=(to("y_people", "owner"),)),
        rules(table("y_people", "id int8", "home int8 null"), foreign_keys=(to("x_homes", "home"),)),
        table("z_goods", "id int8"),
    ]
    draft = drafted(*tables)
    order = list(draft.entities)
    assert order.index("y_people") - order.index("x_homes") == 1
    assert order.index("b_orders") > order.index("y_people")
    assert order.index("a_lines") > max(order.index("b_orders"), order.index("z_goods"))
    assert draft.broken == []
    random.Random(1).shuffle(tables)
    assert drafted(*tables).text == draft.text


def test_names_of_entities_are_valid_and_each_is_there_once():
    names = (
        *(
            "one.things",
            "two.things",
            "one.one_things",
            "one.9lives",
            "one.ключ",
            "one.ключи",
            "one.Order",
            "one.order",
        ),
        *("one." + "a" * 63, "two." + "a" * 63, "two." + "a" * 62 + "b", "one.!!!", "one.entities", 'one.we"ird na#me'),
    )
    draft = drafted(*(table(name, "id int8") for name in names))
    assert len(draft.entities) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in draft.entities)
    assert {entity["table"] for entity in draft.entities.values()} == set(names)
    assert draft.broken == []
    assert {"one_order", "two_things", "we_ird_na_me"} < set(draft.entities)


def test_a_name_with_a_dot_is_told_from_a_schema():
    dotted = rules(table("x", "id int8"), name="a.b")
    draft = drafted(dotted, rules(table("y", "id int8", "x int8"), foreign_keys=(to("a.b", "x"),)))
    assert draft.entities["a_b"]["table"] == "public.a.b"
    assert draft.columns("y")["x"]["reference"] == "a_b"
    assert draft.broken == []


def test_what_is_no_table_to_fill_is_left_out_with_a_reason_or_without_a_word():
    draft = drafted(
        table("plain", "id int8"),
        rules(table("seen", "id int8"), kind="view"),
        rules(table("far", "id int8"), kind="foreign table"),
        table("django_migrations", "id int8"),
        rules(table("parted", "id int8"), kind="partitioned", partitioning=Partitioning("list", ("id",))),
        rules(table("part", "id int8"), partition=True, parents=(("public", "parted"),)),
        rules(table("empty", "id int8"), columns=(), primary_key=(), uniques=()),
        table("engine.runs", "id int8"),
    )
    assert list(draft.entities) == ["plain"]
    assert "seen" not in draft.text
    assert "# Left out: public.far, a foreign table." in draft.text
    assert draft.lost == {
        "seen": "a view",
        "far": "a foreign table",
        "django_migrations": "it keeps account of the schema itself",
        "parted": "it has no partition to hold a row",
        "empty": "it has no column that could be written",
    }


def test_migrations_of_another_kind_than_a_tool_counts_are_filled():
    virtual = table("migrations", "id int8", "host_id int8", "status text", "memory int8", "disk int8", "done bool")
    assert "migrations" in drafted(virtual).entities
    told = table("migrations", "id int8", "migration text", "batch int4")
    assert drafted(told, table("hosts", "id int8")).lost == {"migrations": "it keeps account of the schema itself"}


def test_what_is_pointed_to_once_has_as_many_rows_as_what_points_to_it():
    base = table("base", "id int8")
    once = {"uniques": (Unique("once", ("base_id",)),)}
    nets = rules(table("nets", "id int8", "base_id int8"), foreign_keys=(to("base", "base_id"),), **once)
    ports = rules(table("ports", "id int8", "base_id int8", "net_id int8"), **once)
    ports = replace(ports, foreign_keys=(to("base", "base_id"), to("nets", "net_id")))
    names = rules(table("names", "id int8", "name text"), foreign_keys=(to("ports", "id"),))
    counts = {name: entity["count"] for name, entity in drafted(base, nets, ports, names).entities.items()}
    assert counts["base"] >= counts["ports"] >= counts["names"] >= 90
