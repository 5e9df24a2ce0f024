"""``engine resume``: finish a run that was stopped or killed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import click

from engine.cli.options import dsn_option, json_option, ledger_option
from engine.cli.outcome import conclude
from engine.cli.production import guard, writes
from engine.cli.traced import otlp_option, traced
from engine.cli.watch import attended
from engine.run import resume


@click.command("resume")
@click.argument("run", type=click.UUID)
@dsn_option
@ledger_option
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that make and send rows (default: by size).")
@writes
@otlp_option
@json_option
def command(
    run: UUID, dsn: str | None, ledger: Path | None, workers: int | None, otlp: str | None, as_json: bool
) -> None:
    """Finish RUN: what it committed stays, the rest is made, constraints come back."""
    guard(dsn)
    with traced(otlp), attended(quiet=as_json) as (observer, stop):
        report = asyncio.run(resume(run, dsn=dsn, ledger=ledger, workers=workers, observer=observer, stop=stop))
    conclude(report, dsn, as_json=as_json, ledger=ledger)
