"""The names in an expression or a template that are no columns: parameters, the ends of the window, and time itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from engine.expressions import EVENT, OWN, TIMELINE, Curve, Instant
from engine.generators.base import Context, Scope
from engine.timelines.intensity import Spell
from engine.types import ColumnPath

Constants: TypeAlias = dict[str, int | float | str | bool | Instant | Curve | ColumnPath]


def constants_of(names: Iterable[ColumnPath], scope: Scope) -> Constants:
    """The parameters among `names`, by name; whatever is of time stands for any instant, timeline or event."""
    found: Constants = {"window_start": Instant(0), "window_end": Instant(0)}
    for name, *rest in names:
        value = None if rest else scope.parameter(name)
        if value is not None:
            found[name] = value
        elif name == OWN:
            found[name] = Instant(0)
        elif name.startswith((TIMELINE, EVENT)):
            found[name] = Spell.of(())
    return found


def constants_in(names: Iterable[ColumnPath], context: Context) -> Constants:
    """What is no column among `names`, and the ends of the window. Raises SpecError (UNKNOWN_TIMELINE, …)."""
    found = constants_of(names, context.scope)
    found |= {"window_start": Instant(context.window.start), "window_end": Instant(context.window.end)}
    for name, *_ in names:
        if name == OWN:
            found.pop(name, None)
            found |= {} if context.moment is None else {name: context.moment}
        elif name.startswith(TIMELINE):
            found[name] = context.scope.curve(name.removeprefix(TIMELINE))
        elif name.startswith(EVENT):
            found[name] = Spell.of(context.scope.span(name.removeprefix(EVENT)))
    return found
