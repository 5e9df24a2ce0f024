"""The part of a draft that is compiled so that its CHECKs can be tried has the values of the whole."""

from __future__ import annotations

import asyncio
from datetime import date

from engine.catalog.introspect import introspect
from engine.run.database import connected
from engine.run.prepare import Prepared, Request, prepare
from engine.run.sampled import sampled
from engine.run.trials import trials_of, written_columns
from engine.sketch.draft import sketch_of, written
from engine.sketch.excerpt import excerpt
from engine.sketch.sheet import Sketch
from engine.sketch.wish import Wish
from tests.schemas.ours import builder

WISH = Wish(date(2025, 11, 29), date(2026, 11, 29), rows=100, rows_given=True)


def test_columns_that_rules_read_have_the_values_of_the_whole_draft(database: str):
    async def compiled(sketch: Sketch) -> Prepared:
        async with connected(database) as connection:
            return await prepare(connection, Request(written(sketch), "draft.yaml"))

    async def sketched() -> Sketch:
        async with connected(database) as connection:
            return sketch_of(await introspect(connection), WISH)

    for schema in ("checks", "keys", "uniques", "habits"):
        builder(schema)(database)
    sketch = asyncio.run(sketched())
    some = frozenset(sketch.sheets)
    whole, short = (asyncio.run(compiled(one)) for one in (sketch, excerpt(sketch, some, some)))
    entities = whole.plan.entities
    wanted = {n: w for n, e in entities.items() if not e.virtual and (w := written_columns(trials_of(e)))}
    values = [dict(sampled(one.plan, wanted)) for one in (whole, short)]
    assert wanted
    assert list(values[0]) == list(values[1]) == list(wanted)
    assert [name for name in wanted if not values[0][name].equals(values[1][name])] == []
    made = [sum(len(entity.written) for entity in one.plan.entities.values()) for one in (whole, short)]
    assert made[1] < made[0]
