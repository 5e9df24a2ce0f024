"""Better estimates by looking: a few hundred roots of each kind are asked how many children they have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.errors import GenerateError
from engine.generate.rows import EntityRows, World
from engine.plan.model import EntityPlan, Plan

SAMPLE_ROWS = 512
SAMPLE_CHILDREN = 200_000


def estimate(plan: Plan) -> Plan:
    """The plan with `expected_rows` of children, and of what `keep` leaves, as a sample of each entity's roots has it.

    A root whose sample cannot be made keeps the estimate that the laws gave: the load will tell.
    """
    found: dict[str, float] = {}
    for name, entity in plan.entities.items():
        if entity.count and (entity.children or entity.keep):
            most = max(plan.entities[child].expected_rows for child in plan.family(name)) / entity.count
            size = min(SAMPLE_ROWS, entity.count, max(1, int(SAMPLE_CHILDREN / max(most, 1.0))))
            index = np.unique(np.linspace(0, entity.count - 1, size).astype(np.int64))
            rows = World(plan).roots(name, index)
            try:
                rows = rows.kept()
                found[name] = rows.size * entity.count / len(index)
                _count(rows, entity.count / len(index), found)
            except GenerateError:
                continue
            finally:
                rows.release()
    entities = {name: _with(entity, found.get(name, entity.expected_rows)) for name, entity in plan.entities.items()}
    return replace(plan, entities=entities)


def _with(entity: EntityPlan, rows: float) -> EntityPlan:
    """An entity of so many rows, and its share of them for the faults that draw each row on its own."""
    drawn = (f if f.draw.count is not None else replace(f, asked=f.draw.share * rows) for f in entity.faults)
    return replace(entity, expected_rows=rows, faults=tuple(drawn))


def _count(rows: EntityRows, weight: float, found: dict[str, float]) -> None:
    for name in rows.entity.children:
        children, _ = rows.children(name)
        found[name] = found.get(name, 0.0) + children.size * weight
        _count(children, weight, found)
