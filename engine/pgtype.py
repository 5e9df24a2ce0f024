"""A PostgreSQL type from its text, as people and `format_type()` write it."""

from __future__ import annotations

import re

from engine.types import FAMILIES, PgType

_ALIASES = {
    "smallint": "int2",
    "smallserial": "int2",
    "integer": "int4",
    "int": "int4",
    "serial": "int4",
    "bigint": "int8",
    "bigserial": "int8",
    "decimal": "numeric",
    "dec": "numeric",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "char varying": "varchar",
    "character": "bpchar",
    "char": "bpchar",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "bit varying": "varbit",
}

KNOWN = (
    *FAMILIES,
    *("timetz", "bit", "varbit", "money", "xml", "tsvector", "tsquery", "inet", "cidr", "macaddr", "macaddr8"),
    *("point", "line", "lseg", "box", "path", "polygon", "circle", "hstore", "ltree", "geometry", "geography"),
    *("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"),
)
"""Types that can be named without a catalog, by the names that `PgType.name` has."""

_IDENTIFIER = r'"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*'
_TYPE = re.compile(
    rf"""\s*(?:(?P<schema>{_IDENTIFIER})\s*\.\s*)?
         (?P<name>double\s+precision|(?:character|char|bit)\s+varying|{_IDENTIFIER})
         (?P<fields>\s+(?:year|month|day|hour|minute|second)(?:\s+to\s+(?:month|hour|minute|second))?)?
         \s*(?:\(\s*(?P<first>\d{{1,9}})\s*(?:,\s*(?P<second>-?\d{{1,9}})\s*)?\))?
         (?P<zone>\s+with(?:out)?\s+time\s+zone)?
         \s*(?P<array>(?:\[\s*\d*\s*\]\s*)*|\s+array\s*)\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def parse_type(text: str) -> PgType:
    """Read ``numeric(12,2)``, ``character varying(40)``, ``timestamp with time zone``, ``shop.status[]``.

    Aliases become the catalog's name (``integer`` → int4). Any identifier is taken as a type's name;
    whether it exists is for the catalog to say. The precision of times is dropped: values have microseconds.
    Raises ValueError.
    """
    found = _TYPE.fullmatch(text) if len(text) <= 200 else None
    if found is None:
        raise ValueError(f"{text!r} is not a type; write one such as numeric(12,2), text or timestamptz")
    schema, name = _folded(found["schema"]), _name(found)
    if (found["fields"] and name != "interval") or (
        found["zone"] and name not in ("timestamptz", "timestamp", "timetz", "time")
    ):
        raise ValueError(f"{text!r} is not a type")
    first = int(found["first"]) if found["first"] else None
    second = int(found["second"]) if found["second"] else None
    return _sized(text, name, (first, second), schema=schema or "pg_catalog", array=bool(found["array"].strip()))


def _sized(text: str, name: str, size: tuple[int | None, int | None], *, schema: str, array: bool) -> PgType:
    first, second = size
    if second is not None and name != "numeric":
        raise ValueError(f"{text!r} is not a type: only numeric has a scale")
    if name == "float":
        return PgType("float4" if first and first <= 24 else "float8", array=array, schema=schema)
    if name == "numeric" and first is not None:
        if not 1 <= first <= 1000 or not 0 <= (second or 0) <= first:
            raise ValueError(f"{text!r}: the precision is 1 to 1000, the scale 0 to the precision")
        return PgType(name, precision=first, scale=second or 0, array=array, schema=schema)
    if name in ("varchar", "bpchar", "bit", "varbit"):
        if first == 0:
            raise ValueError(f"{text!r}: the length is at least 1")
        return PgType(name, length=first if first or name[0] == "v" else 1, array=array, schema=schema)
    if first is not None and name not in ("timestamptz", "timestamp", "timetz", "time", "interval"):
        raise ValueError(f"{text!r} is not a type: {name} takes no length")
    return PgType(name, array=array, schema=schema)


def _name(found: re.Match[str]) -> str:
    name = found["name"]
    if name.startswith('"') or (found["schema"] and _folded(found["schema"]) != "pg_catalog"):
        return _folded(name) or name
    zone = " ".join((found["zone"] or "").lower().split())
    plain = " ".join(name.lower().split())
    full = f"{plain} {zone}" if zone else plain
    return _ALIASES.get(full, full)


def _folded(identifier: str | None) -> str | None:
    """An identifier as the catalog stores it: quoted as it is, unquoted in lower case."""
    if identifier is None:
        return None
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier.lower()
