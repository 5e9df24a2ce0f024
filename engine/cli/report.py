"""``engine report``: what a run planned beside what it left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.cli.options import dsn_option, json_option, ledger_option
from engine.cli.outcome import EXIT, UNFULFILLED
from engine.cli.pages import html_option, png_option, write_pages
from engine.cli.preview_text import chart
from engine.preview import Preview
from engine.preview.actual import Actual, EntityActual
from engine.preview.instants import iso
from engine.preview.model import ALL, EntityView
from engine.printable import printable
from engine.report import Status
from engine.run.compare import compare

WIDTH = 62


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where the database and its ledger are, and what is written."""

    dsn: str | None
    ledger: Path | None
    html: Path | None
    png: Path | None
    as_json: bool


@click.command("report")
@click.argument("run", type=click.UUID)
@dsn_option
@ledger_option
@html_option
@png_option
@json_option
def command(run: UUID, **own: Any) -> None:
    """Show what RUN planned beside what it left: rows, their course over time, columns, expectations.

    Only reads. Expectations are told as the run found them, they are not asked again. The exit code is the run's:
    0, or 1 where it failed, 3 where an expectation is not true, 130 where it was interrupted.
    """
    chosen = Chosen(**own)
    seen, actual = asyncio.run(compare(run, dsn=chosen.dsn, ledger=chosen.ledger))
    write_pages(seen, actual, chosen.html, chosen.png)
    if chosen.as_json:
        click.echo(json.dumps(_plain(seen, actual), ensure_ascii=False))
    elif chosen.html is None and chosen.png is None:
        _tell(Console(), seen, actual)
    known = actual.status in tuple(Status) and EXIT.get(Status(actual.status), 0)
    raise click.exceptions.Exit(known or (0 if actual.fulfilled else UNFULFILLED))


def _tell(console: Console, seen: Preview, actual: Actual) -> None:
    head = f"{seen.scenario}, seed {seen.seed}, run {actual.run_id}: {actual.status}"
    console.print(Text(printable(head), "bold"), soft_wrap=True)
    for note in (*([actual.error] if actual.error else []), *actual.notes):
        console.print(Text(printable(note)), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for name in ("entity", "table", "planned", "loaded", "in the table now"):
        table.add_column(name, justify="left" if name in ("entity", "table") else "right", no_wrap=True)
    for view in seen.entities:
        found = actual.entities[view.name]
        now = "" if found.present is None else f"{found.present:,}"
        planned = f"{'~' if view.parent else ''}{view.rows:,}"
        table.add_row(*map(Text, map(printable, (view.name, view.table, planned, f"{found.committed:,}", now))))
    console.print(table)
    for view in seen.entities:
        found = actual.entities[view.name]
        if found.note:
            console.print(Text(printable(f"{view.name}: {found.note}"), "dim"), soft_wrap=True)
        if view.timelines and view.time is not None and found.counts:
            _course(console, view, found)
    for outcome in actual.expectations:
        sign = "✓" if outcome["passed"] else "✗"
        told = (
            f"{sign} {outcome['name']}: expected {outcome['expected']}, found {outcome['actual'] or outcome['trouble']}"
        )
        console.print(Text(printable(told)), soft_wrap=True)


def _course(console: Console, view: EntityView, found: EntityActual) -> None:
    assert view.time is not None
    for label, values in (("planned", view.time.counts), ("actual", found.counts)):
        (line,) = chart(values, WIDTH, 1)
        console.print(Text(printable(f"{view.name} {label}".ljust(24) + line)), soft_wrap=True)


def _plain(seen: Preview, actual: Actual) -> dict[str, object]:
    return {
        "run_id": actual.run_id,
        "scenario": seen.scenario,
        "seed": seen.seed,
        "status": actual.status,
        "begun": actual.begun.isoformat(),
        "seconds": actual.seconds,
        "error": actual.error,
        "rows": sum(found.committed for found in actual.entities.values()),
        "entities": {view.name: _entity(view, actual.entities[view.name], seen.timezone) for view in seen.entities},
        "expectations": list(actual.expectations),
        "notes": list(actual.notes),
    }


def _entity(view: EntityView, found: EntityActual, timezone: str) -> dict[str, object]:
    return {
        "table": view.table,
        "planned": view.rows,
        "rows": found.committed,
        "present": found.present,
        "note": found.note or None,
        "time": list(_time(view, found, timezone)),
        "shares": list(_shares(view, found)),
        "histograms": list(_bars(view, found)),
        "nulls": {name: round(share, 6) for name, share in found.nulls.items()},
    }


def _time(view: EntityView, found: EntityActual, timezone: str) -> Iterator[dict[str, object]]:
    if view.time is not None and found.counts:
        for n, (planned, actual) in enumerate(zip(view.time.counts, found.counts, strict=True)):
            start = iso(view.time.start + n * view.time.width, timezone)
            yield {"start": start, "planned": planned, "actual": round(actual)}


def _shares(view: EntityView, found: EntityActual) -> Iterator[dict[str, object]]:
    actual = {(s.column, s.value): s.share for s in found.shares}
    asked = {s.column for s in found.shares}
    for share in view.shares:
        if share.group == ALL and share.column in asked:
            there = round(actual.get((share.column, share.value), 0.0), 6)
            yield {"column": share.column, "value": share.value, "planned": round(share.share, 6), "actual": there}


def _bars(view: EntityView, found: EntityActual) -> Iterator[dict[str, object]]:
    actual = {(b.column, b.low): b.share for b in found.bars}
    for bar in view.histograms:
        if (bar.column, bar.low) in actual:
            there = round(actual[bar.column, bar.low], 6)
            told = {"column": bar.column, "low": bar.low, "high": bar.high, "planned": round(bar.share, 6)}
            yield {**told, "actual": there}
