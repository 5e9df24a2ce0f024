"""The names of types as SQL writes them: ``numeric(12, 2)``, ``double precision``, ``timestamp with time zone``."""

from __future__ import annotations

from difflib import get_close_matches

from engine.errors import Code
from engine.expressions.fault import fault
from engine.expressions.reader import Reader
from engine.expressions.tokens import Kind
from engine.types import PgType

MAX_SCALE = 76

_SIMPLE = {
    "int2": "int2", "smallint": "int2",
    "int4": "int4", "int": "int4", "integer": "int4",
    "int8": "int8", "bigint": "int8",
    "numeric": "numeric", "decimal": "numeric",
    "float4": "float4", "real": "float4",
    "float8": "float8", "double": "float8",
    "bool": "bool", "boolean": "bool",
    "text": "text", "varchar": "varchar", "character": "bpchar", "char": "bpchar", "bpchar": "bpchar",
    "date": "date", "time": "time", "timestamp": "timestamp", "timestamptz": "timestamptz",
    "interval": "interval", "uuid": "uuid",
}  # fmt: skip
TYPE_WORDS = frozenset(_SIMPLE)
_SIZED = ("varchar", "bpchar")


def type_name(reader: Reader) -> tuple[PgType, int]:
    """A type's name and where it ends. Raises SpecError (EXPR_FORBIDDEN) for a type that expressions do not have."""
    token = reader.take()
    if token.kind is not Kind.WORD or token.value not in _SIMPLE:
        near = get_close_matches(token.value, _SIMPLE, 1)
        hint = f"did you mean {near[0]}?" if near else None
        raise fault(Code.EXPR_FORBIDDEN, f"'{token.value}' is not a type to cast to", reader.text, token.span, hint)
    name = _SIMPLE[token.value]
    if token.value == "double":
        reader.expect("precision")
    if token.value == "character" and reader.skip("varying"):
        name = "varchar"
    sizes = _sizes(reader) if name in ("numeric", *_SIZED) else ()
    if name in ("timestamp", "time"):
        name = _zoned(reader, name)
    return _typed(reader, name, sizes), reader.last


def _typed(reader: Reader, name: str, sizes: tuple[int, ...]) -> PgType:
    if name in _SIZED:
        length = sizes[0] if sizes else (1 if name == "bpchar" else None)
        if len(sizes) > 1 or length == 0:
            raise reader.wrong(f"{name} takes one length, at least 1")
        return PgType(name, length=length)
    if not sizes:
        return PgType(name)
    precision, scale = sizes[0], sizes[1] if len(sizes) == 2 else 0
    if len(sizes) > 2 or not 1 <= precision <= MAX_SCALE or scale > precision:
        raise reader.wrong(f"numeric takes a precision of 1 to {MAX_SCALE} and a scale of at most that")
    return PgType(name, precision=precision, scale=scale)


def _sizes(reader: Reader) -> tuple[int, ...]:
    if not reader.skip("("):
        return ()
    found = [_size(reader)]
    while reader.skip(","):
        found.append(_size(reader))
    reader.expect(")")
    return tuple(found)


def _size(reader: Reader) -> int:
    token = reader.take()
    if token.kind is not Kind.NUMBER or not token.value.isdigit() or len(token.value) > 8:
        raise reader.wrong("a whole number belongs here", at=token)
    return int(token.value)


def _zoned(reader: Reader, name: str) -> str:
    if reader.next.value in ("with", "without") and reader.after.value == "time":
        zoned = reader.take().value == "with"
        reader.expect("time")
        reader.expect("zone")
        if zoned and name == "time":
            raise reader.wrong("time with time zone is not a type that expressions have", Code.EXPR_FORBIDDEN)
        return "timestamptz" if zoned else name
    return name
