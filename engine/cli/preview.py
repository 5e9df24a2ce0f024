"""``engine preview``: show rows and the shape of time before anything is loaded."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click
from rich.console import Console

from engine.cli.options import reads_spec, request_of
from engine.cli.preview_text import tell
from engine.errors import UsageError
from engine.preview import preview
from engine.preview.look import MOST_ROWS, ROWS
from engine.run.look import check
from engine.run.prepare import Prepared
from engine.spec.nearest import nearest


@click.command("preview")
@reads_spec
@click.option("--rows", type=click.IntRange(1, MOST_ROWS), default=ROWS, help=f"Rows of each entity (default {ROWS}).")
@click.option("--entity", metavar="NAME", help="Only this entity, with all its columns.")
def command(
    spec: Path,
    dsn: str | None,
    assignments: tuple[str, ...],
    seed: int | None,
    now: str | None,
    as_json: bool,
    **chosen: object,
) -> None:
    """Show what SPEC would make: rows of every entity, the shape of time, and what events change.

    Nothing is loaded. Tables are looked up in the database of --dsn; without one, the shop's are known and nothing
    is started. It takes as long for ten thousand rows as for ten billion.
    """
    prepared = asyncio.run(check(request_of(spec, assignments, seed, now), dsn))
    only, rows = chosen["entity"], chosen["rows"]
    assert isinstance(rows, int)
    seen = preview(prepared.spec.scenario, prepared.plan, rows=rows, only=_known(prepared, only))
    if as_json:
        click.echo(json.dumps(seen.as_json(), ensure_ascii=False))
    else:
        tell(Console(), seen, whole=only is not None)


def _known(prepared: Prepared, name: object) -> str | None:
    """The entity that was asked for. Raises UsageError where there is none of that name."""
    if name is None:
        return None
    entities = list(prepared.plan.entities)
    if name not in entities:
        hint = nearest(str(name), entities) or f"there are {', '.join(entities)}"
        raise UsageError(f"--entity {name}: the spec has no such entity; {hint}")
    return str(name)
