"""How errors look in a terminal: every diagnostic with its line of the spec underlined."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import click

from engine.errors import Diagnostic, EngineError, SpecError, UsageError
from engine.printable import printable
from engine.report import Report, Status

INTERRUPTED = 130
STOPPED = "stopped at once; `engine runs` lists what can be resumed, `engine repair` brings constraints back"

Failure: TypeAlias = EngineError | click.ClickException | click.Abort | KeyboardInterrupt


def tell(error: Failure) -> int:
    """Print an error on standard error, a SpecError diagnostic by diagnostic; the exit code to leave with."""
    if isinstance(error, SpecError):
        _tell_all(error.diagnostics)
    elif isinstance(error, click.ClickException):
        error.show()
        return UsageError.exit_code
    else:
        click.secho(f"error: {printable(_message(error))}", fg="red", err=True)
    return error.exit_code if isinstance(error, EngineError) else INTERRUPTED


def as_report(error: Failure) -> dict[str, object]:
    """What ``--json`` prints where there is no report: its keys, empty but for the status and what went wrong."""
    stopped = isinstance(error, click.Abort | KeyboardInterrupt)
    said = error.diagnostics if isinstance(error, SpecError) else (_message(error),)
    status = Status.INTERRUPTED if stopped else Status.FAILED
    report = Report("", "", 0, status, entities={}, seconds=0.0, diagnostics=tuple(map(str, said)))
    return report.as_json() | {"run_id": None, "scenario": None, "seed": None}


def _message(error: Failure) -> str:
    if isinstance(error, EngineError):
        return str(error)
    return error.format_message() if isinstance(error, click.ClickException) else STOPPED


def _tell_all(diagnostics: tuple[Diagnostic, ...]) -> None:
    for diagnostic in diagnostics:
        show(diagnostic)
    number = len(diagnostics)
    click.secho(f"{number} problem{'s' if number != 1 else ''}; nothing was written", fg="red", err=True)


def show(diagnostic: Diagnostic) -> None:
    """One diagnostic: place, code, message, the line it is about, and what to do."""
    place = f"{diagnostic.location}: " if diagnostic.location else ""
    code = click.style(str(diagnostic.code), fg="red", bold=True)
    click.echo(f"{click.style(printable(place), bold=True)}{code} {printable(diagnostic.message)}", err=True)
    line = _line(diagnostic)
    if line is not None and diagnostic.location:
        click.echo(f"    {line}", err=True)
        click.secho(f"    {' ' * (diagnostic.location.column - 1)}^", fg="red", err=True)
    if diagnostic.hint:
        click.echo(f"  {click.style('hint:', fg='cyan')} {printable(diagnostic.hint)}", err=True)


def _line(diagnostic: Diagnostic) -> str | None:
    if diagnostic.location is None:
        return None
    try:
        lines = Path(diagnostic.location.file).read_text(encoding="utf-8").splitlines()
        text = lines[diagnostic.location.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    return text if text.isprintable() and len(text) <= 160 else None
