"""A column's values in the type of another column that takes them over."""

from __future__ import annotations

import pyarrow as pa

from engine.errors import GenerateError
from engine.types import PgType, value_type

_WIDEST = pa.decimal128(38, 0)


def copied(values: pa.Array, type_: PgType, name: str) -> pa.Array:
    """The values as `type_`, (n,) → (n,); `name` says where they come from.

    Raises GenerateError where one does not fit.
    """
    wanted = value_type(type_)
    try:
        if pa.types.is_integer(values.type) and pa.types.is_decimal(wanted):
            values = values.cast(_WIDEST)  # Arrow asks for room for every integer, not only for those that are there
        return values.cast(wanted)
    except pa.ArrowInvalid as error:
        raise GenerateError(f"{name}: a value does not fit {type_} ({error})") from None
