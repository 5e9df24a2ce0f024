"""``engine run --remote``: the same run on a server."""

from __future__ import annotations

import os
import threading

import click

from engine.cli.outcome import conclude
from engine.cli.watch import attended
from engine.errors import UsageError
from engine.remote import Server, run_there, server_at
from engine.run import Request

TOKEN = "ENGINE_TOKEN"  # noqa: S105 - the name of a variable
remote_option = click.option(
    "--remote", envvar="ENGINE_REMOTE", metavar="URL", help=f"Run it on a server (its token: {TOKEN})."
)
target_option = click.option("--target", metavar="NAME", help="With --remote: which of the server's databases.")


def run_on_server(url: str, request: Request, target: str | None, *, as_json: bool) -> None:
    """Post a run, follow it, report as a local one does, and leave with its exit code."""
    server = server_at(url, os.environ.get(TOKEN))
    with attended(quiet=as_json) as (observer, stop):
        try:
            report = run_there(server, request, target=target, observer=observer, stop=stop)
        except KeyboardInterrupt:
            _leave(server, stop)
            raise
    conclude(report, None, as_json=as_json, there=True)


def require_none(**given: object) -> None:
    """Refuse options that mean something on this machine alone. Raises UsageError."""
    said = [f"--{name}" for name, value in given.items() if value]
    if said:
        raise UsageError(f"{said[0]} is for runs on this machine\n  hint: leave it out, or leave --remote out")


def _leave(server: Server, stop: threading.Event) -> None:
    stop.set()
    click.echo(f"the run on {server.name} ends by itself", err=True)
