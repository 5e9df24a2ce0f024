"""Conversions between types, each at the least explicit level at which PostgreSQL makes it."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from engine.errors import GenerateError
from engine.expressions import clock, decimals, exact, floats, integers, render, strings
from engine.expressions.column import Column, Numbers
from engine.expressions.nodes import Node, Open, Strict
from engine.expressions.promotion import INTEGERS, exactly, scale_of
from engine.expressions.zones import Zone
from engine.types import FLOAT8, TEXT, Bool, Family, PgType

ZoneOf: TypeAlias = Callable[[], Zone]
"""The scenario's time zone, looked up only if it is needed."""


class Level(IntEnum):
    """How much is said: nothing, that it goes into a column, or CAST."""

    IMPLICIT = 0
    ASSIGNMENT = 1
    EXPLICIT = 2


def cast(node: Node, to: PgType, level: Level, zone: ZoneOf) -> Node | None:
    """`node` as type `to` (numeric without a scale: as it comes), or None where PostgreSQL does not convert."""
    source = node.type
    if source == to:
        return node
    if to.name == "numeric":
        return _to_numeric(node, to, level)
    if to.name in INTEGERS:
        return _to_integer(node, to, level)
    if to.name in ("float4", "float8"):
        return _to_float(node, to, level)
    if to.name == "bool":
        return Strict(to, _nonzero, (node,), risky=False) if source.name == "int4" and level is Level.EXPLICIT else None
    if to.labels:
        fits = source == TEXT and level is not Level.IMPLICIT
        return Open(to, partial(_labelled, to), (node,)) if fits else None
    if to.family is Family.TEXT:
        return _to_text(node, to, level, zone)
    return _to_time(node, to, level, zone)


def _to_numeric(node: Node, to: PgType, level: Level) -> Node | None:
    source = node.type
    if source.name in INTEGERS:
        made: Node = Strict(exactly(0), _same, (node,), risky=False)
    elif source.name == "numeric":
        made = node
    elif source.name == "float8" and level is not Level.IMPLICIT and to.scale is not None:
        made = Strict(exactly(to.scale), partial(floats.to_units, to.scale), (node,))
    else:
        return None
    if to.scale is None:
        return made
    if scale_of(made.type) != to.scale or made.ragged:
        function = partial(decimals.rounded, scale_of(made.type), to.scale)
        made = Strict(exactly(to.scale), function, (made,), risky=False)
    if to.precision is None:
        return made
    return Strict(exactly(to.scale), partial(decimals.limited, to.precision, to.scale), (made,))


def _to_integer(node: Node, to: PgType, level: Level) -> Node | None:
    source = node.type
    if source.name in INTEGERS:
        widens = INTEGERS.index(source.name) < INTEGERS.index(to.name)
        if widens:
            return Strict(to, _same, (node,), risky=False)
        return Strict(to, partial(_within, to.name), (node,)) if level is not Level.IMPLICIT else None
    if level is Level.IMPLICIT:
        return None
    if source.name == "numeric":
        return Strict(to, partial(_rounded_within, to.name, scale_of(source)), (node,))
    if source.name in ("float4", "float8"):
        return Strict(to, partial(floats.to_integer, to.name), (node,))
    if level is Level.EXPLICIT and source.name == "bool" and to.name == "int4":
        return Strict(to, _as_int64, (node,), risky=False)
    if level is Level.EXPLICIT and source == TEXT:
        read = Strict(PgType("int8"), strings.to_integer, (node,))
        return Strict(to, partial(_within, to.name), (read,))
    return None


def _to_float(node: Node, to: PgType, level: Level) -> Node | None:
    source = node.type
    if to.name == "float4":
        fits = source.name == "float8" and level is not Level.IMPLICIT
        return Strict(to, floats.narrowed, (node,)) if fits else None
    if source.name in INTEGERS:
        return Strict(FLOAT8, floats.from_integer, (node,), risky=False)
    if source.name == "numeric":
        return Strict(FLOAT8, partial(decimals.to_float, scale_of(source)), (node,))
    return Strict(FLOAT8, _same, (node,), risky=False) if source.name == "float4" else None


