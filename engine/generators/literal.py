"""A scalar of the spec as a value of a PostgreSQL type, decided once at compile time."""

from __future__ import annotations

import json
import re
from decimal import Context, Decimal, InvalidOperation
from uuid import UUID

import pyarrow as pa

from engine.errors import Code, wrong
from engine.types import Family, PgType, value_type
from engine.units import parse_duration, parse_moment, zone

Scalar = str | int | float | bool | None

_WIDE = Context(prec=76)
"""The most digits of a decimal256; Python's own 28 are fewer than a numeric(38, 10) has."""
_BITS = {"int2": 16, "int4": 32, "int8": 64}


def literal(value: Scalar, type_: PgType, timezone: str) -> pa.Scalar:
    """The Arrow scalar in which `value` travels; wall times are read in `timezone`.

    Raises SpecError (WRONG_KIND) where the value is not one of the type.
    """
    if value is None:
        return pa.scalar(None, value_type(type_))
    try:
        return pa.scalar(_python(value, type_, timezone), value_type(type_))
    except (ValueError, TypeError, OverflowError, InvalidOperation, pa.ArrowInvalid) as error:
        hint = str(error) if type(error) is ValueError else None
        raise wrong(Code.WRONG_KIND, f"{spelled(value)} is not a value of type {type_}", hint=hint) from None


def spelled(value: Scalar) -> str:
    """A scalar as the author wrote it: ``true``, ``null``, ``'text'``."""
    return repr(value) if isinstance(value, str) else json.dumps(value)


def _python(value: str | int | float | bool, type_: PgType, timezone: str) -> object:
    if type_.array or type_.name == "oid":  # these travel in PostgreSQL's text form
        return _text(value)
    match type_.family:
        case Family.INTEGER:
            return _integer(value, _BITS[type_.name])
        case Family.DECIMAL:
            return _decimal(value, type_)
        case Family.FLOAT:
            return _number(value, float)
        case Family.BOOLEAN:
            return _boolean(value)
        case Family.TIMESTAMP | Family.DATE | Family.TIME | Family.INTERVAL:
            return _temporal(value, type_, timezone)
        case Family.UUID:
            return UUID(_text(value)).bytes
        case Family.BYTES:
            return bytes.fromhex(_text(value).removeprefix("\\x"))
        case Family.JSON:
            return json.dumps(json.loads(value)) if isinstance(value, str) else json.dumps(value)
    return _fitting(_text(value), type_)


def _text(value: str | int | float | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(value: str | int | float | bool, read: type) -> object:
    if isinstance(value, bool):
        raise ValueError("a yes or no is not a number")
    return read(value)


def _integer(value: str | int | float | bool, bits: int) -> int:
    number = _number(value, Decimal)
    whole = None
    if isinstance(number, Decimal) and number.is_finite() and number.adjusted() < _BITS["int8"]:
        whole = int(number) if number == number.to_integral_value() else None
    if whole is None:
        raise ValueError("only whole numbers fit")
    if not -(1 << bits - 1) <= whole < 1 << bits - 1:
        raise ValueError(f"the largest value is {(1 << bits - 1) - 1:_}")
    return whole


def _decimal(value: str | int | float | bool, type_: PgType) -> Decimal:
    exact = _number(str(value) if isinstance(value, float) else value, Decimal)
    if not isinstance(exact, Decimal) or not exact.is_finite():
        raise ValueError("only finite numbers fit")
    scale = 10 if type_.precision is None else type_.scale or 0
    rounded = exact.quantize(Decimal(1).scaleb(-scale), rounding="ROUND_HALF_UP", context=_WIDE)
    if rounded != exact:
        raise ValueError(f"{type_} keeps {scale} decimal places")
    return rounded


def _boolean(value: str | int | float | bool) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("write true or false")


def _temporal(value: str | int | float | bool, type_: PgType, timezone: str) -> object:
    if type_.family is Family.INTERVAL:
        return parse_duration(value).micros
    if type_.family is Family.TIME:
        return _clock(_text(value))
    moment = parse_moment(value)
    if type_.family is Family.DATE:
        return moment.wall.date()
    return moment.micros(zone(timezone if type_.name == "timestamptz" else "UTC"))


def _clock(text: str) -> int:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?", text)
    if not found:
        raise ValueError("write a time of day such as 14:05 or 14:05:30")
    hour, minute, second, fraction = found.groups(default="0")
    return (int(hour) * 3600 + int(minute) * 60 + int(second)) * 1_000_000 + int(fraction.ljust(6, "0"))


def _fitting(text: str, type_: PgType) -> str:
    if type_.labels and text not in type_.labels:
        raise ValueError(f"the labels are {', '.join(type_.labels)}")
    if type_.length is not None and len(text) > type_.length:
        raise ValueError(f"it has {len(text)} characters, {type_} keeps {type_.length}")
    return text
