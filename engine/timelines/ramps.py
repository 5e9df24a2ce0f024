"""How a rate goes from one level to another."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from engine.maths import exp
from engine.types import F64

_STEEP = 4.0
"""An exponential ramp has made half its way after 83 % of its time."""
_SIGMAS = 3.0
"""A gaussian ramp begins three standard deviations from the peak."""


Shape: TypeAlias = Literal["linear", "exponential", "gaussian", "plateau"]
"""The line that a spike rises and decays along."""


def climbed(shape: Shape, share: F64) -> F64:
    """How much of the way is made after a share of the time, both from 0 to 1, (n,) → (n,); rising."""
    if shape == "exponential":
        return (exp(share * _STEEP) - 1.0) / float(exp(np.array([_STEEP]))[0] - 1.0)
    if shape == "gaussian":
        foot = float(_bell(np.array([1.0]))[0])
        return (_bell(1.0 - share) - foot) / (1.0 - foot)
    return share


def _bell(distance: F64) -> F64:
    """The normal density over its peak, at a distance from it in units of `_SIGMAS` standard deviations."""
    return exp(-0.5 * (distance * _SIGMAS) ** 2)
