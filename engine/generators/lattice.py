"""Equally likely values that can be counted: whole numbers, cents, days, microseconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, inf

import pyarrow as pa

from engine.errors import Code, wrong
from engine.generators.base import Context, Kernel, Rows
from engine.generators.deal import Deal
from engine.generators.dimension import exact, wall
from engine.generators.result import BOUNDS, Result
from engine.permutation import permute
from engine.stream import Key, within
from engine.types import DAY, I64, Family, PgType, value_type
from engine.units import Quantity

HALF_OPEN = (Family.TIMESTAMP, Family.TIME)
"""Spans of instants end before their end, as the window does; spans of days, numbers and lengths include it."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """`count` values from `first` on, `step` apart, in the units of the result."""

    first: int
    step: int
    count: int
    key: Key
    result: Result

    def values(self, rows: Rows) -> pa.Array:
        """One of the values for every row, (n,)."""
        return self.result.units(self._units(within(self.key, rows.identity, self.count)))

    def _units(self, place: I64) -> I64:
        if self.step != 1:
            place *= self.step
        place += self.first
        return place


@dataclass(frozen=True, slots=True)
class DealtLattice:
    """The same values in a keyed order, each at most once; more rows only continue it."""

    lattice: Lattice

    def values(self, rows: Rows) -> pa.Array:
        """A value of its own for every row, (n,)."""
        of = self.lattice
        place = permute(of.key, rows.place, of.count)
        return of.result.units(place * of.step + of.first)


@dataclass(frozen=True, slots=True)
class DigitLattice:
    """The same values, each row that of its digit in the deal of several columns."""

    lattice: Lattice
    deal: Deal

    def values(self, rows: Rows) -> pa.Array:
        """The values of the rows' digits, (n,)."""
        return self.lattice.result.units(self.deal.digits(rows) * self.lattice.step + self.lattice.first)


def lattice_of(context: Context, lows: Sequence[Quantity], highs: Sequence[Quantity], result: Result) -> Kernel:
    """The kernel over all values of the column's type between the highest low and the lowest high.

    Raises SpecError (INFEASIBLE, OUT_OF_RANGE, NOT_UNIQUE).
    """
    pg = context.type
    step, unit = steps(pg, result.places)
    low = max(_inward(q, context, unit, ceil) for q in lows)
    high = min(_inward(q, context, unit, floor) for q in highs)
    if pg.family in HALF_OPEN and high > low:
        high -= 1
    if low > high:
        raise wrong(Code.INFEASIBLE, f"no value of {pg} lies between min and max", path=("uniform",))
    _require_range(pg, low * step, high * step, step)
    lattice = Lattice(low * step, step, high - low + 1, context.key, result)
    return _dealt(lattice, context) if context.unique else lattice


def steps(pg: PgType, places: int | None) -> tuple[int, Decimal]:
    """How many of the type's units lie between two values, and how many of the spec's between them."""
    if pg.family is not Family.DECIMAL:
        return 1, Decimal(DAY if pg.family is Family.DATE else 1)
    scale = value_type(pg).scale
    kept = scale if places is None else min(places, scale)
    return 10 ** (scale - kept), Decimal(1).scaleb(-kept)


def _inward(quantity: Quantity, context: Context, unit: Decimal, to_whole: Callable[[Decimal], int]) -> int:
    value = Decimal(repr(exact(quantity, wall(context.window, context.type))))
    whole = floor if context.type.family is Family.DATE else to_whole
    return int(whole(value / unit))


def _require_range(pg: PgType, low: int, high: int, step: int) -> None:
    if pg.family is Family.DECIMAL:
        top = 10**pg.precision - 1 if pg.precision is not None else 10**38 - 1
        least, most = max(-top, -(2**62)), min(top, 2**62)
    else:
        least, most = BOUNDS.get(pg.name, (-inf, inf))
        if pg.family is Family.DATE:
            least, most = least // DAY, most // DAY
    if low < least or high > most or (high - low) // step >= 2**62:
        raise wrong(
            Code.OUT_OF_RANGE,
            f"values from {_told(pg, low)} to {_told(pg, high)} do not fit {pg}, or are more than 2**62",
            path=("uniform", "max" if high > most else "min"),
            hint=f"stay between {_told(pg, least)} and {_told(pg, most)}",
        )


def _told(pg: PgType, units: float) -> str:
    """A number of the type's units as a person writes it; moments stay microseconds, dates days since 1970."""
    if pg.family is Family.DECIMAL:
        return f"{Decimal(int(units)).scaleb(-value_type(pg).scale):f}"
    said = {Family.TIMESTAMP: " µs since 1970", Family.DATE: " days since 1970"}.get(pg.family, "")
    return f"{units}{said}"


def _dealt(lattice: Lattice, context: Context) -> Kernel:
    if context.count is None:
        raise wrong(
            Code.NOT_UNIQUE,
            "'uniform' is unique only over the rows of an entity with a `count`",
            path=("unique",),
            hint="use uuid7, or `sequence: {within: parent}` together with the parent's key",
        )
    if context.count > lattice.count:
        raise wrong(
            Code.INFEASIBLE,
            f"{context.count} rows cannot have different values out of {lattice.count}",
            path=("uniform",),
            hint=f"widen min and max to at least {context.count} values, or drop `unique`",
        )
    return DealtLattice(lattice)
