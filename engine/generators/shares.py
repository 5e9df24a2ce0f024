"""A column that takes its values from a list, each in exactly so many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.choice import type_of
from engine.generators.literal import Scalar, literal
from engine.permutation import permute
from engine.stream import Key
from engine.types import I64, PgType
from engine.units import FractionField

REST = "rest"
_PLACES = 12
"""Digits after the point that a share is taken by; what doubles add behind them is no one's meaning."""


class Shared(BaseModel):
    """One value and its share, for values that cannot be a key: ``{value: null, share: 40%}``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    value: Scalar
    share: Literal["rest"] | FractionField


def _shared(options: object) -> object:
    if isinstance(options, Mapping):
        return [{"value": value, "share": share} for value, share in options.items()]
    return options


class ExactShares(Generator):
    """One of some values, each in its exact share of the rows: ``{shares: {0: 40%, 20: 50%, 40: rest}}``.

    Guarantees that of n rows exactly as many have a value as its share says, rounded so that they add up to n (largest
    remainders first); which rows is random, whatever else they are. Inside a `case` the shares are still those of all
    rows of the entity. Refuses shares that do not add up to 100 %, and entities whose rows are not numbered beforehand:
    made `per` a parent, or thinned out by `keep` or `fold`.
    """

    kind: ClassVar[str] = "shares"
    shares: Annotated[
        tuple[Shared, ...],
        BeforeValidator(_shared, json_schema_input_type=dict[str, Literal["rest"] | FractionField] | list[Shared]),
        Field(min_length=1, max_length=10_000, strict=False, description="The values and their shares, or rest."),
    ]

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """bool, int8, numeric or float8 where every value is one, also as a key's text; else text."""
        return type_of([option.value for option in self.shares if option.value is not None])

    def compile(self, context: Context) -> SharesKernel:
        """Count out the rows. Raises SpecError (WRONG_KIND, BAD_WEIGHTS, INFEASIBLE)."""
        parts = self._parts()
        if context.count is None or context.scope.thinned():
            why = "how many children there are" if context.count is None else "which rows `keep` or `fold` leaves"
            raise wrong(
                Code.INFEASIBLE,
                f"exact shares of '{context.entity}' are not to be had: {why} is not known beforehand",
                path=("shares",),
                hint="write choice: with weights instead of shares, each row draws on its own",
            )
        try:
            options = [literal(option.value, context.type, context.window.timezone) for option in self.shares]
        except SpecError as error:
            raise error.under("shares") from None
        ends = np.cumsum(counts(parts, context.count))
        return SharesKernel(pa.array(options), ends, context.count, context.key.child("shares"))

    def _parts(self) -> list[Fraction]:
        """The share of each value, exact; `rest` is what the others leave."""
        named = [Fraction(f"{o.share:.{_PLACES}f}") if o.share != REST else None for o in self.shares]
        left = 1 - sum((part for part in named if part is not None), Fraction(0))
        if named.count(None) > 1:
            raise wrong(Code.CONFLICT, "only one value can have the rest", path=("shares",))
        if left < 0 or (left > 0 and None not in named):
            hint = "give one of them `rest`" if left > 0 else "let them add up to 100 %"
            raise wrong(Code.BAD_WEIGHTS, f"the shares add up to {float(1 - left):.6g}", path=("shares",), hint=hint)
        return [left if part is None else part for part in named]


def counts(parts: list[Fraction], rows: int) -> I64:
    """How many of `rows` each part has: the whole numbers below, then one more for the largest remainders."""
    exact = [part * rows for part in parts]
    found = [int(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda n: (found[n] - exact[n], n))
    for place in order[: rows - sum(found)]:
        found[place] += 1
    return np.array(found, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SharesKernel:
    """Deals the values out along a keyed order of all rows; `ends` are where in it each value's rows end."""

    options: pa.Array
    ends: I64
    count: int
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The value whose part of the order holds the row, (n,)."""
        place = permute(self.key, rows.index, self.count) if rows.size else rows.index
        return self.options.take(pa.array(np.searchsorted(self.ends, place, side="right")))
