"""Every kind of column; adding one is one file and one line of GENERATORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.generators.base import Distribution, Generator
from engine.generators.attribute import Attribute
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.count import Count
from engine.generators.maximum import Maximum
from engine.generators.minimum import Minimum
from engine.generators.reference import Reference
from engine.generators.sum import Sum
from engine.generators.uniform import Uniform
from engine.generators.union import unite
from engine.generators.zipf import Zipf

DISTRIBUTIONS: tuple[type[Distribution], ...] = (Uniform, Zipf)

GENERATORS: tuple[type[Generator], ...] = (
    # one line per kind, alphabetical
    Attribute,
    Choice,
    Constant,
    Count,
    Maximum,
    Minimum,
    Reference,
    Sum,
    *DISTRIBUTIONS,
)

if TYPE_CHECKING:
    from engine.generators.union import AnyDistribution, AnyGenerator
else:
    AnyGenerator, AnyDistribution = unite(GENERATORS, DISTRIBUTIONS)

__all__ = ["DISTRIBUTIONS", "GENERATORS", "AnyDistribution", "AnyGenerator"]
