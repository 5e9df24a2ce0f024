"""How a run that ended is told, and with which exit code."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from engine.cli.printable import plain
from engine.embedded import Resident
from engine.plan.explain import sparkline
from engine.preview.instants import local
from engine.report import Report, Status
from engine.run.sample import Sample, sample
from engine.types import DAY

CELL = 22
"""The widest cell of a sample row."""
UNFULFILLED = 3
"""The exit code where the rows are there and something that was expected of them is not true."""
EXIT = {Status.SUCCEEDED: 0, Status.FAILED: 1, Status.CANCELLED: 130, Status.INTERRUPTED: 130}


def conclude(
    report: Report, dsn: str | None, *, as_json: bool, ledger: Path | None = None, there: bool = False
) -> None:
    """Print the report and leave with its exit code; `ledger` is the file that was named, if any.

    Of a run that a server did `there` no rows are looked at.
    """
    console = Console(stderr=True)
    for note in report.notes:
        console.print(plain(f"note: {note}"), soft_wrap=True)
    if report.status is Status.SUCCEEDED:
        _table(console, report)
        _expectations(console, report)
        if not as_json:
            _shapes(console, report)
            _rows(console, None if there else asyncio.run(sample(report, dsn)))
        if dsn is None and not as_json and not there:
            _where(console)
    else:
        _trouble(console, report, ledger, there=there)
    if report.trace_id:
        console.print(f"trace {report.trace_id}", highlight=False)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    raise click.exceptions.Exit(EXIT[report.status] or (0 if report.fulfilled else UNFULFILLED))


def _table(console: Console, report: Report) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("entity")
    table.add_column("table")
    table.add_column("rows", justify="right")
    for name, entity in report.entities.items():
        table.add_row(plain(name), plain(entity.table), f"{entity.rows:,}")
    console.print()
    console.print(table)
    _faults(console, report)
    parts = ", ".join(f"{p.name} {p.seconds:.1f} s" for p in report.phases)
    console.print(
        f"\n[bold green]{report.rows:,} rows[/] in {report.seconds:.1f} s "
        f"([bold]{report.rows_per_second:,} rows/s[/]; {parts})",
        highlight=False,
        soft_wrap=True,
    )
    console.print()


def _faults(console: Console, report: Report) -> None:
    """A line for each fault: what it is, and how many rows it changed."""
    if not report.faults:
        return
    table = Table(box=None, pad_edge=False)
    for title in ("fault", "entity", "kind"):
        table.add_column(title)
    table.add_column("rows", justify="right")
    for name, fault in report.faults.items():
        table.add_row(name, fault.entity, fault.kind, f"{fault.rows:,}")
    console.print()
    console.print(table)


def _expectations(console: Console, report: Report) -> None:
    """A line for each, what is not true with what was found instead."""
    for outcome in report.expectations:
        sign = "[green]✓[/]" if outcome["passed"] else "[bold red]✗[/]"
        console.print(sign, end=" ")
        found = outcome["actual"] if outcome["trouble"] is None else outcome["trouble"]
        console.print(plain(_sentence(outcome, found)), soft_wrap=True)
    if report.expectations:
        held = sum(bool(outcome["passed"]) for outcome in report.expectations)
        console.print(f"\n{held} of {len(report.expectations)} expectations came true\n", highlight=False)


def _sentence(outcome: Mapping[str, object], found: object) -> str:
    if outcome["passed"]:
        return str(outcome["name"]) if found == outcome["expected"] else f"{outcome['name']}: {found}"
    return f"{outcome['name']}: expected {outcome['expected']}, found {found}"


def _shapes(console: Console, report: Report) -> None:
    """The month of each timeline in one line of bars."""
    for shape in report.shapes:
        console.print(plain(f"{shape.entity:<16} {sparkline(shape.counts)}"))
    if report.shapes:
        first = report.shapes[0]
        form = "%d %b %Y" if first.end - first.start > 2 * DAY else "%d %b %Y %H:%M"
        days = " to ".join(format(local(micros, first.timezone), form) for micros in (first.start, first.end))
        console.print(f"{'':<16} {days}", style="dim", highlight=False)


def _rows(console: Console, some: Sample | None) -> None:
    """Ten rows from the peak, as many columns as fit."""
    if some is None or not some.rows:
        return
    table = Table(box=None, pad_edge=False)
    width = 0
    for number, name in enumerate(some.columns):
        wide = min(CELL, max(len(name), *(len(row[number]) for row in some.rows))) + 2
        if width + wide > console.width:
            break
        width += wide
        table.add_column(plain(name), no_wrap=True, max_width=CELL)
    shown = len(table.columns)
    for row in some.rows:
        table.add_row(*(plain(_cut(cell)) for cell in row[:shown]))
    console.print()
    console.print(plain(f"{some.table} at the peak"), style="italic", soft_wrap=True)
    console.print(table, highlight=False)
    if shown < len(some.columns):
        console.print(f"… and {len(some.columns) - shown} more columns", style="dim", highlight=False)


def _cut(cell: str) -> str:
    line = cell.replace("\n", " ")
    return line if len(line) <= CELL else f"{line[: CELL - 1]}…"


def _where(console: Console) -> None:
    url = Resident().url()
    console.print(plain(f"look at them:  psql {url}"), soft_wrap=True)
    console.print("stop the server:  engine db stop", highlight=False)


def _trouble(console: Console, report: Report, ledger: Path | None, *, there: bool) -> None:
    for text in report.diagnostics:
        console.print(f"[red]{report.status}[/]: ", end="")
        console.print(plain(text), soft_wrap=True)
    if report.status is Status.INTERRUPTED and not there:
        where = f" --ledger {shlex.quote(str(ledger))}" if ledger else ""
        onwards = f"{report.rows:,} rows are committed; go on with: engine resume {report.run_id}{where}"
        console.print(plain(onwards), soft_wrap=True)
    else:
        console.print(f"run {report.run_id}", highlight=False)
