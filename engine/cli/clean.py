"""``engine clean``: remove exactly what a run made."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from engine.cli.options import dsn_option, json_option, ledger_option
from engine.cli.printable import plain
from engine.cli.production import guard, writes
from engine.errors import Refused
from engine.printable import printable
from engine.run.clean import Cleaned, Committed, clean


@click.command("clean")
@click.argument("run", type=click.UUID)
@dsn_option
@ledger_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@writes
@json_option
def command(run: UUID, dsn: str | None, ledger: Path | None, yes: bool, as_json: bool) -> None:
    """Remove the rows that RUN made, and no others: all of them, or none where rows of others point to them."""
    guard(dsn)
    if not yes and not sys.stdin.isatty():
        raise Refused("clean deletes rows and there is no terminal to ask at\n  hint: --yes says it beforehand")
    cleaned = asyncio.run(clean(run, dsn=dsn, ledger=ledger, agree=partial(_ask, yes=yes)))
    _tell(cleaned)
    if as_json:
        click.echo(json.dumps(_plain(cleaned), ensure_ascii=False))


def _ask(committed: Committed, *, yes: bool) -> None:
    if yes:
        return
    rows = ", ".join(f"{committed.rows[name]:,} of {table}" for name, table in committed.tables.items())
    question = f"Delete the rows of run {committed.run} ({committed.scenario}): {rows or 'none'}?"
    if not click.confirm(printable(question), err=True):
        raise Refused("nothing was deleted")


def _tell(cleaned: Cleaned) -> None:
    console = Console(stderr=True)
    table = Table(box=None, pad_edge=False)
    for name in ("entity", "table", "removed", "changed since", "gone before"):
        table.add_column(name, justify="left" if name in ("entity", "table") else "right")
    for name, line in _lines(cleaned).items():
        numbers = (f"{line[key]:,}" for key in ("removed", "changed", "missing"))
        table.add_row(plain(name), plain(str(line["table"])), *numbers)
    console.print(table)
    for emptied, run in cleaned.emptied.items():
        text = f"note: {emptied} was empty when run {run} began, so nothing in it was looked for"
        console.print(plain(text), soft_wrap=True)
    console.print(f"\n{cleaned.removed:,} rows removed", highlight=False)


def _lines(cleaned: Cleaned) -> dict[str, dict[str, str | int]]:
    """What was removed of each entity, what of it had been changed, and what was not there any more."""
    committed = cleaned.committed
    return {
        name: {
            "table": str(table),
            "removed": cleaned.found[name].rows if name in cleaned.found else 0,
            "changed": cleaned.found[name].changed if name in cleaned.found else 0,
            "missing": committed.rows[name] - (cleaned.found[name].rows if name in cleaned.found else 0),
        }
        for name, table in committed.tables.items()
    }


def _plain(cleaned: Cleaned) -> dict[str, object]:
    committed = cleaned.committed
    return {
        "run_id": str(committed.run),
        "scenario": committed.scenario,
        "entities": _lines(cleaned),
        "rows": cleaned.removed,
        "emptied": {str(table): str(run) for table, run in cleaned.emptied.items()},
    }
