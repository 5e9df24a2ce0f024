"""EXCLUDE constraints: what may not overlap lies one after the other."""

from __future__ import annotations

import re

from engine.catalog.model import Exclusion
from engine.sketch.made import Made
from engine.sketch.sheet import Sheet, Sketch
from engine.types import Family

_CALL = re.compile(
    r'^\(?(?P<range>tstzrange|tsrange|daterange|int4range|int8range|numrange)\(\s*(?P<low>"?[\w ]+"?)(?:::\w+)?\s*,\s*'
    r'(?P<high>"?[\w ]+"?)(?:::\w+)?\s*(?:,\s*\'[\[(][\])]\'(?:::text)?)?\)\)?$'
)
_OVERLAPS = ("&&", "-|-", "@>", "<@")


def find_exclusions(sketch: Sketch, sheet: Sheet) -> None:
    """Lay the ranges of each exclusion one after the other, whatever its other columns hold; note what cannot be."""
    for exclusion in sheet.table.exclusions:
        if all(sign == "=" for sign in exclusion.signs) or exclusion.where == "false":
            continue
        keys = (key for key, _ in exclusion.elements)
        if not any(_laid(sketch, sheet, key, sign) for key, sign in zip(keys, exclusion.signs, strict=True)):
            _give_up(sheet, exclusion)


def _laid(sketch: Sketch, sheet: Sheet, key: str, operator: str) -> bool:
    if operator not in _OVERLAPS:
        return False
    plain = key.strip('"').replace('""', '"')
    column = sheet.table.column(plain)
    if column is not None and column.type.subtype is not None and not column.generated:
        why = "one after the other, so that none overlaps another"
        sheet.columns[plain] = Made({"arbitrary": {"disjoint": True}}, why)
        sheet.solid.add(plain)
        return True
    called = _CALL.match(key.strip())
    if called is None:
        return False
    low, high = (called[part].strip('"') for part in ("low", "high"))
    return _pair(sketch, sheet, low, high)


def _pair(sketch: Sketch, sheet: Sheet, low: str, high: str) -> bool:
    """Two columns that are the ends of a range: a sequence, and an end before the next begins."""
    first, last = sheet.table.column(low), sheet.table.column(high)
    if first is None or last is None or first.generated or last.generated or first.type.family is not last.type.family:
        return False
    if any(name in sheet.filled_by for name in (low, high)):
        return False
    start = sketch.wish.window[0]
    why, then = "one after the other, so that none overlaps another", "before the next begins"
    if first.type.family is Family.TIMESTAMP:
        said: tuple[object, object] = ({"sequence": {"start": start, "step": "1h"}}, {"after": low, "by": "45m"})
    elif first.type.family is Family.DATE:
        said = ({"sequence": {"start": start, "step": "3d"}}, {"after": low, "by": "1d"})
    elif first.type.family in (Family.INTEGER, Family.DECIMAL):
        said = (
            {"sequence": {"start": 1, "step": 10}},
            {"sequence": {"start": 6, "step": 10}},
        )
    else:
        return False
    sheet.columns[low], sheet.columns[high] = Made(said[0], why), Made(said[1], then)
    sheet.solid.update((low, high))
    return True


def _give_up(sheet: Sheet, exclusion: Exclusion) -> None:
    """Leave a column null, as nulls exclude nothing; else one row is all that surely fits."""
    plain = {key.strip('"').replace('""', '"') for key, _ in exclusion.elements}
    for name in exclusion.columns:
        if name in plain and sheet.nullable(name) and name not in sheet.filled_by:
            sheet.nulled[name] = f"so that {exclusion.name} excludes nothing"
            return
    sheet.rows = sheet.ceiling = 1
    sheet.why_rows = f"nothing is known that keeps more rows apart in {exclusion.name}"
    sheet.notes.append(f"exclusion constraint {exclusion.name} is not understood, so there is one row")
