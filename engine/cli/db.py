"""``engine db``: the engine's own server, and the tables of the shop and the ledger."""

from __future__ import annotations

import asyncio
import json

import click

from engine.cli.options import dsn_option, json_option
from engine.cli.production import guard, writes
from engine.dsn import redact
from engine.embedded import Resident
from migrations import current, downgrade, pending, upgrade

branch_option = click.option(
    "--branch", type=click.Choice(["shop", "engine", "all"]), default="all", show_default=True, help="Which tables."
)


@click.group("db")
def command() -> None:
    """The database: the engine's own server, and the migrations of the shop and the ledger."""


@command.command("start")
def start() -> None:
    """Start the engine's own PostgreSQL, unless it runs."""
    began = Resident().start()
    click.echo(f"{'started' if began else 'running already'}: {redact(Resident().url())}", err=True)


@command.command("stop")
def stop() -> None:
    """Stop the engine's own PostgreSQL; its data stay."""
    click.echo("stopped" if Resident().stop() else "it was not running", err=True)


@command.command("url")
def url() -> None:
    """Print the address of the engine's own PostgreSQL, password included; starts it if need be."""
    click.echo(Resident().url())


@command.command("status")
@dsn_option
@json_option
def status(dsn: str | None, as_json: bool) -> None:
    """Say whether the server runs, where its data are, and which migrations the database has."""
    own = Resident().status()
    target = dsn or (Resident().url() if own.running else None)
    revisions, waiting = asyncio.run(_revisions(target)) if target else ((), ())
    told = {
        "running": own.running,
        "pid": own.pid,
        "port": own.port,
        "data": str(own.data),
        "log": str(own.log),
        "database": redact(target) if target else None,
        "revisions": list(revisions),
        "pending": list(waiting),
    }
    if as_json:
        click.echo(json.dumps(told))
        return
    for name, value in told.items():
        click.echo(f"{name:<10} {', '.join(value) if isinstance(value, list) else value}")


async def _revisions(dsn: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return await current(dsn), await pending(dsn)


@command.command("upgrade")
@dsn_option
@branch_option
@writes
def up(dsn: str | None, branch: str) -> None:
    """Make the tables of the shop and the ledger, or bring them to the newest version."""
    guard(dsn)
    target = dsn or Resident().url()
    waiting = asyncio.run(pending(target, branch))
    upgrade(target, branch)
    click.echo(f"applied {', '.join(waiting)}" if waiting else "nothing to apply", err=True)


@command.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Empty the shop on the engine's own server, to begin again; never on a database of yours."""
    own = Resident().url()
    if not yes:
        click.confirm(f"Delete every row of the shop on {redact(own)}?", abort=True, err=True)
    if not asyncio.run(pending(own, "shop")):
        downgrade(own, "shop")
    upgrade(own, "shop")
    click.echo("the shop is empty", err=True)


@command.command("downgrade")
@dsn_option
@branch_option
@click.option("--revision", default="base", show_default=True, help="The revision to go back to.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@writes
def down(dsn: str | None, branch: str, revision: str, yes: bool) -> None:
    """Take the tables back to an earlier revision; what is in dropped tables is lost."""
    guard(dsn)
    target = dsn or Resident().url()
    if not yes:
        click.confirm(f"Undo {branch} down to {revision} on {redact(target)}?", abort=True, err=True)
    downgrade(target, branch, revision)
    click.echo("done", err=True)
