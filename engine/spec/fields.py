"""The small types that the spec's models share: names, a time zone, a column's declared type."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.errors import Code
from engine.pgtype import KNOWN, parse_type
from engine.spec.nearest import nearest
from engine.types import PgType
from engine.units import MomentField, zone

_NAME = r"[a-z_][a-z0-9_]*"
_COLUMN = r"[^\x00-\x1f\x7f]+"
_MAX_NAME = 63


class Model(BaseModel):
    """Base of the spec's models: strict, frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Span(Model):
    """A half-open span of time: ``{start: 2025-11-01, end: 2025-12-05}``."""

    start: MomentField = Field(description="The first moment inside: 2025-11-01, 2025-11-01 14:05, or today - 90d.")
    end: MomentField = Field(description="Half-open: the end itself is outside.")


def refuse(code: Code, message: str, hint: str | None = None) -> PydanticCustomError:
    """An error that a validator raises with our own code, message and hint."""
    return PydanticCustomError(code.value, "{message}", {"message": message, "hint": hint})


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
            f"'{shown}' is not a column's name: 1 to {_MAX_NAME} bytes, none of them a control character",
        )
    return value


NO_TABLE = object()
"""Stands for the table of a virtual entity; its name is empty, which no spec can write."""


def _table_name(value: object) -> str:
    if value is NO_TABLE:
        return ""
    if not isinstance(value, str):
        raise refuse(Code.WRONG_TYPE, f"a table is text such as shop.orders, not {value!r}")
    if not re.fullmatch(_COLUMN, value) or len(value.encode()) > 2 * _MAX_NAME + 1:
        raise refuse(Code.BAD_NAME, f"'{value[:140]}' is not a table; write schema.table or table")
    return value


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


Name = Annotated[str, PlainValidator(_name), _text(rf"^{_NAME}$", "orders")]
ColumnName = Annotated[str, PlainValidator(_column_name), _text(r"^.+$", "placed_at")]
TableName = Annotated[str, PlainValidator(_table_name), _text(r"^.+$", "shop.orders")]
TypeField = Annotated[PgType, PlainValidator(_type), _text(r"\S", "numeric(12,2)", "text", "timestamptz")]
TimezoneField = Annotated[str, PlainValidator(_timezone), _text(r"\S", "UTC", "America/New_York")]
