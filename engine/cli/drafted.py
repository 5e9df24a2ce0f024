"""``engine run`` without a spec: the one that `engine init` would draft for the empty tables of a database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import click

from engine.cli.options import parse_now
from engine.errors import UsageError
from engine.printable import printable
from engine.run import Request
from engine.run.drafting import Drafting, draft_of

FILE = "drafted"
"""What stands in messages and in the ledger in place of a file."""


def drafted_request(dsn: str | None, seed: int | None, now: str | None, **how: Any) -> Request:
    """The request of a run whose spec is drafted now. Raises UsageError, Refused, ConnectError."""
    if how["remote"]:
        raise UsageError("--remote takes a SPEC: what a server's database needs is not looked at from here")
    if how["fresh"] or how["append"]:
        raise UsageError("--fresh and --append take a SPEC: without one only empty tables are filled")
    if how["assignments"]:
        raise UsageError("--set takes a SPEC: a draft has no parameters\n  hint: --rows N says how many rows")
    if dsn is None:
        raise UsageError(
            "which spec? write engine run SPEC\n"
            "  hint: or name a database of yours, --dsn postgresql://…, and its empty tables are filled"
        )
    clock = parse_now(now) or datetime.now(timezone.utc)
    asked = Drafting(
        clock.date(), schemas=tuple(how["schemas"]), rows=how["rows"], seed=seed or 1, scenario=FILE, fill_all=False
    )
    drafted = asyncio.run(draft_of(dsn, asked))
    for note in drafted.notes:
        click.secho(printable(" ".join(note.split())), fg="yellow", err=True)
    click.echo(f"{drafted.filled} empty tables are filled; `engine init -o FILE` writes the spec of it", err=True)
    return Request(drafted.text, FILE, {}, seed, clock)


def require_no_draft(*, rows: int | None, schemas: Sequence[str]) -> None:
    """Refuse what only a draft could obey. Raises UsageError."""
    if rows is not None or schemas:
        raise UsageError("--rows and --schema are for a run without SPEC; a spec says its rows and tables itself")
