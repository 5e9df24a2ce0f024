"""How unevenly rows are pointed to, by the shares of those that are pointed to most."""

from __future__ import annotations

import numpy as np

from engine.catalog.model import Column
from engine.types import F64

_FEWEST = 3
_STEEPEST = 4.0
_HALVINGS = 40


def popularity(column: Column, rows: int) -> float | None:
    """Zipf's exponent for which the most popular of so many rows have the share that ANALYZE saw; 0 is even.

    None where statistics do not tell. A share of rank r is r^-s / Σ k^-s over all k ≤ rows.
    """
    found = column.statistics
    if found is None or rows < _FEWEST or not found.distinct:
        return None
    shares = np.array([share for _, share in found.common]) / max(1.0 - found.null_fraction, 1e-9)
    if not len(shares):
        return 0.0 if found.histogram else None
    if len(shares) >= rows:
        shares = shares[: rows - 1]
    top = float(shares.sum())
    low, high = 0.0, _STEEPEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _share(len(shares), rows, middle) < top else (low, middle)
    return round((low + high) / 2, 2)


def _share(top: int, rows: int, exponent: float) -> float:
    """What the first ranks have of all, the tail by its integral."""
    known = min(rows, 10_000)
    weights: F64 = np.arange(1, known + 1, dtype=np.float64) ** -exponent
    tail = 0.0
    if rows > known:
        power = 1.0 - exponent
        tail = float(np.log(rows / known)) if abs(power) < 1e-9 else (rows**power - known**power) / power
    return float(weights[:top].sum() / (weights.sum() + tail))
