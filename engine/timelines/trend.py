"""Growth from one level to another: along a straight line, or slowly, fast and slowly again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from engine.errors import Code
from engine.maths import exp, log
from engine.timelines.growth import Growth, GrowthField
from engine.timelines.refusal import refuse
from engine.timelines.wall import HOUR
from engine.types import DAY, F64, I64
from engine.units import Duration, DurationField, Moment, MomentField

_LONGEST = 1000 * 366 * DAY
_STEEPEST = 500.0
"""The exponent beyond which a logistic curve is level; numbers end at 709."""


class _Levels(BaseModel):
    """Two levels, and how long it takes from one to the other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    from_: float = Field(1.0, alias="from", ge=0, le=1e6, description="The level before.")
    to: float = Field(ge=0, le=1e6, description="The level after it.")

    @model_validator(mode="after")
    def _is_something(self) -> _Levels:
        if not self.from_ and not self.to:
            raise refuse(Code.OUT_OF_RANGE, "growth from 0 to 0 leaves no row a place")
        return self


class Linear(_Levels):
    """Along a straight line: ``trend: {linear: {from: 1, to: 3}}``; level before it starts and after it ends.

    Only the ratio of the two levels matters, unless an entity has a `rate`, which is the one at the window's start.
    """

    start: MomentField | None = Field(
        None, description="When it begins to change; the start of the window unless given."
    )
    over: DurationField | None = Field(None, description="How long it takes; until the window's end unless given.")

    @model_validator(mode="after")
    def _lasts(self) -> Linear:
        _require(self.over)
        return self


class Logistic(_Levels):
    """Slowly, fast and slowly again, as a new thing spreads.

    ``trend: {logistic: {from: 1, to: 8, midpoint: 2025-06-01, over: 90d}}``.
    Guarantees half of the way at the midpoint, and nine tenths of it, from 5 % to 95 %, in the time `over`.
    """

    midpoint: MomentField = Field(description="When half of the way is made.")
    over: DurationField = Field(description="How long the middle nine tenths of the way take.")

    @model_validator(mode="after")
    def _lasts(self) -> Logistic:
        _require(self.over)
        return self


class Course(BaseModel):
    """A trend that is not a constant multiple: one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    linear: Linear | None = Field(
        None, description="Along a straight line: {from: 1, to: 3, start: 2025-03-01, over: 90d}."
    )
    logistic: Logistic | None = Field(None, description="S-shaped: {from: 1, to: 8, midpoint: 2025-06-01, over: 90d}.")

    @model_validator(mode="after")
    def _is_one(self) -> Course:
        if (self.linear is None) == (self.logistic is None):
            raise refuse(Code.CONFLICT, "a trend is linear or logistic, one of the two")
        return self

    def between(self, start: int, end: int, place: Callable[[Moment], int]) -> Way:
        """The way where the window is known; `place` turns moments into the same kind of microseconds."""
        if self.logistic is not None:
            low, high, over = self.logistic.from_, self.logistic.to, self.logistic.over.micros
            return Way(low, high, place(self.logistic.midpoint), over, bent=True)
        assert self.linear is not None
        begin = start if self.linear.start is None else place(self.linear.start)
        over = max(end - begin, HOUR) if self.linear.over is None else self.linear.over.micros
        return Way(self.linear.from_, self.linear.to, begin, over, bent=False)


@dataclass(frozen=True, slots=True)
class Way:
    """From `low` to `high`: straight from `at` on for `over`, or bent with its middle there; microseconds."""

    low: float
    high: float
    at: int
    over: int
    bent: bool

    def factors(self, hour: I64) -> F64:
        """The level in the middle of each hour, counted from 1970, as a share of the highest, (n,) → (n,)."""
        share = (hour * HOUR + (HOUR // 2 - self.at)) / self.over
        if self.bent:
            steep = 2.0 * float(log(np.array([19.0]))[0])  # 1 / (1 + exp(-log 19)) is 95 %
            made = 1.0 / (1.0 + exp(np.clip(share * -steep, -_STEEPEST, _STEEPEST)))
        else:
            made = np.clip(share, 0.0, 1.0)
        level = self.low * (1.0 - made) + self.high * made
        most = float(level.max())
        found: F64 = level / most if most else level
        return found


def _require(over: Duration | None) -> None:
    if over is not None and not DAY <= over.micros <= _LONGEST:
        hint = "a `step` or a `spike` is for what is faster"
        raise refuse(Code.OUT_OF_RANGE, f"over: {over} is not from a day to a thousand years", hint)


def _tag(value: object) -> str:
    along = isinstance(value, Mapping) and any(key in value for key in ("linear", "logistic"))
    return "<course>" if along or isinstance(value, Course) else "<growth>"


if TYPE_CHECKING:
    TrendField: TypeAlias = Growth | Course
else:
    TrendField = Annotated[
        Annotated[GrowthField, Tag("<growth>")] | Annotated[Course, Tag("<course>")], Discriminator(_tag)
    ]
