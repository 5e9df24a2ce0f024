"""Last passes: how many rows are expected, what they weigh, in which order roots go, and how they are cut."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from engine.errors import Code, wrong
from engine.plan.draft import Draft, EntityDraft
from engine.plan.model import Stage
from engine.types import Family, PgType

PARTITION_BYTES = 32 << 20
"""Expected bytes of one partition with all its children: small enough to hold a few times, and so large that the
calls that make it (some 20,000 for an order of black_friday and what hangs on it, whatever its rows) weigh little:
0.9 to 1.0 million rows a second at 12 MiB, 1.4 to 1.7 million at 32 MiB, 1.8 million at 48 MiB."""

LARGEST_FAMILY = 1 << 30
"""Expected bytes of one root with all that hangs on it; they are made at once."""

WIDTHS = {"int2": 2, "int4": 4, "int8": 8, "float4": 4, "float8": 8, "bool": 1, "uuid": 16, "date": 4, "interval": 16}


def width(type_: PgType) -> int:
    """A guess at a value's bytes in COPY, its length word included."""
    if type_.family is Family.DECIMAL:
        return 16
    if type_.family in (Family.TIMESTAMP, Family.TIME):
        return 12
    return 4 + WIDTHS.get(type_.name, min(type_.length or 20, 40))


def expect_rows(draft: Draft) -> None:
    """Multiply counts by mean fan-outs, parents before children."""
    for root in _roots(draft):
        root.expected_rows = float(root.count or 0)
        for child in descendants(draft, root):
            parent = draft.entities[str(child.parent)]
            child.expected_rows = parent.expected_rows * (child.fan_out.mean if child.fan_out else 0)


def descendants(draft: Draft, root: EntityDraft) -> tuple[EntityDraft, ...]:
    """Everything that hangs on `root` by `per`, parents before children."""
    found = [root]
    for entity in found:
        found.extend(e for e in draft.entities.values() if e.parent == entity.name)
    return tuple(found[1:])


def cut_partitions(draft: Draft) -> None:
    """Choose how many roots make a partition: a pure function of the spec, never of the workers."""
    for root in _roots(draft):
        family = (root, *descendants(draft, root))
        total = sum(e.expected_rows * row_bytes(e) for e in family)
        each = max(total / max(root.count or 1, 1), 1.0)
        if each > LARGEST_FAMILY:
            widest = max(family, key=lambda e: e.expected_rows)
            error = wrong(
                Code.TOO_COSTLY,
                f"one row of '{root.name}' has about {widest.expected_rows / max(root.count or 1, 1):.3g} rows of "
                f"'{widest.name}' below it, and they are made at once",
                hint="lower the fan-outs, or give one of the levels a `count` and a reference",
            )
            draft.report(error, "entities", widest.name, "per", "count")
        draft.partition_rows[root.name] = max(1, min(int(PARTITION_BYTES / each), 1 << 20))


def row_bytes(entity: EntityDraft) -> int:
    """A guess at the bytes of one row in COPY."""
    return 2 + sum(width(c.type) for c in entity.columns.values() if c.type and not c.hidden)


def order_stages(draft: Draft) -> None:
    """Group roots so that what is referred to is loaded before; circles share a stage."""
    family = {e.name: root.name for root in _roots(draft) for e in (root, *descendants(draft, root))}
    needs: dict[str, dict[str, None]] = {root.name: {} for root in _roots(draft)}
    for entity in draft.entities.values():
        for other in _pointed_at(draft, entity):
            if other in family and family[other] != family.get(entity.name):
                needs[family[entity.name]][family[other]] = None
    draft.stages = _layers({name: tuple(on) for name, on in needs.items()})


def _pointed_at(draft: Draft, entity: EntityDraft) -> list[str]:
    """Entities that this one refers to, and those whose tables its written foreign keys point to."""
    found = [column.target for column in entity.columns.values() if column.target]
    keys = [k.target for k in entity.table.foreign_keys if all(c in entity.columns for c in k.columns)]
    others = [e.name for e in draft.entities.values() if e.table.name != entity.table.name]
    tables = {name: (draft.entities[name].table.schema, draft.entities[name].table.name) for name in others}
    return found + [name for name, table in tables.items() if table in keys]


def _layers(needs: dict[str, tuple[str, ...]]) -> tuple[Stage, ...]:
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(error.args[1])
        return (Stage(tuple(needs), f"all together, because references form a circle: {circle}"),)
    stages: list[Stage] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        roots = tuple(name for name in needs if name in ready)
        on = dict.fromkeys(need for root in roots for need in needs[root])
        stages.append(Stage(roots, f"refers to {', '.join(on)}" if on else "refers to nothing"))
        sorter.done(*ready)
    return tuple(stages)


def _roots(draft: Draft) -> tuple[EntityDraft, ...]:
    return tuple(e for e in draft.entities.values() if e.parent is None)
