"""Which kind makes values of a type: the table of all that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.generators.kinds import bits, documents, geometry, networks, numbers, texts, times
from engine.generators.kinds.compounds import SUBTYPES, ArrayOf, CompositeOf, RangeOf, Ranges
from engine.generators.kinds.maker import Between, Drawn, Maker, Numbered, Wishes
from engine.generators.kinds.shapes import json_of
from engine.stream import Key
from engine.types import PgType

NUMBERED: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    **numbers.KINDS,
    **times.KINDS,
    **texts.KINDS,
    **bits.KINDS,
    **networks.KINDS,
    **geometry.KINDS,
    **documents.KINDS,
}
DRAWN: Mapping[str, Callable[[PgType, Key, Wishes], Maker]] = {
    **documents.VECTORS,
    "json": json_of,
    "jsonb": json_of,
}


def is_known(type_: PgType) -> bool:
    """Whether values of a type can be made."""
    if type_.fields:
        return all(is_known(field) for _, field in type_.fields)
    subtype = subtype_of(type_)
    return (not subtype.array and _has_numbers(subtype)) if subtype else _has_numbers(type_) or type_.name in DRAWN


def _has_numbers(type_: PgType) -> bool:
    return bool(type_.labels) or (type_.name in NUMBERED and not type_.fields and type_.subtype is None)


def subtype_of(type_: PgType) -> PgType | None:
    """What a range or multirange is of; None for other types."""
    return type_.subtype or (SUBTYPES.get(type_.name) if not type_.labels and not type_.fields else None)


def numbered_of(type_: PgType, wishes: Wishes) -> Numbered | None:
    """The values of a type by number; None where they have none."""
    if type_.array or not _has_numbers(type_) or subtype_of(type_):
        return None
    if type_.labels:
        return texts.labels_of(type_)
    if wishes.length is not None and type_.name in _SIZED:
        return bits.wide_bytes(wishes.length.max) if type_.name == "bytea" else None
    return NUMBERED[type_.name](type_, wishes)


def ranges_of(type_: PgType, wishes: Wishes) -> Ranges | None:
    """How ranges of a type are written; None where it is none."""
    subtype = subtype_of(type_)
    bounds = numbered_of(subtype, wishes) if subtype and not type_.array else None
    return Ranges(bounds, type_.multirange or type_.name.endswith("multirange")) if bounds else None


def maker_of(type_: PgType, key: Key, wishes: Wishes) -> Maker:
    """What makes values of a type that `is_known`."""
    if type_.array:
        return ArrayOf(maker_of(replace(type_, array=False), key.child("element"), wishes), wishes.items, key)
    if type_.fields:
        fields = ((maker_of(field, key.child("field", name), wishes), field.delimiter) for name, field in type_.fields)
        return CompositeOf(tuple(fields))
    if ranges := ranges_of(type_, wishes):
        return RangeOf(ranges, key)
    if wishes.length is not None and type_.name in _SIZED:
        return _sized(type_, key, wishes.length)
    if found := numbered_of(type_, wishes):
        return Drawn(found, key)
    return DRAWN[type_.name](type_, key, wishes)


def _sized(type_: PgType, key: Key, length: Between) -> Maker:
    """Texts and byte strings of a length that is asked for, as far as the column holds it."""
    if type_.name == "bytea":
        return bits.Bytes(length, key)
    room = texts.longest(type_)
    return texts.Prose(Between(min(length.min, room), min(length.max, room)), key)


_SIZED = ("text", "varchar", "bpchar", "char", "name", "citext", "bytea")
"""Types of which `length` says something."""
