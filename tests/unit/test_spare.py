"""Places that an append passes over, beside the slow and obvious way to find them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from engine.catalog.model import Catalog, Column, Table
from engine.errors import SpecError
from engine.generate.rows import World
from engine.generate.spare import Taken, passed_over
from engine.plan.compile import compile_plan
from engine.plan.model import Plan
from engine.spec.load import load
from engine.types import DATE, INT4, TEXT

SPEC = """\
scenario: small
seed: {seed}
window: {{start: 2025-01-01, end: 2025-02-01}}
entities:
  t:
    table: t
    count: {count}
    distinct: [[kind, day]]
    columns:
      code: {{uniform: {{min: 1, max: 300}}, unique: true}}
      kind: {{choice: [a, b, c, d, e, f, g, h]}}
      day: {{uniform: {{min: 2025-01-01, max: 2025-01-31}}}}
"""
TABLE = Table("public", "t", (Column("code", INT4), Column("kind", TEXT), Column("day", DATE)))


def plan(seed: int, count: int) -> Plan:
    text = SPEC.format(seed=seed, count=count)
    return compile_plan(load(text, file="small.yaml"), Catalog({TABLE.id: TABLE}))


def values(of: Plan, places: range | list[int]) -> list[tuple[object, ...]]:
    """Code, kind and day at each place, one place at a time."""
    found: list[tuple[object, ...]] = []
    for place in places:
        rows = World(of).roots("t", np.zeros(1, np.int64)).standing(np.array([place], np.int64))
        found.append(tuple(rows.written(name)[0].as_py() for name in ("code", "kind", "day")))
    return found


def taken(rows: list[tuple[object, ...]]) -> list[Taken]:
    code, kind, day = ([row[n] for row in rows] for n in range(3))
    return [
        Taken(("code",), (pa.array(code, pa.int32()),)),
        Taken(("kind", "day"), (pa.array(kind, pa.string()), pa.array(day, pa.date32()))),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_passed_over_is_what_looking_at_each_place_finds(seed: int):
    mine, theirs = plan(seed, 60), plan(seed + 100, 60)
    before = values(theirs, range(0, 60, 2))
    known = {row[0] for row in before}, {row[1:] for row in before}
    slow: list[int] = []
    place = 0
    while place - len(slow) < 60:
        ((code, *pair),) = values(mine, [place])
        slow += [place] if code in known[0] or tuple(pair) in known[1] else []
        place += 1
    slow = [one for one in slow if one < place]
    assert list(passed_over(mine, mine.entities["t"], taken(before))) == slow
    entity = replace(mine.entities["t"], passed=tuple(slow))
    rows = World(replace(mine, entities={"t": entity})).roots("t", np.arange(60))
    assert rows.place.tolist() == [one for one in range(place) if one not in slow]
    assert not {v.as_py() for v in rows.written("code")} & known[0]


def test_with_nothing_taken_nothing_is_passed_over_and_a_null_is_no_value():
    mine = plan(1, 60)
    assert passed_over(mine, mine.entities["t"], taken([])) == ()
    nulls = [Taken(("kind", "day"), (pa.array([None, "a"], pa.string()), pa.array([None, None], pa.date32())))]
    assert passed_over(mine, mine.entities["t"], nulls) == ()


def test_fewer_free_values_than_rows_are_refused():
    mine = plan(1, 200)
    every = [Taken(("code",), (pa.array(range(1, 150), pa.int32()),))]
    with pytest.raises(SpecError, match="200 more rows of 't' are asked for, and 151 values of code are free"):
        passed_over(mine, mine.entities["t"], every)
