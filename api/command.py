"""``engine serve``: the API over HTTP."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from dataclasses import replace
from typing import Any

import click
import uvicorn

from api.access import Role, new_token
from api.app import build
from api.hurried import Hurried
from api.settings import Settings, from_environment
from api.store import opened
from engine.cli.traced import otlp_option
from engine.errors import Refused, ServerError, UsageError
from observability.logs import log_as_json
from observability.setup import measure_for_prometheus, name_collector, trace_to_collector

LOG = logging.getLogger("api")
SERVING: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "limit_concurrency": 1000,
    "timeout_graceful_shutdown": 30,
}
LOOPBACK = "127.0.0.1"


@click.command("serve")
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--new-token", metavar="NAME:ROLE", help="Print a new token (read, run or admin) and its line, and end.")
@otlp_option
def command(host: str, port: int, new_token: str | None, otlp: str | None) -> None:
    """Serve the API over HTTP.

    It is told what it needs by the environment: ENGINE_DSN and ENGINE_TARGET_<NAME> are databases, ENGINE_STATE is
    the one with the queue, ENGINE_TOKENS a file of tokens (or its lines), ENGINE_ORIGINS the sites whose pages may
    ask. Databases that look like production are refused unless ENGINE_NOT_PRODUCTION names their targets. Without
    tokens it listens on this machine alone.
    """
    if new_token is not None:
        _tell_token(new_token)
        return
    log_as_json()
    if otlp is not None:
        name_collector(otlp)
    finish = trace_to_collector("engine-api")
    measure_for_prometheus("engine-api")
    settings = from_environment()
    settings.require_no_production()
    _require_tokens(settings, host)
    asyncio.run(_reach(settings))
    with _listening(host, port) as heard:
        port = heard.getsockname()[1]
        click.echo(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        LOG.info("listening", extra={"host": host, "port": port})
        server = uvicorn.Server(uvicorn.Config(build(_heard_as(settings, host)), http=Hurried, **SERVING))
        server.run(sockets=[heard])
    finish()
    if not server.started:
        raise ServerError("the server could not start; its log says why")


async def _reach(settings: Settings) -> None:
    """See that the queue can be reached, and migrate it. Raises ConnectError, before anything listens."""
    async with opened(settings.state):
        pass


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises Refused where that is not to be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Refused(
            f"{host}:{port} is not to be had: {error.strerror or error}\n  hint: --port 0 takes a free one"
        ) from None


def _heard_as(settings: Settings, host: str) -> Settings:
    return replace(settings, hosts=(*settings.hosts, host))


def _require_tokens(settings: Settings, host: str) -> None:
    """Refuse to be reached from elsewhere by everybody. Raises Refused."""
    if settings.tokens or _is_loopback(host):
        return
    raise Refused(
        f"{host} can be reached from other machines, and there are no tokens\n"
        "  hint: set ENGINE_TOKENS (`engine serve --new-token NAME:ROLE` writes a line), or listen on 127.0.0.1"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tell_token(said: str) -> None:
    name, _, role = said.partition(":")
    if role.upper() not in ("READ", "RUN", "ADMIN"):
        raise UsageError(f"--new-token {said}: write NAME:ROLE; roles are read, run and admin")
    token, line = new_token(name, Role[role.upper()])
    click.echo(f"token (shown once): {token}")
    click.echo(f"for ENGINE_TOKENS:  {line}")
