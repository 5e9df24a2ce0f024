"""What statistics say of a column's values, as one distribution: common values, and what lies between the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np

from engine.catalog.statistics import Statistics
from engine.sketch.checks.values import position
from engine.types import F64, PgType

GRID = 100
"""Into so many equally likely parts a column is cut; PostgreSQL's own histograms have as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The quantiles of an ordered column, (GRID + 1,); time in microseconds. `places` are the decimals seen."""

    values: F64
    places: int

    @property
    def low(self) -> float:
        """The least value seen."""
        return float(self.values[0])

    @property
    def high(self) -> float:
        """The greatest value seen."""
        return float(self.values[-1])

    def at(self, share: float) -> float:
        """The value below which such a share lies."""
        return float(np.interp(share, np.linspace(0, 1, len(self.values)), self.values))


def covered(found: Statistics) -> float:
    """The share of the rows with a value that have one of the common values."""
    filled = 1.0 - found.null_fraction
    return sum(share for _, share in found.common) / filled if filled > 0 else 0.0


def spread_of(found: Statistics, pg: PgType) -> Spread | None:
    """The quantiles; None where a value is none that can be ordered, such as infinity, or there are too few."""
    try:
        atoms = sorted((float(position(text, pg)), share) for text, share in found.common)
        bounds = [float(position(text, pg)) for text in found.histogram]
        places = max((_places(text) for text in (*(t for t, _ in found.common), *found.histogram)), default=0)
    except (ValueError, InvalidOperation, OverflowError):
        return None
    total = sum(share for _, share in atoms)
    rest = max(1.0 - found.null_fraction - total, 0.0) if len(bounds) > 1 else 0.0
    if total + rest <= 0 or len(atoms) + len(bounds) < 2:
        return None
    return Spread(_quantiles(atoms, bounds, rest), places)


def _places(text: str) -> int:
    number = text.partition(".")[2]
    return len(number) if number.isdecimal() else 0


def _quantiles(atoms: Sequence[tuple[float, float]], bounds: Sequence[float], rest: float) -> F64:
    """Values by share: a step for each common value, straight lines from bound to bound."""
    edges = np.array(bounds or [atoms[0][0]])
    grown = np.linspace(0, rest, len(edges)) if len(edges) > 1 else np.zeros(1)
    places = np.unique([*edges, *(value for value, _ in atoms)])
    between = np.interp(places, edges, grown)
    steps = np.zeros(len(places))
    for value, share in atoms:
        steps[np.searchsorted(places, value)] += share
    below = between + np.concatenate(([0.0], np.cumsum(steps)[:-1]))
    shares, values = np.ravel([below, below + steps], "F"), np.repeat(places, 2)
    return np.asarray(np.interp(np.linspace(0, shares[-1], GRID + 1), shares, values), np.float64)


def rounded(value: float, digits: int) -> Decimal:
    """A number with so many digits that count."""
    return Decimal(f"{value:.{digits}g}")
