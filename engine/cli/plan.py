"""``engine plan``: say what a run would do, and why."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from engine.cli.options import reads_spec, request_of
from engine.plan.explain import explain
from engine.printable import printable
from engine.run import Rows
from engine.run.look import Outlook, outlook


@click.command("plan")
@reads_spec
@click.option("--append", is_flag=True, help="What a run with --append would add to the rows that are there.")
def command(
    spec: Path, dsn: str | None, assignments: tuple[str, ...], seed: int | None, now: str | None, **how: Any
) -> None:
    """Say what a run of SPEC would do: stages and why, rows, partitions, costs, what is suspended and what not.

    Constraints are surveyed in the database of --dsn, or in the engine's own if it runs; else the shop is known.
    """
    request = request_of(spec, assignments, seed, now)
    seen = asyncio.run(outlook(replace(request, rows=Rows.APPEND if how["append"] else Rows.REFUSE), dsn))
    if how["as_json"]:
        click.echo(json.dumps(_plain(seen), ensure_ascii=False))
        return
    click.echo(printable("\n".join([*explain(seen.prepared.plan), *_short(seen), *_constraints(seen), *_later(seen)])))


def _short(seen: Outlook) -> list[str]:
    """What gets fewer rows than the spec asks for."""
    return ["", "fewer rows than asked for:", *(f"  {note}" for note in seen.notes)] if seen.notes else []


def _constraints(seen: Outlook) -> list[str]:
    if seen.decisions is None:
        return [
            "",
            "constraints: give --dsn, or `engine db start`, to see which are suspended during the load, and which stay",
        ]
    lines = ["", "constraints and indexes during the load:"]
    for action in ("suspend", "keep"):
        some = [d for d in seen.decisions if d.action == action]
        lines += [f"  {action:<8} {d.table}: {d.object} ({d.why})" for d in some]
    return lines


def _later(seen: Outlook) -> list[str]:
    """What is left null at first, or why there is no first row."""
    if seen.tangle is not None:
        return ["", f"as the tables are now a run is refused: {seen.tangle}"]
    columns = [f"  {name}.{column}" for name, some in seen.prepared.plan.postponed.items() for column in some]
    return ["", "filled after the load, because foreign keys that stay lead round:", *columns] if columns else []


def _plain(seen: Outlook) -> dict[str, object]:
    plan = seen.prepared.plan
    return {
        "scenario": plan.scenario,
        "seed": plan.seed,
        "rows": round(seen.prepared.expected_rows),
        "stages": [{"roots": list(s.roots), "reason": s.reason} for s in plan.stages],
        "entities": {f.name: {"table": f.table.qualified, "rows": round(f.expected_rows)} for f in plan.filled},
        "faults": {
            f.name: {"entity": e.name, "kind": f.kind, "rows": round(f.asked)}
            for e in plan.entities.values()
            for f in e.faults
        },
        "partitions": {root: len(plan.partitions(root)) for s in plan.stages for root in s.roots},
        "costs": [{"column": f"{c.entity}.{c.column}", "values_per_row": c.values_per_row} for c in plan.costs],
        "constraints": [
            {"table": str(d.table), "object": d.object, "action": d.action, "why": d.why} for d in seen.decisions or ()
        ],
        "postponed": {name: list(columns) for name, columns in plan.postponed.items()},
        "refused": seen.tangle,
        "notes": list(seen.notes),
    }
