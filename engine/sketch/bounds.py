"""Laws as a spec writes them, cut to what a column may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from math import nextafter

from engine.generators.result import BOUNDS
from engine.types import Family, PgType

_LEAST = {"normal": None}
"""Where laws begin that have no `min`; those that are not here begin at 0."""
_LARGEST = Decimal(10) ** 15
"""No number that a draft makes up is larger: a double still knows it to the unit."""
_EXACT = Context(prec=100)
"""Decimals of PostgreSQL have more digits than Python counts by itself: without it 29 nines behind the point are 1."""
_MIDDLES = ("median", "mean")
LAWS = ("uniform", "lognormal", "normal", "beta", "gamma", "exponential", "poisson", "pareto", "zipf")


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`, both included; `step` is what they are multiples of, None where they have none."""

    low: Decimal
    high: Decimal
    step: Decimal | None

    @staticmethod
    def of(pg: PgType, places: int | None = None) -> Span:
        """What a type of numbers holds, at most with so many decimal places."""
        step = None if places is None else Decimal(1).scaleb(-places)
        if pg.family is Family.INTEGER:
            low, high = BOUNDS.get(pg.name, BOUNDS["int4"])
            return Span(Decimal(low), Decimal(high), Decimal(1)).cut(-_LARGEST, _LARGEST)
        if pg.family is Family.DECIMAL:
            scale = 10 if pg.precision is None else pg.scale or 0
            unit = Decimal(1).scaleb(-scale)
            top = Decimal((0, (9,) * (pg.precision or 38), -scale))
            wanted = unit if step is None else max(step, unit)
            return Span(top.copy_negate(), top, wanted).cut(-_LARGEST, _LARGEST)
        return Span(-_LARGEST, _LARGEST, step)

    def cut(self, low: Decimal | None, high: Decimal | None) -> Span:
        """The part of it that lies between two numbers, on its steps."""
        bottom = self.low if low is None else max(self.low, low)
        top = self.high if high is None else min(self.high, high)
        if self.step is not None:
            with localcontext(_EXACT):
                bottom = (bottom / self.step).to_integral_value(ROUND_CEILING) * self.step
                top = (top / self.step).to_integral_value(ROUND_FLOOR) * self.step
        return Span(bottom, top, self.step)

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low > self.high

    @property
    def places(self) -> int | None:
        """The decimal places of its steps."""
        return None if self.step is None else max(-int(self.step.normalize().as_tuple().exponent), 0)

    @property
    def size(self) -> int | None:
        """How many numbers it has; None where they cannot be counted."""
        return None if self.step is None else int((self.high - self.low) / self.step) + 1


def number(value: Decimal) -> int | float:
    """A number as YAML writes it; as a double it is no further from 0, since what is cut to a type has to fit it."""
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return nextafter(near, 0) if Decimal(repr(near)).copy_abs() > value.copy_abs() else near


def bounded(said: Mapping[str, object], span: Span) -> dict[str, object] | None:
    """The law with no value outside the span; None where its middle lies outside, so that it would not be itself."""
    kind = next(iter(said))
    arguments = said[kind]
    if not isinstance(arguments, Mapping):
        return None
    if kind == "uniform":
        cut = span.cut(_decimal(arguments["min"]), _decimal(arguments["max"]))
        return None if cut.empty else {"uniform": {"min": number(cut.low), "max": number(cut.high)}}
    middle = next((_decimal(arguments[m]) for m in _MIDDLES if m in arguments), None)
    low = _decimal(said["min"]) if "min" in said else _LEAST.get(kind, Decimal(0))
    high = _decimal(said["max"]) if "max" in said else Decimal(1) if kind == "beta" else None
    cut = span.cut(low, high)
    if cut.empty or (middle is not None and not cut.low < middle < cut.high) or _is_sliver(cut, low, high):
        return None
    made: dict[str, object] = {kind: dict(arguments)}
    if "min" in said or low is None or cut.low > low:
        made["min"] = number(cut.low)
    if "max" in said or high is None or cut.high < high:
        made["max"] = number(cut.high)
    return made


def _is_sliver(cut: Span, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether hardly anything is left of the values that a law was given."""
    return low is not None and high is not None and cut.high - cut.low < (high - low) / 1000


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))
