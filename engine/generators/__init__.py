"""Every kind of column; adding one is one file and one line of GENERATORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.generators.base import Distribution, Generator
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.uniform import Uniform
from engine.generators.union import unite

DISTRIBUTIONS: tuple[type[Distribution], ...] = (Uniform,)

GENERATORS: tuple[type[Generator], ...] = (
    # one line per kind, alphabetical
    Choice,
    Constant,
    *DISTRIBUTIONS,
)

if TYPE_CHECKING:
    from engine.generators.union import AnyDistribution, AnyGenerator
else:
    AnyGenerator, AnyDistribution = unite(GENERATORS, DISTRIBUTIONS)

__all__ = ["DISTRIBUTIONS", "GENERATORS", "AnyDistribution", "AnyGenerator"]
