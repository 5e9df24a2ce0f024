"""Constants: numbers and quoted literals as the type that the expression wants of them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from engine.expressions.casts import ZoneOf
from engine.expressions.column import Column, Numbers
from engine.expressions.integers import BOUNDS
from engine.expressions.moments import read_date, read_interval, read_time, read_timestamp
from engine.expressions.nodes import Constant
from engine.expressions.promotion import UNKNOWN, exactly
from engine.expressions.typenames import MAX_SCALE
from engine.types import BOOL, INT4, INT8, TIMESTAMPTZ, PgType

_TRUE, _FALSE = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*")


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment that a scenario names, such as the end of its window: microseconds since 1970 UTC."""

    micros: int


def constant(value: int | float | str | bool | Instant) -> Constant:
    """A parameter or a constant of the scenario: a number as its literal would be, text of unknown type."""
    if isinstance(value, Instant):
        return of(TIMESTAMPTZ, np.array([value.micros]))
    if isinstance(value, bool):
        return of(BOOL, np.array([value]))
    return unknown(value) if isinstance(value, str) else number(repr(value))


def of(type_: PgType, data: Numbers | pa.Array) -> Constant:
    """One value, as a node."""
    return Constant(type_, Column(data))


def null(type_: PgType = UNKNOWN) -> Constant:
    """NULL."""
    if type_.name == "interval":
        return Constant(type_, Column(np.zeros((1, 3), np.int64), np.array([True])))
    counted = {"bool": np.zeros(1, bool), "float8": np.zeros(1), "float4": np.zeros(1)}
    names = ("int2", "int4", "int8", "numeric", "date", "time", "timestamp", "timestamptz")
    plain: Numbers | pa.Array = counted.get(type_.name, np.zeros(1, np.int64) if type_.name in names else None)
    data = pa.array([None], pa.binary(16) if type_.name == "uuid" else pa.string()) if plain is None else plain
    return Constant(type_, Column(data, np.array([True])))


def unknown(text: str) -> Constant:
    """A quoted literal."""
    return Constant(UNKNOWN, Column(pa.array([text])), text)


def number(text: str) -> Constant:
    """A number as written: int4, int8, or a numeric with the places it shows. Raises ValueError past 76 digits."""
    if re.fullmatch(r"-?\d+", text):
        value = int(text)
        for type_ in (INT4, INT8):
            low, high = BOUNDS[type_.name]
            if low <= value <= high:
                return of(type_, np.array([value], np.int64))
    return _decimal(text, None)


def _decimal(text: str, scale: int | None) -> Constant:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is not a number")
    value = Decimal(text.strip())
    sign, digits, exponent = value.as_tuple()
    places = max(0, -int(exponent))
    if places > MAX_SCALE or len(digits) + max(0, int(exponent)) > MAX_SCALE:
        raise ValueError(f"'{text}' has more than {MAX_SCALE} digits")
    units = int("".join(map(str, digits))) * 10 ** (int(exponent) + places) * (-1 if sign else 1)
    if scale is not None and scale > places:
        units, places = units * 10 ** (scale - places), scale
    return of(exactly(places), np.array([units], np.int64 if abs(units) < 1 << 63 else object))


def read(text: str, type_: PgType, zone: ZoneOf) -> Constant:
    """A quoted literal as a value of `type_`. Raises ValueError with what would be right."""
    if type_.labels:
        if text not in type_.labels:
            raise ValueError(f"'{text}' is not a label of {type_.name}, which has {', '.join(type_.labels)}")
        return of(type_, pa.array([text]))
    match type_.name:
        case "text" | "unknown":
            return of(PgType("text"), pa.array([text]))
        case "bpchar":
            return of(type_, pa.array([text.rstrip(" ")]))
        case "bool":
            return of(type_, np.array([_boolean(text)]))
        case "int2" | "int4" | "int8":
            return of(type_, np.array([_integer(text, type_.name)]))
        case "numeric":
            return _decimal(text, None)
        case "float8":
            return of(type_, np.array([_double(text)]))
        case "uuid":
            return of(type_, pa.array([_uuid(text)], pa.binary(16)))
        case "interval":
            return of(type_, np.array([read_interval(text)]))
        case "date":
            return of(type_, np.array([read_date(text)]))
        case "time":
            return of(type_, np.array([read_time(text)]))
        case "timestamp" | "timestamptz":
            return of(type_, np.array([read_timestamp(text, zone() if type_.name == "timestamptz" else None)]))
    raise ValueError(f"a quoted literal cannot be read as {type_}")


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError(f"'{text}' is neither true nor false")
    return word in _TRUE


def _integer(text: str, name: str) -> int:
    low, high = BOUNDS[name]
    if not re.fullmatch(r"\s*[+-]?\d{1,19}\s*", text) or not low <= int(text) <= high:
        raise ValueError(f"'{text}' is not an {name}")
    return int(text)


def _double(text: str) -> float:
    word = text.strip().lower().lstrip("+-")
    if not _NUMBER.fullmatch(text) and word not in ("nan", "inf", "infinity"):
        raise ValueError(f"'{text}' is not a number")
    return float(text)


def _uuid(text: str) -> bytes:
    try:
        return uuid.UUID(text.strip()).bytes
    except ValueError:
        raise ValueError(f"'{text}' is not a uuid") from None
