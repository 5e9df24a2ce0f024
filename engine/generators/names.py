"""The names in an expression or a template that are no columns: parameters and the ends of the window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from engine.expressions import Instant
from engine.generators.base import Context, Scope
from engine.types import ColumnPath

Constants: TypeAlias = dict[str, int | float | str | bool | Instant]


def constants_of(names: Iterable[ColumnPath], scope: Scope) -> Constants:
    """The parameters among `names`, by name; window_start and window_end stand for any instant."""
    found: Constants = {"window_start": Instant(0), "window_end": Instant(0)}
    for path in names:
        value = scope.parameter(path[0]) if len(path) == 1 else None
        if value is not None:
            found[path[0]] = value
    return found


def constants_in(names: Iterable[ColumnPath], context: Context) -> Constants:
    """The parameters among `names`, by name, and the ends of the window."""
    window = {"window_start": Instant(context.window.start), "window_end": Instant(context.window.end)}
    return constants_of(names, context.scope) | window
