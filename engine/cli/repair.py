"""``engine repair``: bring back the constraints that a killed run left suspended."""

from __future__ import annotations

import asyncio

import click

from engine.cli.options import dsn_option
from engine.run.repair import repair


@click.command("repair")
@dsn_option
def command(dsn: str | None) -> None:
    """Bring back every constraint and index that a killed run left suspended."""
    restored = asyncio.run(repair(dsn))
    for name in restored:
        click.echo(f"restored {name}", err=True)
    click.echo(f"{len(restored)} restored" if restored else "nothing is suspended", err=True)