def _to_text(node: Node, to: PgType, level: Level, zone: ZoneOf) -> Node | None:
    source = node.type
    if source.family is Family.TEXT and not source.array:
        implicit = source.name in ("text", "bpchar")
        if not implicit and level is Level.IMPLICIT:
            return None
        made: Node = Open(TEXT, _same_column, (node,), risky=False)
    elif level is not Level.IMPLICIT and source.name in render.RENDERED and not source.array and not node.ragged:
        made = Open(TEXT, render_with(source, zone, in_concat=False), (node,), risky=False)
    else:
        return None
    if to.length is not None:
        made = Open(TEXT, partial(strings.fitted, to.name, to.length, level is Level.EXPLICIT), (made,))
    if to.name == "bpchar":
        return Open(PgType("bpchar"), partial(strings.trimmed, "r", " "), (made,), risky=False)
    return made


def render_with(source: PgType, zone: ZoneOf, in_concat: bool) -> Callable[[Column], Column]:
    """The function that writes a type as text."""
    return partial(render.text_of, source, zone() if source.name == "timestamptz" else None, in_concat)


def _to_time(node: Node, to: PgType, level: Level, zone: ZoneOf) -> Node | None:
    step = (node.type.name, to.name)
    if step not in _TIME_CASTS:
        return None
    least, function, zoned = _TIME_CASTS[step]
    if level < least:
        return None
    if zoned is not None:
        function = partial(function, zone() if zoned else None)
    return Strict(to, function, (node,))


def _wall_of_interval(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    return a[:, 2] % (86_400 * 1_000_000)


def _interval_of_time(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    zero = np.zeros_like(a)
    return clock.interval(zero, zero, a)


_TIME_CASTS: dict[tuple[str, str], tuple[Level, Callable[..., Numbers], bool | None]] = {
    # the third says whether the function takes the zone (True), takes None in its place (False), or takes neither
    ("date", "timestamp"): (Level.IMPLICIT, clock.midnight, False),
    ("date", "timestamptz"): (Level.IMPLICIT, clock.midnight, True),
    ("timestamp", "timestamptz"): (Level.IMPLICIT, clock.to_instant, True),
    ("timestamptz", "timestamp"): (Level.ASSIGNMENT, clock.to_wall, True),
    ("timestamp", "date"): (Level.ASSIGNMENT, clock.day_of, False),
    ("timestamptz", "date"): (Level.ASSIGNMENT, clock.day_of, True),
    ("timestamp", "time"): (Level.ASSIGNMENT, clock.time_of, False),
    ("timestamptz", "time"): (Level.ASSIGNMENT, clock.time_of, True),
    ("time", "interval"): (Level.IMPLICIT, _interval_of_time, None),
    ("interval", "time"): (Level.ASSIGNMENT, _wall_of_interval, None),
}


def _same(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    return a


def _same_column(a: Column) -> Column:
    return a


def _nonzero(nulls: Bool | None, a: Numbers) -> Bool:  # noqa: ARG001
    return np.asarray(a != 0)


def _as_int64(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    return a.astype(np.int64)


def _within(name: str, nulls: Bool | None, a: Numbers) -> Numbers:
    return integers.within(name, a, nulls)


def _rounded_within(name: str, scale: int, nulls: Bool | None, a: Numbers) -> Numbers:
    return integers.within(name, exact.rescaled(a, scale, 0), nulls)


def _labelled(enum: PgType, a: Column) -> Column:
    """Text as an enum's label. Raises GenerateError for a text that is none of them."""
    known = strings.truth(pa.compute.is_in(a.data, value_set=pa.array(enum.labels)))
    stranger = ~known if a.nulls is None else ~known & ~a.nulls
    if stranger.any():
        value = a.data[int(np.flatnonzero(np.broadcast_to(stranger, max(len(a.data), len(stranger))))[0])]
        raise GenerateError(f"{value.as_py()!r} is not a label of {enum.name}")
    return a
