"""Moments, days, times of day and lengths of time: whole seconds, so that no column's precision cuts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pyarrow as pa

from engine.generators.kinds.maker import Numbered, Wishes
from engine.generators.kinds.spelling import join
from engine.types import DAY, I64, SECOND, PgType, value_type

_LAST_DAY = 2_932_896
"""9999-12-31, since 1970: later days have no text form here."""
_MINUTE = 60 * SECOND
_PARTS = 8
"""Parts of a slot, at least, that moments tell apart."""


def _moment(type_: PgType, wishes: Wishes) -> Numbered:
    """Moments of the window; a timestamp without time zone shows UTC's clock."""
    start, span = wishes.window.start, wishes.window.end - wishes.window.start
    step = SECOND
    while wishes.slots and step > 1 and span // step < wishes.slots * _PARTS:
        step //= 10
    return Numbered.of(max(span // step, 1), partial(_steps, value_type(type_), start, step), ordered=True)


def _steps(arrow: pa.DataType, start: int, step: int, number: I64) -> pa.Array:
    return pa.array(number * step + start).view(arrow)


def _date(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    """Days of the window; where they are not enough, those behind it."""
    first, last = wishes.window.start // DAY, -(-wishes.window.end // DAY)
    return Numbered.of(max(last - first, 1), partial(_days, first), most=_LAST_DAY - first, ordered=True)


def _days(first: int, number: I64) -> pa.Array:
    return pa.array((number + first).astype(np.int32)).view(pa.date32())


def _time(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(DAY // SECOND, partial(_steps, value_type(type_), 0, SECOND), ordered=True)


def _timetz(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(DAY // SECOND, _with_offset, ordered=True)


def _with_offset(number: I64) -> pa.Array:
    return join(pa.array(number.astype(np.int32), pa.time32("s")).cast(pa.string()), "+00")


def _interval(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    """Whole minutes up to 30 days."""
    write = partial(_steps, pa.duration("us"), _MINUTE, _MINUTE)
    return Numbered.of(30 * DAY // _MINUTE, write, most=10**9, ordered=True)


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    "timestamp": _moment,
    "timestamptz": _moment,
    "date": _date,
    "time": _time,
    "timetz": _timetz,
    "interval": _interval,
}
