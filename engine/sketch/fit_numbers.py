"""Numbers as CHECKs allow them: laws that are cut, choices that are sifted, multiples that are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from engine.catalog.model import Column
from engine.sketch.bounds import LAWS, Span, number
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.allowed import allows
from engine.sketch.checks.facts import Value
from engine.sketch.held import Holder
from engine.sketch.made import Made
from engine.types import Family

_USUAL = Decimal(1000)
"""How far numbers go from where they begin, where a CHECK knows one end."""
_PARTS = 1000
"""Into so many steps a span of decimals is cut at least."""
_MOST_LISTED = 100
_NEAR = 100
"""Numbers above what must not be are chosen where there are so many: mostly it is 0."""


def fit_number(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """The law or choice that was wanted, within the bounds; else even numbers between them, else a list."""
    said = made.said if isinstance(made.said, Mapping) else {}
    kind = next(iter(said), None)
    places = _wanted_places(column, said)
    if facts.multiple_of is not None:
        places = _places_of(facts)
        if places is None:
            return _multiples(column, facts)
    if kind == "choice" and (sifted := _sifted(column, said, facts)) is not None:
        return sifted
    span = _span(column, facts, places)
    if span is None or span.empty:
        return None
    holder = Holder(column.type)
    if kind in LAWS and (law := holder.law(said, span)) is not None:
        return law
    if kind == "bernoulli" and all(span.low <= n <= span.high and n not in facts.none_of for n in (0, 1)):
        return made
    low, high = _usual(span)
    return holder.law({"uniform": {"min": number(low), "max": number(high)}}, span)


def _wanted_places(column: Column, said: Mapping[str, object]) -> int | None:
    """The decimal places that are asked for: those of the column where a law says nothing of them."""
    places = said.get("round")
    if isinstance(places, int):
        return places
    return column.type.scale if column.type.family is Family.DECIMAL and next(iter(said), None) in LAWS else None


def _span(column: Column, facts: ColumnFacts, places: int | None) -> Span | None:
    """Where numbers may lie, around what must not be."""
    low, high = _decimal(facts.low), _decimal(facts.high)
    whole = Span.of(column.type, _fine(column, places, low, high))
    step = whole.step or Decimal(1)
    if low is not None and facts.low_strict:
        low += step
    if high is not None and facts.high_strict:
        high -= step
    span = whole.cut(low, high)
    holes = sorted(Decimal(str(v)) for v in facts.none_of if not isinstance(v, bool | str))
    for hole in (h for h in holes if span.low <= h <= span.high):
        below, above = span.cut(None, hole - step), span.cut(hole + step, None)
        span = above if not above.empty and (below.empty or above.high - hole >= _NEAR) else below
    return span


def _fine(column: Column, places: int | None, low: Decimal | None, high: Decimal | None) -> int | None:
    """Decimal places that tell some numbers of a narrow span apart."""
    if column.type.family is Family.INTEGER:
        return None
    if low is None or high is None:
        return 2 if places is None else places
    wanted = 2 if places is None else places
    while wanted < 9 and (high - low) * 10**wanted < min(_PARTS, 100):
        wanted += 1
    return wanted


def _usual(span: Span) -> tuple[Decimal, Decimal]:
    """Ends as people would choose them where the type knows them alone."""
    far = Decimal(10) ** 5
    if span.high - span.low <= far or (abs(span.low) < far and abs(span.high) < far):
        return span.low, span.high
    if span.low > -far:
        return span.low, min(span.high, span.low + max(_USUAL, abs(span.low)))
    if span.high < far:
        return max(span.low, span.high - max(_USUAL, abs(span.high))), span.high
    return max(span.low, Decimal(0)), min(span.high, _USUAL)


def _sifted(column: Column, said: Mapping[str, object], facts: ColumnFacts) -> Made | None:
    """The values of a choice that are allowed, where they are the most part of it."""
    choice = said["choice"]
    if isinstance(choice, Mapping):
        left = {v: w for v, w in choice.items() if _is_allowed(column, v, facts)}
        return Made({"choice": left}) if len(left) * 2 > len(choice) else None
    if not isinstance(choice, list | tuple):
        return None
    kept = [v for v in choice if _is_allowed(column, v, facts)]
    return Made({"choice": kept}, pool=len(kept)) if len(kept) * 2 > len(list(choice)) else None


def _is_allowed(column: Column, value: object, facts: ColumnFacts) -> bool:
    one: Value = Decimal(str(value))
    return allows(facts, one, column.type)


def _places_of(facts: ColumnFacts) -> int | None:
    """The decimal places that all multiples of a power of ten have, and nothing else."""
    step = (facts.multiple_of or Decimal(0)).normalize()
    exponent = step.as_tuple().exponent
    fine = facts.remainder == 0 and step.as_tuple().digits == (1,) and isinstance(exponent, int) and exponent <= 0
    return -int(exponent) if fine else None


def _multiples(column: Column, facts: ColumnFacts) -> Made | None:
    """Numbers of a row that goes by steps, as a list."""
    step = facts.multiple_of or Decimal(1)
    span = _span(column, replace(facts, none_of=()), None)
    if span is None or span.empty or not step:
        return None
    low = span.low
    if low < -_USUAL * step:
        low = Decimal(0) if span.high >= 0 else span.high - _MOST_LISTED * step
    first = low + (facts.remainder - low) % step
    first += step if first < low else 0
    numbers = (first + n * step for n in range(_MOST_LISTED))
    holder = Holder(column.type)
    allowed = (number(n) for n in numbers if n <= span.high and _is_allowed(column, n, facts))
    listed = [n for n in allowed if holder.takes(n)]
    return Made({"choice": listed}, pool=len(listed)) if listed else None


def _decimal(value: Value | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
