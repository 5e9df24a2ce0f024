"""Yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.generators.base import Context, Dimension, Kernel, Law, Rows, Scope, Window
from engine.generators.deal import Deal
from engine.generators.distribution import ByLaw, short
from engine.generators.moving import Moving, ShareField
from engine.generators.result import Result
from engine.types import BOOL, F64, Family, PgType
from engine.units import FractionField


class BernoulliArguments(BaseModel):
    """How often yes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    p: ShareField = Field(description="The share of true: ``0.3`` or ``30%``.")


class Bernoulli(ByLaw):
    """True with a probability, else false; 1 and 0 in columns of numbers: ``bernoulli: 30%``.

    The probability may be made from the row: ``{p: {expr: "case when vip then 0.9 else 0.1 end"}}``.

    Guarantees the probability to 2⁻⁵²; how many come true is random.
    """

    kind: ClassVar[str] = "bernoulli"
    shares: ClassVar[tuple[str, ...]] = ("p",)
    bernoulli: Annotated[
        BernoulliArguments, BeforeValidator(short("p"), json_schema_input_type=BernoulliArguments | FractionField)
    ] = Field(description="The share of true: ``0.3`` or ``30%``.")

    def dimension(self) -> Dimension:
        """Numbers, 0 and 1."""
        return Dimension.NUMBER

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """bool."""
        return BOOL

    def places(self, context: Context) -> int:  # noqa: ARG002
        """Two: no and yes."""
        return 2

    def dealt(self, context: Context, deal: Deal) -> Kernel:
        """Yes where the digit is 1. Raises SpecError."""
        self.require_fit(context)
        return YesByDigit(self.result_of(context), deal)

    def require_fit(self, context: Context) -> None:
        """Raise SpecError (WRONG_KIND) unless the column holds true and false, or numbers."""
        if context.type.family is not Family.BOOLEAN:
            super().require_fit(context)

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """Bernoulli's law of each row."""
        return BernoulliLaw(arguments["p"])  # type: ignore[arg-type]  # quantile works on columns

    def untruncated(self, window: Window) -> Law:  # noqa: ARG002
        """Bernoulli's law."""
        p = self.bernoulli.p
        assert not isinstance(p, Moving)  # `law` refused it
        return BernoulliLaw(p)


@dataclass(frozen=True, slots=True)
class YesByDigit:
    """No or yes, as the deal of several columns says."""

    result: Result
    deal: Deal

    def values(self, rows: Rows) -> pa.Array:
        """Yes where the digit is 1, (n,)."""
        return self.result.floats(self.deal.digits(rows).astype(np.float64))


@dataclass(frozen=True, slots=True)
class BernoulliLaw:
    """1 with probability `mean`, else 0."""

    mean: float

    @property
    def discrete(self) -> bool:
        """Always."""
        return True

    @property
    def low(self) -> float:
        """0, unless it never comes."""
        return 0.0 if self.mean < 1 else 1.0

    @property
    def high(self) -> float:
        """1, unless it never comes."""
        return 1.0 if self.mean > 0 else 0.0

    def quantile(self, u: F64) -> F64:
        """1 where u is above 1 - mean, (n,) → (n,)."""
        return (u > 1.0 - self.mean).astype(np.float64)

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return 1.0 if x >= 1 else (1.0 - self.mean) * (x >= 0)
