"""``engine validate``: say what is wrong with a spec."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from engine.cli.failures import show
from engine.cli.options import reads_spec, request_of
from engine.errors import Diagnostic, SpecError
from engine.printable import printable
from engine.run.look import check


@click.command("validate")
@reads_spec
def command(
    spec: Path, dsn: str | None, assignments: tuple[str, ...], seed: int | None, now: str | None, as_json: bool
) -> None:
    """Say everything that is wrong with SPEC, each at its place.

    Tables are looked up in the database of --dsn; without one, the shop's are known and nothing is started.
    """
    found: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()
    try:
        request = request_of(spec, assignments, seed, now)
        notes = asyncio.run(check(request, dsn)).notes
    except SpecError as error:
        found = error.diagnostics
    for diagnostic in found:
        show(diagnostic)
    for note in notes:
        click.echo(printable(f"note: {note}"), err=True)
    if as_json:
        told = {"valid": not found, "diagnostics": [d.as_json() for d in found], "notes": list(notes)}
        click.echo(json.dumps(told, ensure_ascii=False))
    elif found:
        click.secho(f"{len(found)} problem{'s' if len(found) != 1 else ''}", fg="red", err=True)
    else:
        click.secho(f"{spec} is right", fg="green", err=True)
    raise click.exceptions.Exit(2 if found else 0)
