"""``engine runs``: what was run."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from engine.cli.options import dsn_option, json_option, ledger_option
from engine.cli.printable import plain
from engine.ledger import RunLine
from engine.run.database import connected, open_ledger, resolve

MEASURELESS = 1_000
LEAST = {"run": 36, "rows": 11}
"""Characters a column keeps on a narrow terminal: an id is copied whole, for `engine resume`."""


@click.command("runs")
@dsn_option
@ledger_option
@json_option
@click.option("--limit", default=20, type=click.IntRange(1, 10_000), show_default=True)
def command(dsn: str | None, ledger: Path | None, as_json: bool, limit: int) -> None:
    """List the newest runs that the ledger knows."""
    lines = asyncio.run(_runs(dsn, ledger, limit))
    if as_json:
        click.echo(json.dumps([_plain(line) for line in lines]))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("run", "scenario", "seed", "status", "begun", "rows"):
        table.add_column(name, justify="right" if name == "rows" else "left", no_wrap=True, min_width=LEAST.get(name))
    for line in lines:
        begun = f"{line.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(line.id), plain(line.scenario), str(line.seed), _status(line), begun, f"{line.rows:,}")
    width = None if sys.stdout.isatty() else MEASURELESS  # a pipe has no width to keep to
    Console(width=width).print(table if lines else "no run yet")


def _status(line: RunLine) -> str:
    return f"{line.status}, cleaned" if line.cleaned_at else line.status


async def _runs(dsn: str | None, ledger: Path | None, limit: int) -> tuple[RunLine, ...]:
    target = await resolve(dsn)
    async with connected(target) as connection, open_ledger(connection, target, ledger) as books:
        return await books.ledger.runs(limit)


def _plain(line: RunLine) -> dict[str, object]:
    return {
        "run_id": str(line.id),
        "scenario": line.scenario,
        "seed": line.seed,
        "status": line.status,
        "created_at": line.created_at.isoformat(),
        "rows": line.rows,
        "cleaned_at": line.cleaned_at.isoformat() if line.cleaned_at else None,
        "error": line.error,
    }
