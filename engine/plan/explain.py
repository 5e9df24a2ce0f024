"""A plan in words: what comes in which order and why, what it weighs, and what recomputing costs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np

from engine.generators.base import Window
from engine.plan.model import EntityPlan, FaultPlan, Plan
from engine.plan.stages import PARTITION_BYTES
from engine.report import Shape
from engine.units import zone

BARS = " ▁▂▃▄▅▆▇█"
SHAPE_COLUMNS = 62


def explain(plan: Plan) -> list[str]:
    """The plan, line by line, for people."""
    rows = sum(f.expected_rows for f in plan.filled)
    size = sum(e.loaded_rows * e.row_bytes for e in plan.entities.values() if not e.virtual)
    lines = [
        f"scenario {plan.scenario}, seed {plan.seed}",
        f"window   {_instant(plan, plan.window.start)} to {_instant(plan, plan.window.end)} ({plan.window.timezone})",
        f"rows     about {rows:,.0f} in {len(plan.filled)} tables, about {_bytes(size)}",
    ]
    for number, stage in enumerate(plan.stages, 1):
        lines += ["", f"stage {number}: {stage.reason}"]
        for root in stage.roots:
            lines += _family(plan, root)
    return lines + _time(plan) + _faults(plan) + _costs(plan) + _server(plan)


def _faults(plan: Plan) -> list[str]:
    """What goes wrong on purpose, and where it is written down."""
    lines = [f"  {name:<18} {told}" for name, told in faults_in_words(plan).items()]
    if lines and plan.labels is not None:
        lines.append(f"  every change is written down in {plan.labels.table.qualified}")
    return ["", "faults, after the clean rows:", *lines] if lines else []


def faults_in_words(plan: Plan) -> dict[str, str]:
    """Each fault by its name: how many rows of what, and what happens to them."""
    return {fault.name: _fault(entity, fault) for entity in plan.entities.values() for fault in entity.faults}


def _fault(entity: EntityPlan, fault: FaultPlan) -> str:
    about = "" if fault.draw.count is not None else "about "
    columns = "" if fault.again else f" {', '.join(change.column for change in fault.changes)}"
    return f"{about}{fault.asked:,.0f} rows of {entity.name}: {fault.kind}{columns}"


def _time(plan: Plan) -> list[str]:
    lines = []
    for entity in plan.entities.values():
        found = shape(entity, plan.window, SHAPE_COLUMNS)
        if found and any(found.counts):
            lines.append(f"  {entity.name:<16} {sparkline(found.counts)}")
    return ["", "rows over the window:", *lines] if lines else []


def _family(plan: Plan, root: str) -> list[str]:
    lines = []
    for name in plan.family(root):
        entity = plan.entities[name]
        rows = f"{'~' if entity.parent or entity.keep else ''}{entity.expected_rows:,.0f}"
        label = "  " * (1 + _depth(plan, entity)) + name
        into = "nothing (virtual)" if entity.virtual else entity.table.qualified
        if entity.existing:
            into = f"{entity.table.qualified}, whose rows are there already"
        lines.append(f"{label:<20} {rows:>14} rows → {into}{_why(entity)}")
    parts = len(plan.partitions(root))
    lines.append(
        f"  {parts} partition{'s' if parts != 1 else ''} of up to {plan.partition_rows[root]:,} {root} "
        f"with all their children (about {_bytes(PARTITION_BYTES)})"
    )
    return lines


def _why(entity: EntityPlan) -> str:
    return _shape(entity) + (", less what `keep` leaves out" if entity.keep is not None else "")


def _shape(entity: EntityPlan) -> str:
    if entity.fan_out is not None:
        return f", per {entity.parent}: {entity.fan_out.mean:.3g} each, at most {entity.fan_out.maximum:,}"
    return f", sorted by {_moment(entity)}" if entity.moments is not None else ""


def _moment(entity: EntityPlan) -> str:
    return next((c.name for c in entity.columns.values() if c.note == "moment"), "")


def _depth(plan: Plan, entity: EntityPlan) -> int:
    return 0 if entity.parent is None else 1 + _depth(plan, plan.entities[entity.parent])


def _costs(plan: Plan) -> list[str]:
    if not plan.costs:
        return ["", "recomputed: nothing"]
    return [
        "",
        "recomputed (values made again for each row, because nothing is looked up):",
        *(f"  {c.entity}.{c.column}: {c.values_per_row:,.3g} through {c.through}" for c in plan.costs),
    ]


def _server(plan: Plan) -> list[str]:
    left = [f"{e.table.qualified}.{c}" for e in plan.entities.values() for c in e.server_columns]
    return ["", "left to PostgreSQL (defaults, identity, triggers): " + ", ".join(left)] if left else []


def _instant(plan: Plan, micros: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micros)
    return moment.astimezone(zone(plan.window.timezone)).strftime("%Y-%m-%d %H:%M")


def _bytes(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"


def shape(entity: EntityPlan, window: Window, columns: int) -> Shape | None:
    """How an entity's rows lie in `columns` equal parts of the window; None without a timeline."""
    if entity.moments is None:
        return None
    start, end = window.start, window.end
    edges = np.array([start + (end - start) * i // columns for i in range(columns + 1)], np.int64)
    counts = np.diff(entity.moments.born(edges - 1))
    column, counted = _moment(entity), tuple(counts.tolist())
    written = column in entity.written and not entity.virtual
    return Shape(entity.name, column, start, end, counted, window.timezone, written)


def sparkline(counts: tuple[int, ...]) -> str:
    """Counts as one line of bars; a count above 0 shows."""
    most = max([*counts, 1])
    return "".join(BARS[min(8, -(-8 * count // most))] for count in counts)
