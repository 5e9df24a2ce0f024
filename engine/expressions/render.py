"""Values as PostgreSQL writes them: the text form of every type that expressions and templates know."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.expressions.column import Column, Numbers
from engine.expressions.decimals import written
from engine.expressions.zones import Zone
from engine.types import I64, SECOND, PgType

RENDERED = ("int2", "int4", "int8", "numeric", "float8", "bool", "date", "time", "timestamp", "timestamptz", "uuid")


def text_of(type_: PgType, zone: Zone | None, in_concat: bool, column: Column) -> Column:
    """A column of one of the types above as text; `in_concat` writes booleans as concat does: t and f."""
    data = column.data
    match type_.name:
        case "numeric":
            text = decimal_text(data, type_.scale or 0)
        case "float8":
            text = float_text(data)
        case "bool":
            yes, no = ("t", "f") if in_concat else ("true", "false")
            text = pc.if_else(pa.array(data), yes, no)
        case "date":
            text = pa.array(data.astype(np.int32), pa.date32()).cast("string")
        case "time":
            text = _without_zeros(pa.array(data, pa.time64("us")).cast("string"))
        case "timestamp":
            text = _timestamp_text(data)
        case "timestamptz" if zone is not None:
            offset = zone.offset(data)
            text = pc.binary_join_element_wise(_timestamp_text(data + offset), _offset_text(offset), "")
        case "uuid":
            text = uuid_text(data)
        case _:
            text = pa.array(data).cast("string")
    return Column(text, column.nulls)


def decimal_text(units: Numbers, scale: int) -> pa.Array:
    """Units of 10⁻ˢᶜᵃˡᵉ with all their decimal places, never with an exponent."""
    if units.dtype == object:
        return pa.array([written(int(value), scale) for value in units.tolist()], pa.string())
    if scale == 0:
        return pa.array(units).cast("string")
    if scale > 18 or (len(units) and units.min() == np.iinfo(np.int64).min):
        return decimal_text(units.astype(object), scale)
    size = np.abs(units)
    whole = pa.array(size // 10**scale).cast("string")
    rest = pc.utf8_lpad(pa.array(size % 10**scale).cast("string"), scale, padding="0")
    sign = pc.if_else(pa.array(units < 0), "-", "")
    return pc.binary_join_element_wise(sign, pc.binary_join_element_wise(whole, rest, "."), "")


def float_text(values: Numbers) -> pa.Array:
    """The shortest digits that read back as the same double; an exponent below 10⁻⁴ and from 10¹⁵ on."""
    size = np.abs(values)
    plain = ((size >= 1e-4) & (size < 1e10)) | (values == 0)
    text = pa.array(values).cast("string")
    if plain.all():
        return text
    rare = pa.array([_float_text(value) for value in values[~plain].tolist()], pa.string())
    return pc.replace_with_mask(text, pa.array(~plain), rare)


def _float_text(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent and abs(value) < 1e15:
        return mantissa.removesuffix(".0")
    digits, power = _digits(mantissa, int(exponent or 0))
    sign = "-" if value < 0 else ""
    point = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{point}e{power:+03d}"


def _digits(mantissa: str, exponent: int) -> tuple[str, int]:
    """Significant digits of a number as repr writes it, and the power of ten of the first."""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    power = exponent + len(whole) - 1
    return (whole + fraction).rstrip("0") or "0", power


def _without_zeros(text: pa.Array) -> pa.Array:
    """``…:05.120000`` as ``…:05.12``, ``…:05.000000`` as ``…:05``."""
    return pc.utf8_rtrim(pc.utf8_rtrim(text, characters="0"), characters=".")


def _timestamp_text(wall: I64) -> pa.Array:
    return _without_zeros(pa.array(wall, pa.timestamp("us")).cast("string"))


def _offset_text(offset: I64) -> pa.Array:
    kinds, which = np.unique(offset // SECOND, return_inverse=True)
    return pa.array([_one_offset(kind) for kind in kinds.tolist()], pa.string()).take(pa.array(which))


def _one_offset(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{'-' if seconds < 0 else '+'}{hours:02d}"
    text += f":{minutes:02d}" if minutes or rest else ""
    return text + (f":{rest:02d}" if rest else "")


_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint16)
_GAPS = (8, 13, 18, 23)
_DIGITS = np.array([i for i in range(36) if i not in _GAPS])


def uuid_text(data: pa.Array) -> pa.Array:
    """16 bytes each as 8-4-4-4-12 hexadecimal digits."""
    filled = pc.fill_null(data, b"\0" * 16)
    raw = np.frombuffer(filled.buffers()[1], np.uint8)[16 * filled.offset : 16 * (filled.offset + len(filled))]
    out = np.full((len(filled), 36), ord("-"), np.uint8)
    out[:, _DIGITS] = _HEX[raw].view(np.uint8).reshape(-1, 32)
    offsets = np.arange(len(filled) + 1, dtype=np.int32) * 36
    return pa.Array.from_buffers(pa.string(), len(filled), [None, pa.py_buffer(offsets), pa.py_buffer(out)])
