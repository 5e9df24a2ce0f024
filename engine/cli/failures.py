"""How errors look in a terminal: every diagnostic with its line of the spec underlined."""

from __future__ import annotations

from pathlib import Path

import click

from engine.errors import Diagnostic, EngineError, SpecError


def tell(error: EngineError) -> None:
    """Print an error on standard error; a SpecError diagnostic by diagnostic."""
    if not isinstance(error, SpecError):
        click.secho(f"error: {error}", fg="red", err=True)
        return
    for diagnostic in error.diagnostics:
        show(diagnostic)
    number = len(error.diagnostics)
    click.secho(f"{number} problem{'s' if number != 1 else ''}; nothing was written", fg="red", err=True)


def show(diagnostic: Diagnostic) -> None:
    """One diagnostic: place, code, message, the line it is about, and what to do."""
    place = f"{diagnostic.location}: " if diagnostic.location else ""
    code = click.style(str(diagnostic.code), fg="red", bold=True)
    click.echo(f"{click.style(place, bold=True)}{code} {diagnostic.message}", err=True)
    line = _line(diagnostic)
    if line is not None and diagnostic.location:
        click.echo(f"    {line}", err=True)
        click.secho(f"    {' ' * (diagnostic.location.column - 1)}^", fg="red", err=True)
    if diagnostic.hint:
        click.echo(f"  {click.style('hint:', fg='cyan')} {diagnostic.hint}", err=True)


def _line(diagnostic: Diagnostic) -> str | None:
    if diagnostic.location is None:
        return None
    try:
        lines = Path(diagnostic.location.file).read_text(encoding="utf-8").splitlines()
        text = lines[diagnostic.location.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    return text if text.isprintable() and len(text) <= 160 else None
