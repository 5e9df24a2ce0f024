"""Keys that narrower columns point to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.drafts import drafted, rules, to
from tests.worlds import table


@pytest.mark.parametrize("width", [1, 4, 16])
@pytest.mark.parametrize("key", ["text", "varchar(255)"])
def test_a_name_is_no_longer_than_what_points_to_it_holds(key: str, width: int):
    states = rules(table("states", f"name {key}"), primary_key=("name",))
    servers = rules(
        table("servers", "id int8", f"state varchar({width})"), foreign_keys=(to("states", "state", key=("name",)),)
    )
    draft = drafted(states, servers)
    assert draft.broken == []
    assert 1 <= max(len(row["name"]) for row in draft.rows["states"]) <= width


def test_a_width_is_handed_on_over_tables():
    a = rules(table("a", "code text"), primary_key=("code",))
    b = rules(table("b", "code varchar(40)"), primary_key=("code",), foreign_keys=(to("a", "code", key=("code",)),))
    c = rules(table("c", "id int8", "code varchar(3)"), foreign_keys=(to("b", "code", key=("code",)),))
    draft = drafted(a, b, c)
    assert draft.broken == []
    assert max(len(row["code"]) for row in draft.rows["a"]) <= 3


def test_a_number_is_no_larger_than_what_points_to_it_holds():
    big = replace(table("big", "id int8"), estimated_rows=100_000)
    small = rules(table("small", "no int8", "big_id int2"), primary_key=("no",), foreign_keys=(to("big", "big_id"),))
    draft = drafted(big, replace(small, estimated_rows=100), profile=True)
    assert draft.broken == []
    assert max(row["id"] for row in draft.rows["big"]) < 1 << 15
