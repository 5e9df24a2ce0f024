"""``engine preview``: show rows and the shape of time before anything is loaded."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from engine.cli.options import reads_spec, request_of
from engine.cli.pages import html_option, png_option, write_pages
from engine.cli.preview_text import tell
from engine.errors import UsageError
from engine.preview import preview
from engine.preview.look import MOST_ROWS, ROWS
from engine.run.look import check
from engine.run.prepare import Prepared
from engine.spec.nearest import nearest


@dataclass(frozen=True, slots=True)
class Chosen:
    """What `engine preview` shows and where: its own options."""

    rows: int
    entity: str | None
    html: Path | None
    png: Path | None


@click.command("preview")
@reads_spec
@click.option("--rows", type=click.IntRange(1, MOST_ROWS), default=ROWS, help=f"Rows of each entity (default {ROWS}).")
@click.option("--entity", metavar="NAME", help="Only this entity, with all its columns.")
@html_option
@png_option
def command(
    spec: Path,
    dsn: str | None,
    assignments: tuple[str, ...],
    seed: int | None,
    now: str | None,
    as_json: bool,
    **own: Any,
) -> None:
    """Show what SPEC would make: rows of every entity, the shape of time, and what events change.

    Nothing is loaded. Tables are looked up in the database of --dsn; without one, the shop's are known and nothing
    is started. It takes as long for ten thousand rows as for ten billion.
    """
    chosen = Chosen(**own)
    prepared = asyncio.run(check(request_of(spec, assignments, seed, now), dsn))
    seen = preview(prepared.spec.scenario, prepared.plan, rows=chosen.rows, only=_known(prepared, chosen.entity))
    write_pages(seen, None, chosen.html, chosen.png)
    if as_json:
        click.echo(json.dumps(seen.as_json(), ensure_ascii=False))
    elif chosen.html is None and chosen.png is None:
        tell(Console(), seen, whole=chosen.entity is not None)


def _known(prepared: Prepared, name: str | None) -> str | None:
    """The entity that was asked for. Raises UsageError where there is none of that name."""
    if name is None:
        return None
    entities = list(prepared.plan.entities)
    if name not in entities:
        hint = nearest(name, entities) or f"there are {', '.join(entities)}"
        raise UsageError(f"--entity {name}: the spec has no such entity; {hint}")
    return name
