"""A scalar of the spec as a value of a PostgreSQL type, decided once at compile time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
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
        return _scalar(_python(value, type_, timezone), value_type(type_))
    except (ValueError, TypeError, OverflowError, InvalidOperation, pa.ArrowInvalid) as error:
        hint = str(error) if type(error) is ValueError else None
        raise wrong(Code.WRONG_KIND, f"{spelled(value)} is not a value of type {type_}", hint=hint) from None


def _scalar(value: object, arrow: pa.DataType) -> pa.Scalar:
    if pa.types.is_decimal(arrow) and arrow.scale > arrow.precision:  # which Arrow does not take from Python's decimals
        return pa.scalar(value, pa.decimal128(38, arrow.scale)).cast(arrow)
    return pa.scalar(value, arrow)


def spelled(value: Scalar) -> str:
    """A scalar as the author wrote it: ``true``, ``null``, ``'text'``."""
    return repr(value) if isinstance(value, str) else json.dumps(value)


def _python(value: str | int | float | bool, type_: PgType, timezone: str) -> object:
    if type_.array:
        inner = replace(type_, array=False)
        return [None if one is None else _python(one, inner, timezone) for one in _elements(_text(value), type_)]
    if type_.name == "oid":  # which travels in PostgreSQL's text form
        return str(_integer(value, 33))
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


def _elements(text: str, type_: PgType) -> list[str | None]:
    """The elements of an array as PostgreSQL writes it: ``{a,"b, c",NULL}``. Raises ValueError."""
    inside = re.fullmatch(r"\s*\{(.*)\}\s*", text, re.DOTALL)
    if inside is None:
        raise ValueError(f"write an array as PostgreSQL does: '{{a{type_.delimiter}b}}'; [2:3]={{…}} is not read")
    element, at, found = _ELEMENT[type_.delimiter], 0, list[str | None]()
    if not inside[1].strip():
        return found
    while True:
        one = element.match(inside[1], at)
        bare = one["bare"].rstrip() if one and one["quoted"] is None else None
        if one is None or bare == "":
            raise ValueError("arrays have one dimension, and braces, quotes and empty elements stand in double quotes")
        plain = _ESCAPED.sub(r"\1", one["quoted"] if bare is None else bare)
        found.append(None if bare is not None and bare.upper() == "NULL" else plain)
        if not one["next"]:
            return found
        at = one.end()


def _element(delimiter: str) -> re.Pattern[str]:
    quoted, bare = r'"(?P<quoted>(?:[^"\\]|\\.)*+)"', rf'(?P<bare>(?:[^\\"{{}}{delimiter}]|\\.)*+)'
    return re.compile(rf"\s*+(?:{quoted}\s*+|{bare})(?P<next>{delimiter}|\Z)", re.DOTALL)


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ELEMENT = {delimiter: _element(delimiter) for delimiter in (",", ";")}


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
    if type_.name in ("bit", "varbit"):
        return _bits(text, type_)
    if type_.length is not None and type_.family is Family.TEXT and len(text) > type_.length:
        raise ValueError(f"it has {len(text)} characters, {type_} keeps {type_.length}")
    return text


def _bits(text: str, type_: PgType) -> str:
    length = type_.length or (1 if type_.name == "bit" else None)
    if set(text) - set("01"):
        raise ValueError("write zeros and ones")
    if length is not None and (len(text) > length or (type_.name == "bit" and len(text) < length)):
        raise ValueError(f"it has {len(text)} bits, {type_} keeps {length}")
    return text
