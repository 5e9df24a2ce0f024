"""``engine run``: compile, load, check, report."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from engine.cli.drafted import drafted_request, require_no_draft
from engine.cli.options import ledger_option, reads_spec_if_any, request_of
from engine.cli.outcome import conclude
from engine.cli.production import guard_name, is_sure, writes
from engine.cli.remote import remote_option, require_none, run_on_server, target_option
from engine.cli.traced import otlp_option, traced
from engine.cli.watch import attended
from engine.errors import Refused, UsageError
from engine.printable import printable
from engine.run import Request, Rows, run
from engine.run.fresh import at_stake


@click.command("run")
@reads_spec_if_any
@ledger_option
@click.option("--rows", type=click.IntRange(1, 10**9), help="Without SPEC: rows of an average table (1,000).")
@click.option("--schema", "schemas", multiple=True, metavar="NAME", help="Without SPEC: only tables of this schema.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that make and send rows (default: by size).")
@click.option("--fresh", is_flag=True, help="Empty the tables that the spec fills first; asks.")
@click.option("--append", is_flag=True, help="Add to the rows that are there, with keys of their own.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@writes
@otlp_option
@remote_option
@target_option
def command(
    spec: Path | None,
    dsn: str | None,
    ledger: Path | None,
    assignments: tuple[str, ...],
    seed: int | None,
    now: str | None,
    **how: Any,
) -> None:
    """Compile SPEC, fill the database with it, and report.

    Without --dsn or ENGINE_DSN the engine starts a PostgreSQL of its own, with the shop's tables in it. With --remote
    a server does it, on one of its databases. Without SPEC every empty table of the database is filled, as `engine
    init` would draft it.
    """
    if not how["remote"]:
        guard_name(dsn)
    if spec is None:
        asked = drafted_request(dsn, seed, now, assignments=assignments, **how)
    else:
        require_no_draft(rows=how["rows"], schemas=how["schemas"])
        asked = request_of(spec, assignments, seed, now)
    rows = _rows(fresh=how["fresh"], append=how["append"])
    request = replace(asked, workers=how["workers"], rows=rows, sure=is_sure())
    if how["fresh"]:
        _ask(request, dsn, yes=how["yes"], there=bool(how["remote"]))
    if how["remote"]:
        given = click.get_current_context().get_parameter_source("dsn") is ParameterSource.COMMANDLINE
        require_none(dsn=given, ledger=ledger, workers=how["workers"], otlp=how["otlp"], append=how["append"])
        run_on_server(how["remote"], request, how["target"], as_json=how["as_json"])
        return
    try:
        with traced(how["otlp"]), attended(quiet=how["as_json"]) as (observer, stop):
            report = asyncio.run(run(request, dsn=dsn, ledger=ledger, observer=observer, stop=stop))
    except Refused as error:
        own = "\n  hint: `engine db reset` empties the engine's own shop" if dsn is None else ""
        raise Refused(f"{error}{own}") from error
    conclude(report, dsn, as_json=how["as_json"], ledger=ledger)


def _rows(*, fresh: bool, append: bool) -> Rows:
    if fresh and append:
        raise UsageError("--append adds to the rows that --fresh deletes\n  hint: say one of them")
    return Rows.EMPTY if fresh else Rows.APPEND if append else Rows.REFUSE


def _ask(request: Request, dsn: str | None, *, yes: bool, there: bool) -> None:
    """Ask before tables are emptied, by name and number where we can look; `there` they are a server's."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("--fresh deletes rows and there is no terminal to ask at\n  hint: --yes says it beforehand")
    found = None if there else asyncio.run(at_stake(request, dsn))
    if found is not None and not found.tables:
        return
    what = f"every table that {request.file} fills" if found is None else str(found)
    if not click.confirm(printable(f"Empty {what}?"), err=True):
        raise Refused("nothing was emptied, nothing was written")
