"""``--yes-this-is-not-production``: commands that write refuse a database that looks like one in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from engine.run.production import OPTION, require_no_production

Function = TypeVar("Function", bound=Callable[..., Any])


def writes(function: Function) -> Function:
    """The option, for a command that calls `guard` before it writes."""
    option = click.option(
        OPTION,
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help="Write to it although its name or host looks like production.",
    )
    return option(function)


def guard(dsn: str | None) -> None:
    """Refuse a database that looks like production, unless it was said not to be. Raises Refused."""
    if not click.get_current_context().meta.get(OPTION):
        require_no_production(dsn)


def _keep(context: click.Context, _: click.Parameter, said: bool) -> None:
    context.meta[OPTION] = said
