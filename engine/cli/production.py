"""``--yes-this-is-not-production``: commands that write refuse a database that looks like one in use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import click

from engine.run.production import OPTION, require_no_production, require_no_production_at

Function = TypeVar("Function", bound=Callable[..., Any])


def writes(function: Function) -> Function:
    """The option, for a command that calls `guard` or `guard_name` before it writes."""
    option = click.option(
        OPTION,
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help="Write to it although its name or host looks like production.",
    )
    return option(function)


def guard(dsn: str | None) -> None:
    """Refuse a database that looks like production, unless it was said not to be. Raises Refused, ConnectError."""
    if not is_sure():
        asyncio.run(require_no_production_at(dsn))


def guard_name(dsn: str | None) -> None:
    """The same by the names in the DSN alone; the server is asked by whoever connects to it. Raises Refused."""
    if not is_sure():
        require_no_production(dsn)


def is_sure() -> bool:
    """Whether it was said that the database is none of production."""
    return bool(click.get_current_context().meta.get(OPTION))


def _keep(context: click.Context, _: click.Parameter, said: bool) -> None:
    context.meta[OPTION] = said
