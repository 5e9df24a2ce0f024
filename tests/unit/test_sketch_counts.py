"""How many rows the tables of a draft have."""

from __future__ import annotations

import pytest

from engine.sketch.counts import LEAVES, LISTED, USUAL
from tests.drafts import drafted, rules, to
from tests.worlds import table

SHOP = (
    table("countries", "id int8"),
    table("alone", "id int8"),
    rules(table("people", "id int8", "c int8"), foreign_keys=(to("countries", "c"),)),
    rules(table("orders", "id int8", "p int8"), foreign_keys=(to("people", "p"),)),
    rules(table("lines", "id int8", "o int8"), foreign_keys=(to("orders", "o"),)),
)
ESTIMATED = {"countries": 40, "alone": 0, "people": 2_000, "orders": 30_000, "lines": 90_000}


def counts(tables=SHOP, **wish: object) -> dict[str, int]:
    draft = drafted(*tables, **wish)
    return {name: entity["count"] for name, entity in draft.entities.items()}


@pytest.mark.parametrize("rows", [100, 1_000, 12_345])
def test_rows_are_those_of_an_average_table(rows: int):
    found = counts(rows=rows)
    assert sum(found.values()) / len(found) == pytest.approx(rows, rel=0.01)


def test_lists_are_short_and_leaves_are_long():
    found = counts(rows=1_000)
    unit = found["orders"] / USUAL
    assert found["countries"] / unit == pytest.approx(LISTED, rel=0.01)
    assert found["lines"] / unit == pytest.approx(LEAVES, rel=0.01)
    assert found["alone"] == found["people"] == found["orders"]


def test_one_row_is_the_least():
    assert min(counts(rows=1).values()) == 1


def analysed():
    return tuple(rules(t, estimated_rows=ESTIMATED[t.name]) for t in SHOP)


def test_statistics_say_how_many_rows_there_are():
    draft = drafted(*analysed(), profile=True)
    assert {n: e["count"] for n, e in draft.entities.items()} == {**ESTIMATED, "alone": 1}
    assert "count: 90000  # 90,000 there" in draft.text


def test_with_rows_given_statistics_say_the_proportion():
    found = counts(analysed(), profile=True, rows=1_000, rows_given=True)
    assert found["lines"] / found["orders"] == pytest.approx(3, rel=0.01)
    assert found["orders"] / found["people"] == pytest.approx(15, rel=0.01)
    assert sum(found.values()) / len(found) == pytest.approx(1_000, rel=0.01)


def test_without_a_profile_statistics_say_nothing():
    assert counts(analysed()) == counts()
