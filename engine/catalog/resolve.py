"""A column's type as the engine knows it, from PostgreSQL's chain of domains, arrays and type modifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.catalog.model import Check
from engine.types import PgType

_HEADER = 4
"""What PostgreSQL adds to the modifiers of numeric, varchar and bpchar (VARHDRSZ)."""
_LENGTHS = ("bit", "varbit", "vector", "halfvec", "sparsevec")
"""Types whose modifier is a length, or a number of dimensions."""


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One row of `pg_type`: `base` is a domain's, `element` an array's, `subtype` a range's, each an oid.

    `fields` are a composite type's: name, oid and modifier of each.
    """

    schema: str
    name: str
    base: int | None = None
    modifier: int = -1
    required: bool = False  # a domain's NOT NULL
    default: str | None = None  # a domain's DEFAULT
    element: int | None = None
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, int, int], ...] = ()
    subtype: int | None = None
    multirange: bool = False
    checks: tuple[Check, ...] = ()  # a domain's


@dataclass(frozen=True, slots=True)
class Resolved:
    """A type, and what the domains that it is declared by say of NULL, of the default and of values."""

    type: PgType
    required: bool = False
    default: str | None = None
    checks: tuple[Check, ...] = ()


def resolve(oid: int, modifier: int, types: Mapping[int, TypeRow]) -> Resolved:
    """The type `oid` with its modifier; `types` holds all that it is made of.

    A domain becomes its base type with the outermost domain's name; an array its element's type. The modifier of a
    domain counts where the column has none, the outermost default counts, one NOT NULL is enough, and all checks hold.
    """
    row = types[oid]
    if row.base is not None:
        inner = resolve(row.base, row.modifier if modifier == -1 else modifier, types)
        return Resolved(
            replace(inner.type, domain=row.name),
            row.required or inner.required,
            row.default or inner.default,
            (*inner.checks, *row.checks),
        )
    if row.element is not None:
        element = resolve(row.element, modifier, types).type
        return Resolved(replace(element, array=True, domain=None))
    return Resolved(_sized(_plain(row, types), modifier))


def _plain(row: TypeRow, types: Mapping[int, TypeRow]) -> PgType:
    return PgType(
        row.name,
        labels=row.labels,
        schema=row.schema,
        fields=tuple((name, resolve(oid, modifier, types).type) for name, oid, modifier in row.fields),
        subtype=None if row.subtype is None else resolve(row.subtype, -1, types).type,
        multirange=row.multirange,
    )


def _sized(plain: PgType, modifier: int) -> PgType:
    """The type with its precision and scale or length; the precision of times is dropped, as by `parse_type`."""
    if modifier < 0:
        return plain
    if plain.name == "numeric":
        packed = modifier - _HEADER
        scale = ((packed & 0x7FF) ^ 0x400) - 0x400  # 11 bits with a sign, numeric.c of PostgreSQL 15
        return replace(plain, precision=packed >> 16 & 0xFFFF, scale=scale)
    if plain.name in ("varchar", "bpchar"):
        return replace(plain, length=modifier - _HEADER)
    return replace(plain, length=modifier) if plain.name in _LENGTHS else plain
