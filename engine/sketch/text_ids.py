"""Keys that are kept as texts, by what they are called and how long they are: a UUID has 36 characters, a ULID 26."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.catalog.model import Column
from engine.sketch.held import Holder, room
from engine.sketch.made import Made
from engine.sketch.words import tokens
from engine.types import Family, PgType

_UUID = ("a UUID", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ULID = ("a ULID", "01[0-9A-HJKMNP-TV-Z]{24}")
_HEX = {digits: (f"{digits} hexadecimal digits", f"[0-9a-f]{{{digits}}}") for digits in (64, 40, 32, 24, 16)}

_BY_NAME: Mapping[str, tuple[tuple[str, str], ...]] = {
    "uuid": (_UUID, _HEX[32], _HEX[16]),
    "guid": (_UUID, _HEX[32], _HEX[16]),
    "ulid": (_ULID,),
    "cuid": (("a CUID", "c[a-z0-9]{24}"),),
    "nanoid": (("a nano id", "[A-Za-z0-9_-]{21}"),),
    "ksuid": (("a KSUID", "2[0-9A-Za-z]{26}"),),
    "traceid": (_HEX[32],),
    "spanid": (_HEX[16],),
    "requestid": (_UUID,),
    "correlationid": (_UUID,),
}
_BY_LENGTH: Mapping[int, tuple[str, str]] = {
    36: _UUID,
    27: _BY_NAME["ksuid"][0],
    26: _ULID,
    25: _BY_NAME["cuid"][0],
    21: _BY_NAME["nanoid"][0],
    **{digits: _HEX[digits] for digits in (64, 40, 32, 24)},
}
_KEYS = frozenset({"id", "uid", "guid", "uuid", "oid"})
"""The last words of names for which the length of the column tells what it holds."""


def text_id(column: Column, locale: str, *, by_length: bool) -> Made | None:
    """What is made for a key that is a text; None where it is none, or nothing tells of which kind.

    `by_length` says that its name says no more than that it is a key.
    """
    pg, words = column.type, tokens(column.name)
    if pg.family is not Family.TEXT or pg.array or pg.labels or not words:
        return None
    by_name = _BY_NAME.get(words[-1]) or _BY_NAME.get("".join(words[-2:])) or ()
    exact = _BY_LENGTH.get(room(pg) or 0) if words[-1] in _KEYS and (by_length or by_name) else None
    kinds = (exact, *by_name) if exact is not None else by_name
    if words[-1] in ("uuid", "guid") and (most := room(pg)):
        kinds += (("digits of a UUID", f"[0-9a-f]{{{most}}}"),)
    return _first(kinds, pg, locale)


def _first(kinds: tuple[tuple[str, str], ...], pg: PgType, locale: str) -> Made | None:
    """The first that has room."""
    for says, pattern in kinds:
        if made := Holder(pg, locale).hold({"pattern": pattern}):
            return replace(made, why=f"{says}, by its name{' and length' if room(pg) else ''}")
    return None
