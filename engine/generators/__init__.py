"""Every kind of column; adding one is one file and one line of GENERATORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.generators.after import After
from engine.generators.ar1 import Ar1
from engine.generators.arbitrary import Arbitrary
from engine.generators.attribute import Attribute
from engine.generators.base import Distribution, Generator
from engine.generators.bernoulli import Bernoulli
from engine.generators.beta import Beta
from engine.generators.case import Case
from engine.generators.changed_at import ChangedAt
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.count import Count
from engine.generators.exponential import Exponential
from engine.generators.expr import Expr
from engine.generators.faker import Faker
from engine.generators.first import First
from engine.generators.gamma import Gamma
from engine.generators.level import Level
from engine.generators.lifecycle import LifecycleColumn
from engine.generators.lognormal import Lognormal
from engine.generators.lookup import Lookup
from engine.generators.maximum import Maximum
from engine.generators.minimum import Minimum
from engine.generators.normal import Normal
from engine.generators.pareto import Pareto
from engine.generators.path import Path
from engine.generators.pattern import Pattern
from engine.generators.poisson import Poisson
from engine.generators.previous import Previous
from engine.generators.quantiles import Quantiles
from engine.generators.reference import Reference
from engine.generators.sequence import Sequence
from engine.generators.shares import ExactShares
from engine.generators.sum import Sum
from engine.generators.template import Template
from engine.generators.transition import TransitionColumn
from engine.generators.uniform import Uniform
from engine.generators.union import unite
from engine.generators.uuid4 import Uuid4
from engine.generators.uuid7 import Uuid7
from engine.generators.version import Version
from engine.generators.walk import Walk
from engine.generators.zipf import Zipf

DISTRIBUTIONS: tuple[type[Distribution], ...] = (
    # one line per law, alphabetical
    Bernoulli,
    Beta,
    Exponential,
    Gamma,
    Lognormal,
    Normal,
    Pareto,
    Poisson,
    Quantiles,
    Uniform,
    Zipf,
)

GENERATORS: tuple[type[Generator], ...] = (
    # one line per kind, alphabetical
    After,
    Ar1,
    Arbitrary,
    Attribute,
    Case,
    Choice,
    Constant,
    Count,
    Expr,
    Faker,
    First,
    Level,
    Lookup,
    Maximum,
    Minimum,
    Path,
    Pattern,
    Previous,
    Reference,
    Sequence,
    ExactShares,
    Sum,
    Template,
    Uuid4,
    Uuid7,
    Walk,
    *DISTRIBUTIONS,
)

LIFE: tuple[type[Generator], ...] = (
    # one line per column that tells of a life cycle; the plan makes them
    ChangedAt,
    LifecycleColumn,
    TransitionColumn,
    Version,
)

if TYPE_CHECKING:
    from engine.generators.union import AnyDistribution, AnyGenerator
else:
    AnyGenerator, AnyDistribution = unite((*GENERATORS, *LIFE), DISTRIBUTIONS)

__all__ = ["DISTRIBUTIONS", "GENERATORS", "LIFE", "AnyDistribution", "AnyGenerator"]
