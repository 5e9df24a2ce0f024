"""The small types that the spec's models share: names, growth, a column's declared type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.errors import Code
from engine.pgtype import KNOWN, parse_type
from engine.spec.nearest import nearest
from engine.types import DAY, PgType
from engine.units import zone

_NAME = r"[a-z_][a-z0-9_]*"
_COLUMN = r'[^\x00-\x1f\x7f."{}]+'
_MAX_NAME = 63
_PERIODS = {"day": DAY, "week": 7 * DAY, "month": DAY * 146_097 // 4800, "year": DAY * 146_097 // 400}
_GROWTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s+per\s+(day|week|month|year)\s*")


class Model(BaseModel):
    """Base of the spec's models: strict, frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def refuse(code: Code, message: str, hint: str | None = None) -> PydanticCustomError:
    """An error that a validator raises with our own code, message and hint."""
    return PydanticCustomError(code.value, "{message}", {"message": message, "hint": hint})


@dataclass(frozen=True, slots=True)
class Growth:
    """A rate that is multiplied by `factor` every `period` microseconds."""

    factor: float
    period: int


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise refuse(Code.WRONG_TYPE, f"a name is text, not {value!r}")
    if not re.fullmatch(_NAME, value) or len(value) > _MAX_NAME:
        suggestion = re.sub(r"[^a-z0-9]+", "_", value.lower())[:_MAX_NAME].strip("_")
        usable = re.fullmatch(_NAME, suggestion)
        raise refuse(
            Code.BAD_NAME,
            f"'{value[:80]}' is not a name: a to z, 0 to 9 and _, at most {_MAX_NAME}, no digit first",
            f"'{suggestion}' would do" if usable else None,
        )
    return value


def _column_name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_COLUMN, value) or len(value.encode()) > _MAX_NAME:
        shown = value[:80] if isinstance(value, str) else value
        raise refuse(
            Code.BAD_NAME,
            f"'{shown}' is not a column's name: 1 to {_MAX_NAME} bytes without dots, quotes and braces",
        )
    return value


def _table_name(value: object) -> str:
    if not isinstance(value, str):
        raise refuse(Code.WRONG_TYPE, f"a table is text such as shop.orders, not {value!r}")
    parts = value.split(".")
    if len(parts) > 2 or not all(re.fullmatch(_COLUMN, part) and len(part.encode()) <= _MAX_NAME for part in parts):
        raise refuse(Code.BAD_NAME, f"'{value[:140]}' is not a table; write schema.table or table")
    return value


def _growth(value: object) -> Growth:
    """Read ``1.6 per year`` or ``{per_year: 1.6}``."""
    if isinstance(value, Growth):
        return value
    factor: object = None
    period = ""
    if isinstance(value, str) and (found := _GROWTH.fullmatch(value)):
        factor, period = float(found[1]), found[2]
    elif isinstance(value, Mapping) and len(value) == 1:
        ((key, factor),) = value.items()
        period = str(key).removeprefix("per_")
    if period not in _PERIODS or isinstance(factor, bool) or not isinstance(factor, int | float):
        raise refuse(
            Code.BAD_UNIT,
            f"{_short(value)} is not a growth",
            "write 1.6 per year (or day, week, month), or {per_year: 1.6}",
        )
    if not 1e-3 <= factor <= 1e3:
        raise refuse(Code.OUT_OF_RANGE, f"a growth of {factor} per {period} is not between 0.001 and 1000")
    return Growth(float(factor), _PERIODS[period])


def _type(value: object) -> PgType:
    if isinstance(value, PgType):
        return value
    if not isinstance(value, str):
        raise refuse(Code.WRONG_TYPE, f"a type is text such as numeric(12,2), not {_short(value)}")
    try:
        found = parse_type(value)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise refuse(Code.BAD_UNIT, message, hint or None) from None
    if found.schema == "pg_catalog" and found.name not in KNOWN:
        raise refuse(Code.BAD_UNIT, f"no type is called '{value}'", nearest(found.name, KNOWN))
    return found


def _timezone(value: object) -> str:
    if not isinstance(value, str):
        raise refuse(Code.BAD_UNIT, f"a time zone is text such as Europe/Berlin, not {_short(value)}")
    try:
        zone(value)
    except ValueError as error:
        known = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
        hint = nearest(value, known) or "write an IANA name such as UTC or America/New_York"
        raise refuse(Code.BAD_UNIT, str(error), hint) from None
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


_GROWTH_JSON = {
    "anyOf": [
        {"type": "string", "pattern": rf"^{_GROWTH.pattern}$", "examples": ["1.6 per year"]},
        {
            "type": "object",
            "properties": {f"per_{period}": {"type": "number"} for period in _PERIODS},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]
}

Name = Annotated[str, PlainValidator(_name), _text(rf"^{_NAME}$", "orders")]
ColumnName = Annotated[str, PlainValidator(_column_name), _text(r'^[^."{}]+$', "placed_at")]
TableName = Annotated[str, PlainValidator(_table_name), _text(r'^[^."{}]+(\.[^."{}]+)?$', "shop.orders")]
GrowthField = Annotated[Growth, PlainValidator(_growth), WithJsonSchema(_GROWTH_JSON)]
TypeField = Annotated[PgType, PlainValidator(_type), _text(r"\S", "numeric(12,2)", "text", "timestamptz")]
TimezoneField = Annotated[str, PlainValidator(_timezone), _text(r"\S", "UTC", "America/New_York")]
