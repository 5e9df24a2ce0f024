"""What a timeline, or the moment of an entity, is put together of: names of timelines, each with a weight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from engine.errors import Code
from engine.timelines.refusal import refuse, shown

MOST_PARTS = 100
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LEAST, _MOST = 1e-9, 1e9


@dataclass(frozen=True, slots=True)
class Parts:
    """Timelines by name with their shares, which sum to 1; `places` say where each name stands below the key."""

    names: tuple[str, ...]
    shares: tuple[float, ...]
    places: tuple[tuple[str | int, ...], ...]


def read_sum(value: object) -> Parts:
    """Read ``{web: 0.7, app: 0.3}``, or a list of names with equal weights.

    Raises PydanticCustomError (WRONG_TYPE, BAD_WEIGHTS, CONFLICT, OUT_OF_RANGE).
    """
    if isinstance(value, Parts):
        return value
    if isinstance(value, Mapping):
        return _weighted(value, "write {web: 0.7, app: 0.3}")
    return read_product(value)


def read_product(value: object) -> Parts:
    """Read ``[web, campaign]``. Raises PydanticCustomError as `read_sum` does."""
    if isinstance(value, Parts):
        return value
    if not isinstance(value, list | tuple):
        raise refuse(Code.WRONG_TYPE, f"{shown(value)} is not a list of timelines", "write [web, campaign]")
    for name in value:
        _require_name(name, "write [web, campaign]")
        if value.count(name) > 1:
            raise refuse(Code.CONFLICT, f"'{name}' stands here twice", "keep it once")
    _require_few(len(value))
    return Parts(tuple(value), (1.0 / len(value),) * len(value), tuple((place,) for place in range(len(value))))


def read_followed(value: object) -> Parts:
    """Read ``storefront``, or ``{web: 3, app: 1}``. Raises PydanticCustomError as `read_sum` does."""
    if isinstance(value, Parts):
        return value
    if isinstance(value, Mapping):
        return _weighted(value, "write storefront, or {web: 3, app: 1}")
    _require_name(value, "write storefront, or {web: 3, app: 1}")
    return Parts((str(value),), (1.0,), ((),))


def _weighted(value: Mapping[object, object], hint: str) -> Parts:
    _require_few(len(value))
    found: dict[str, float] = {}
    for name, weight in value.items():
        _require_name(name, hint)
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise refuse(Code.WRONG_TYPE, f"the weight of {name} is not a number: {shown(weight)}")
        if not (isfinite(weight) and (weight == 0 or _LEAST <= weight <= _MOST)):
            raise refuse(
                Code.BAD_WEIGHTS, f"the weight of {name} is {weight}; it is 0, or from {_LEAST:g} to {_MOST:g}"
            )
        found[str(name)] = float(weight)
    whole = 0.0
    for weight in found.values():
        whole += weight
    if not whole:
        raise refuse(Code.BAD_WEIGHTS, "the weights sum to nothing, so no row would have a place")
    shares = tuple(weight / whole for weight in found.values())
    return Parts(tuple(found), shares, tuple((name,) for name in found))


def _require_name(name: object, hint: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refuse(Code.WRONG_TYPE, f"{shown(name)} is not the name of a timeline", hint)


def _require_few(parts: int) -> None:
    if not 1 <= parts <= MOST_PARTS:
        raise refuse(Code.OUT_OF_RANGE, f"there are {parts} timelines here; from 1 to {MOST_PARTS} can be put together")


_NAME_JSON = {"type": "string", "pattern": r"^[a-z_][a-z0-9_]*$|\{\{", "examples": ["storefront"]}
_LIST_JSON = {"type": "array", "items": _NAME_JSON, "minItems": 1, "maxItems": MOST_PARTS}
_WEIGHTS_JSON = {
    "type": "object",
    "additionalProperties": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"\{\{"}]},
    "minProperties": 1,
    "maxProperties": MOST_PARTS,
}

SumField = Annotated[Parts, PlainValidator(read_sum), WithJsonSchema({"anyOf": [_WEIGHTS_JSON, _LIST_JSON]})]
ProductField = Annotated[Parts, PlainValidator(read_product), WithJsonSchema(_LIST_JSON)]
FollowedField = Annotated[Parts, PlainValidator(read_followed), WithJsonSchema({"anyOf": [_NAME_JSON, _WEIGHTS_JSON]})]
