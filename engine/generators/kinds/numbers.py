"""Numbers, and what is written as one: identifiers of the system, money, positions in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pyarrow as pa

from engine.decimals import from_units
from engine.generators.kinds.maker import Numbered, Wishes
from engine.generators.kinds.spelling import hexed, join, plain
from engine.types import I64, PgType, value_type

USUAL = 1_000_000
"""Whole numbers are drawn from 1 to this."""
DIGITS = 6
"""Decimals have at most so many digits before the point, and SHOWN behind it."""
SHOWN = 4


def _whole(most: int, type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(min(USUAL, most), partial(_integers, value_type(type_)), most=most, ordered=True)


def _integers(arrow: pa.DataType, number: I64) -> pa.Array:
    return pa.array(number + 1).cast(arrow)


def _numeric(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    arrow = value_type(type_)
    shown = max(0, min(arrow.scale, 2 if type_.precision is None else SHOWN))
    room = arrow.precision - max(arrow.scale, 0) + shown
    write = partial(_decimals, arrow, room, shown if arrow.scale >= 0 else arrow.scale)
    return Numbered.of(10 ** min(room, DIGITS + shown) - 1, write, most=10 ** min(room, 18) - 1, ordered=True)


def _decimals(arrow: pa.DataType, precision: int, scale: int, number: I64) -> pa.Array:
    return from_units(number + 1, precision, scale).cast(arrow)


def _float(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(USUAL, partial(_thousandths, value_type(type_)), ordered=True)


def _thousandths(arrow: pa.DataType, number: I64) -> pa.Array:
    return pa.array((number + 1) / 1000.0).cast(arrow)


def _bool(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(2, _truths, ordered=True)


def _truths(number: I64) -> pa.Array:
    return pa.array(number == 1)


def _written(most: int, type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(min(USUAL, most), _ones, most=most)


def _ones(number: I64) -> pa.Array:
    return plain(number + 1)


def _text(write: Callable[[I64], pa.Array], places: int, type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(places, write)


def _position(number: I64) -> pa.Array:
    """A byte of the log, ``00000016/B374D848``; all begin at a multiple of 8."""
    at = number * 8
    return join(hexed(at >> 32, 8), "/", hexed(at & 0xFFFFFFFF, 8))


def _tuple(number: I64) -> pa.Array:
    return join("(", plain(number // 100), ",", plain(number % 100 + 1), ")")


def _snapshot(number: I64) -> pa.Array:
    return join(plain(number + 1), ":", plain(number + 1), ":")


def _listed(number: I64) -> pa.Array:
    return join(plain(number % 1000 + 1), " ", plain(number // 1000 + 1))


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    "int2": partial(_whole, 2**15 - 1),
    "int4": partial(_whole, 2**31 - 1),
    "int8": partial(_whole, 2**62),
    "numeric": _numeric,
    "float4": _float,
    "float8": _float,
    "bool": _bool,
    "oid": partial(_written, 2**31 - 1),
    "xid": partial(_written, 2**31 - 1),
    "cid": partial(_written, 2**31 - 1),
    "xid8": partial(_written, 2**62),
    "money": partial(_written, 10**15),  # whole amounts, which every locale reads alike
    "pg_lsn": partial(_text, _position, 2**37),
    "tid": partial(_text, _tuple, USUAL),
    "txid_snapshot": partial(_text, _snapshot, USUAL),
    "pg_snapshot": partial(_text, _snapshot, USUAL),
    "int2vector": partial(_text, _listed, USUAL),
    "oidvector": partial(_text, _listed, USUAL),
}
