"""Mathematics with the same bits on every CPU: numpy's own exp, log and pow differ in the last one.

Only + - * / sqrt, comparisons, rounding to whole numbers and frexp/ldexp are used, all of which IEEE 754 fixes.
"""

from __future__ import annotations

from engine.maths.elementary import BLOCK, exp, expm1, in_blocks, log, log1p, power
from engine.maths.normal import ndtr, ndtri
from engine.maths.rounding import half_away, scaled_half_away
from engine.maths.shares import ndtr_all

__all__ = [
    "BLOCK",
    "exp",
    "expm1",
    "half_away",
    "in_blocks",
    "log",
    "log1p",
    "ndtr",
    "ndtr_all",
    "ndtri",
    "power",
    "scaled_half_away",
]
