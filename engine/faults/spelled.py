"""Values as the text of a label: what PostgreSQL writes for ``value::text``, moments in UTC.

Types that travel as text (json, inet) keep the text that they were made with.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from engine.expressions.arrows import load
from engine.expressions.render import RENDERED, text_of
from engine.types import TIMESTAMP, PgType, value_type


def can_be_spelled(type_: PgType) -> bool:
    """Whether values of a type have a text form here."""
    return not type_.array and (type_.name in RENDERED or value_type(type_) == pa.string())


def spelled(values: pa.Array, type_: PgType) -> pa.Array:
    """The text of each value, (n,) → (n,); null where it is."""
    if pa.types.is_string(values.type):
        return values
    zoned = type_.name == "timestamptz"
    written = TIMESTAMP if zoned else type_
    if type_.name == "numeric":
        written = PgType("numeric", precision=38, scale=values.type.scale)
    plain = load(values.view(pa.timestamp("us")) if zoned else values, written)
    text = text_of(written, None, in_concat=False, column=plain).data
    text = pc.binary_join_element_wise(text, "+00", "") if zoned else text
    return pc.if_else(values.is_valid(), text, pa.scalar(None, pa.string()))


def joined(keys: Sequence[pa.Array]) -> pa.Array:
    """Several texts of each row as one, with commas between."""
    return keys[0] if len(keys) == 1 else pc.binary_join_element_wise(*keys, ",")
