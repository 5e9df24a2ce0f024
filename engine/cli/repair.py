"""``engine repair``: bring back the constraints that a killed run left suspended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from engine.cli.options import dsn_option, ledger_option
from engine.cli.production import guard, writes
from engine.printable import printable
from engine.run.repair import repair


@click.command("repair")
@dsn_option
@ledger_option
@writes
def command(dsn: str | None, ledger: Path | None) -> None:
    """Bring back every constraint and index that a killed run left suspended."""
    guard(dsn)
    restored = asyncio.run(repair(dsn, ledger))
    for name in restored:
        click.echo(f"restored {printable(name)}", err=True)
    click.echo(f"{len(restored)} restored" if restored else "nothing is suspended", err=True)
