"""Trees: rows on rows of their own entity, without a circle, as deep and as wide as the spec says."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from engine.errors import SpecError
from tests.odd_world import ODD
from tests.worlds import plan_of, rows_of

SPEC = """
scenario: odd
window: {{start: 2025-11-01, end: 2025-12-01}}
entities:
  people:
    table: people
    count: {count}
    columns:
      id: {{sequence: {{start: 100, step: 7}}}}
      serial: 1
      boss_id: {{reference: people, pick: {{tree: {tree}}}}}
      score: {{level: boss_id}}
      name: {{choice: [ab, cd, ef]}}
      note: {{path: boss_id.name, separator: " > "}}
      day: {{attribute: boss_id.boss_id.born, hidden: true}}
      born: {{uniform: {{min: 2025-11-01, max: 2025-12-01}}}}
"""


def family(count: int, tree: str, **more: int) -> pa.Table:
    return rows_of(plan_of(SPEC.format(count=count, tree=tree), ODD), "people", **more)["people"]


def walked(rows: pa.Table) -> tuple[list[int], list[str], Counter[int]]:
    """The slow twin: levels and paths by walking up from every row, and how many rows hang on each."""
    above = dict(zip(rows["id"].to_pylist(), rows["boss_id"].to_pylist(), strict=True))
    name = dict(zip(rows["id"].to_pylist(), rows["name"].to_pylist(), strict=True))
    levels, paths = [], []
    for row in above:
        way = [row]
        while above[way[-1]] is not None:
            assert above[way[-1]] < way[-1], "a row hangs on an earlier one, so there is no circle"
            way.append(above[way[-1]])
        levels.append(len(way))
        paths.append(" > ".join(name[one] for one in reversed(way)))
    return levels, paths, Counter(up for up in above.values() if up is not None)


@pytest.mark.parametrize(
    ("count", "tree"),
    [
        (2_000, "{roots: 5, branching: 3}"),
        (40, "{roots: 40, branching: 3}"),
        (30, "{branching: 1}"),
        (1_000, "{roots: 4, depth: 5}"),
        (1_000, "{roots: 4, depth: 5, zipf: 0.9}"),
        (9, "{roots: 4, depth: 6}"),
        (5, "{roots: 5, depth: 1}"),
        (84, "{roots: 4, branching: 4, depth: 3}"),
    ],
)
def test_a_tree_is_what_walking_up_from_every_row_finds(count: int, tree: str):
    rows = family(count, tree)
    levels, paths, _ = walked(rows)
    assert rows["score"].to_pylist() == levels
    assert rows["note"].to_pylist() == paths
    assert rows["boss_id"].null_count == levels.count(1)
    assert family(count, tree, batch_rows=13).equals(rows)


def test_every_row_has_as_many_below_as_it_should():
    rows = family(5 + 15 + 45 + 20, "{roots: 5, branching: 3}")
    levels, _, below = walked(rows)
    assert Counter(levels) == {1: 5, 2: 15, 3: 45, 4: 20}
    assert sorted(below.values()) == [2, *[3] * 26]


def test_levels_grow_by_one_factor_and_rows_hang_on_any_of_the_level_above():
    levels, _, below = walked(family(4 * (1 + 5 + 25 + 125), "{roots: 4, depth: 4}"))
    assert Counter(levels) == {1: 4, 2: 20, 3: 100, 4: 500}
    assert 2 <= len([n for n in below.values() if n >= 9]) < 60, "some have twice as many as the average"


def test_some_have_many_more_below_them_where_the_law_is_uneven():
    even, uneven = (walked(family(20_000, f"{{roots: 50, depth: 2, zipf: {zipf}}}"))[2] for zipf in (0, 1.1))
    assert max(even.values()) < 500 < 2_500 < max(uneven.values())
    assert list(uneven) != sorted(uneven, key=lambda row: -uneven[row]), "who has many does not follow the order"


@pytest.mark.parametrize(
    ("count", "tree", "said"),
    [
        (100, "{roots: 5, branching: 3, depth: 3}", r"3 levels hold 5 \+ 15 \+ 45 = 65 rows, and there are 100"),
        (100, "{branching: 1}", r"64 levels hold 1 \+ 1 \+ 1 \+ 1 \+ … = 64 rows, and there are 100"),
        (4, "{roots: 5, branching: 3}", r"5 roots of 4 rows"),
        (7, "{roots: 5, depth: 4}", r"4 levels below 5 roots need 8 rows, and there are 7"),
        (7, "{roots: 5, depth: 1}", r"one level has 5 rows, and there are 7"),
        (7, "{roots: 5}", r"a tree has a `branching` or a `depth`"),
        (70, "{roots: 5, branching: 3, zipf: 1}", r"none has more"),
        (70, "{roots: 0, branching: 3}", r"roots"),
        (70, "{branching: 3}, zipf: 0.5", r"zipf, weight or tree, one of them"),
    ],
)
def test_trees_that_cannot_be_are_refused(count: int, tree: str, said: str):
    with pytest.raises(SpecError, match=said):
        plan_of(SPEC.format(count=count, tree=tree), ODD)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{level: boss_id}", "{level: id}", r"'id' leads to no row above"),
        ("boss_id.name,", "boss_id.born,", r"'born' is timestamp.*: a path is text"),
        ("boss_id.name,", "boss_id.note,", r"made from each other|circle|itself"),
        ("    count: 50", '    count: 50\n    keep: "id > 300"', r"has a `keep` or `fold`"),
        ("id: {sequence: {start: 100, step: 7}}", "id: {uuid4: true}", r"uuid|int8"),
    ],
)
def test_what_does_not_go_with_a_tree_is_refused(old: str, new: str, said: str):
    text = SPEC.format(count=50, tree="{branching: 3}")
    assert old in text
    with pytest.raises(SpecError, match=said):
        plan_of(text.replace(old, new, 1), ODD)
