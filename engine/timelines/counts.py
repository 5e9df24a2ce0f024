"""The YAML of how rows scatter around a timeline's rate: ``poisson``, ``even`` or a negative binomial law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from engine.errors import Code, wrong
from engine.timelines.refusal import refuse, shown
from engine.timelines.scatter import Clumped, Even, Scatter
from engine.timelines.wall import HOUR, MINUTE, Stretch
from engine.types import DAY
from engine.units import Duration, DurationField

LAWS = ("poisson", "even")


class NegativeBinomial(BaseModel):
    """More scatter than chance: the counts of bins of wall time vary by more than their mean.

    By `size` k (as R's `dnbinom` has it) the variance of a bin's count is mean + mean²/k, so that busy bins scatter
    most; by `fano` it is that factor × the variance by chance, in every bin alike. Guarantees the exact number of rows
    and that bins are independent but for it; entities on one timeline are, too (what they share is `noise`).
    An hour that the clock shows twice is one bin. Costs a gamma draw a bin. Refuses a Fano factor that is not below the
    number of rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    size: float | None = Field(None, ge=0.01, le=1e9, description="k: variance = mean + mean²/k. Smaller is wilder.")
    fano: float | None = Field(None, gt=1, le=1e9, description="Variance ÷ mean, instead of `size`; 1 is `poisson`.")
    bin: DurationField = Field(
        Duration(HOUR),
        description="The bins whose counts scatter: from 1m to 1d, a whole number of them a day. 1h if absent.",
    )

    @model_validator(mode="after")
    def _said_once(self) -> NegativeBinomial:
        if (self.size is None) == (self.fano is None):
            raise refuse(Code.CONFLICT, "say `size` or `fano`, one of the two", "write {size: 4} or {fano: 3}")
        if not MINUTE <= self.bin.micros <= DAY or DAY % self.bin.micros:
            raise refuse(
                Code.OUT_OF_RANGE,
                f"bin: {self.bin} does not divide a day into whole bins of a minute or more",
                "write 1m, 15m, 1h or 1d",
            )
        return self


class Counts(BaseModel):
    """How rows scatter around the rate: by a law without arguments, or by a negative binomial one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    law: Literal["poisson", "even", "negative_binomial"] = "negative_binomial"
    negative_binomial: NegativeBinomial | None = None

    def scatter(self, parts: tuple[Stretch, ...], width: int) -> Scatter | None:
        """What splits rows over bins of this width in these stretches of local time; None is chance alone.

        Raises SpecError (OUT_OF_RANGE) where the law's bins are narrower than the timeline's.
        """
        law = self.negative_binomial
        if law is None:
            return Even() if self.law == "even" else None
        if law.bin.micros < width:
            message = f"bin: {law.bin} is narrower than this window's bins of {Duration(width)}"
            raise wrong(Code.OUT_OF_RANGE, message, path=("counts", "negative_binomial", "bin"))
        return Clumped(parts, law.bin.micros, law.size, law.fano)


POISSON = Counts(law="poisson")


def read_counts(value: object) -> object:
    """A law's name becomes a mapping; a mapping stays one. Raises PydanticCustomError (WRONG_TYPE)."""
    if isinstance(value, Counts):
        return value
    if isinstance(value, str) and value in LAWS:
        return {"law": value}
    if isinstance(value, Mapping) and list(value) == ["negative_binomial"]:
        return value
    raise refuse(
        Code.WRONG_TYPE,
        f"{shown(value)} is not how counts scatter",
        "write poisson, even or {negative_binomial: {size: 4, bin: 1h}}",
    )


_COUNTS_JSON = {
    "anyOf": [
        {"enum": list(LAWS)},
        {"type": "string", "pattern": r"\{\{"},
        {
            "type": "object",
            "properties": {"negative_binomial": NegativeBinomial.model_json_schema()},
            "required": ["negative_binomial"],
            "additionalProperties": False,
        },
    ]
}
CountsField = Annotated[Counts, BeforeValidator(read_counts), WithJsonSchema(_COUNTS_JSON)]
