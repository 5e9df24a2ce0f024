"""Numbers of which one is less than the other by their names lie on both sides of the middle of what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.catalog.model import Column
from engine.sketch.bounds import Span
from engine.sketch.epochs import epoch_of
from engine.sketch.guess import guess
from engine.sketch.held import NUMBERS, Holder, is_counted
from engine.sketch.made import Made
from engine.sketch.precedence import numbers_in_order
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.types import Family

_USUAL = (Decimal(1), Decimal(1000))
_FAR = 8
"""A law with a long tail ends for a pair where it is so many times its median."""


@dataclass(frozen=True, slots=True)
class _Usual:
    """Between what a column's values lie by its name, the values if they are few, and to how many places."""

    low: Decimal
    high: Decimal
    listed: tuple[int | float, ...] = ()
    places: int | None = None


def order_numbers(sketch: Sketch, sheet: Sheet, free: set[str]) -> None:
    """Make pairs such as min_age and max_age of which nothing else is said, one on each side of the middle."""
    for low, high in numbers_in_order(sheet.table, NUMBERS):
        one, two = sheet.column(low), sheet.column(high)
        if {low, high} & sheet.columns.keys() or not all(_is_plain(sketch, sheet, c, free) for c in (one, two)):
            continue
        made = _pair(sketch, sheet, one, two)
        if made is not None:
            sheet.columns[low] = replace(made[0], why=f"less than {high}, by its name")
            sheet.columns[high] = replace(made[1], why=f"more than {low}, by its name")


def _is_plain(sketch: Sketch, sheet: Sheet, column: Column, free: set[str]) -> bool:
    """Whether nothing is known of a column but its name and its type."""
    known = sketch.wish.profile and column.statistics is not None
    keyed = any(column.name in unique.columns for unique in sheet.table.uniques)
    spoken = keyed or column.name in {*sheet.table.primary_key, *sheet.conditions, *sheet.steps, *sheet.reach}
    plain = is_open(sheet.facts.columns.get(column.name)) and is_counted(column.type) and epoch_of(column) is None
    return column.name in free and plain and not (known or spoken or column.domain_checks)


def _pair(sketch: Sketch, sheet: Sheet, one: Column, two: Column) -> tuple[Made, Made] | None:
    less, more = (_usual(guess(sheet.table, column, sketch.wish.locale)) for column in (one, two))
    if less.listed and more.listed:
        if less.listed[-1] <= more.listed[0]:
            return None  # in order already
        return _halves(one, two, less.listed) if less.listed == more.listed and len(less.listed) > 1 else None
    places = less.places if less.places is not None else 0 if one.type.family is Family.INTEGER else 2
    whole = Span(min(less.low, more.low), max(less.high, more.high), None)
    for column in (one, two):
        span = Span.of(column.type, places)
        whole = whole.cut(span.low, span.high)
    middle, step = (whole.low + whole.high) / 2, Decimal(1).scaleb(-places)
    found = [_uniform(one, places, whole.low, middle), _uniform(two, places, middle + step, whole.high)]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _halves(one: Column, two: Column, listed: tuple[int | float, ...]) -> tuple[Made, Made] | None:
    half = len(listed) // 2
    less = Holder(one.type).hold({"choice": list(listed[:half])})
    more = Holder(two.type).hold({"choice": list(listed[half:])})
    return (less, more) if less is not None and more is not None else None


def _uniform(column: Column, places: int, low: Decimal, high: Decimal) -> Made | None:
    said = {"uniform": {"min": low, "max": high}, "round": places}
    return Holder(column.type).law(said, Span.of(column.type, places)) if low < high else None


def _usual(made: Made | None) -> _Usual:
    """What the name says of one of the two."""
    said = made.said if made is not None and isinstance(made.said, Mapping) else {}
    kind = next(iter(said), "")
    law, places = said.get(kind), said.get("round")
    rounded = places if isinstance(places, int) else None
    if kind == "choice" and law:
        listed = tuple(sorted(law))
        return _Usual(Decimal(str(listed[0])), Decimal(str(listed[-1])), listed)
    ends = law if kind == "uniform" else said
    if not isinstance(ends, Mapping) or not {"min", "max"} <= ends.keys():
        return _Usual(*_USUAL, places=rounded)
    low, high = Decimal(str(ends["min"])), Decimal(str(ends["max"]))
    middle = law.get("median") if isinstance(law, Mapping) else None
    return _Usual(low, high if middle is None else min(high, Decimal(str(middle)) * _FAR), places=rounded)
