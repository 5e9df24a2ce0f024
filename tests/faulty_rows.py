"""A small story with faults, all its rows in memory, and what its labels must say of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pyarrow as pa

from engine.faults.spelled import spelled
from engine.generate.partition import make
from engine.generate.rows import World
from engine.generate.settle import settle
from engine.plan.compile import compile_plan
from engine.plan.model import LABELS, Plan
from engine.spec.load import load
from tests.worlds import SHOP, STORY, catalog, table

NOTES = table("notes", "fault text", "table_name text", "row_key text", "column_name text", "clean_value text null")
WITH_NOTES = catalog(*(replace(t, foreign_keys=()) for t in SHOP.tables.values()), NOTES)


def faulty(faults: str, seed: int = 7, story: str = STORY) -> Plan:
    """The plan of the small story with faults."""
    spec = load(story + faults, file="story.yaml", seed=seed)
    return settle(compile_plan(spec, WITH_NOTES))


def made(plan: Plan, batch_rows: int = 65_536) -> tuple[dict[str, pa.Table], Counter[str]]:
    """Every row that is sent, in order, and what was counted."""
    batches: dict[str, list[pa.RecordBatch]] = {one.name: [] for one in plan.filled}
    counts: Counter[str] = Counter()
    world = World(plan)
    for stage in plan.stages:
        for root in stage.roots:
            for number in plan.partitions(root):
                for batch in make(world, plan.partition(root, number), batch_rows):
                    batches[batch.entity].append(batch.rows)
                    counts.update({name.removeprefix("fault "): rows for name, rows in batch.faults.items()})
    return {name: pa.Table.from_batches(found) for name, found in batches.items() if found}, counts


def require_honest_labels(plan: Plan, tables: dict[str, pa.Table], clean: dict[str, pa.Table]) -> int:
    """Every value that differs from the clean one has one label, which says what was made; how many there are."""
    types = {entity.table.qualified: entity for entity in plan.entities.values() if entity.name in tables}
    stored = {name: by_key(plan, name, tables[entity.name]) for name, entity in types.items()}
    before = {name: by_key(plan, name, clean[entity.name]) for name, entity in types.items()}
    labels = tables[LABELS].to_pylist() if LABELS in tables else []
    seen = set()
    for label in labels:
        name, key, column = label["table_name"], label["row_key"], label["column_name"]
        assert stored[name][key][column] != label["clean_value"]
        if column != "id":
            assert before[name][key][column] == label["clean_value"]
        seen.add((name, key, column))
    changed = {
        (name, key, column)
        for name, rows in stored.items()
        for key, row in rows.items()
        for column in (row if key in before[name] else ["id"])
        if key not in before[name] or row[column] != before[name][key][column]
    }
    assert changed == seen
    assert len(seen) == len(labels)
    return len(labels)


def by_key(plan: Plan, name: str, rows: pa.Table) -> dict[str, dict[str, str]]:
    """Rows as texts, by their keys."""
    entity = next(e for e in plan.entities.values() if e.table.qualified == name)
    columns = {c: spelled(rows[c].combine_chunks(), entity.columns[c].type).to_pylist() for c in rows.schema.names}
    found = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert len({row["id"] for row in found}) == len(found)
    return {row["id"]: row for row in found}
