"""Rows per time as people write them: ``{per_hour: 120}`` or ``120 per hour``; and how many rows a window has then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import PlainValidator, WithJsonSchema

from engine.errors import Code, wrong
from engine.stream import Key
from engine.timelines.binomial import binomial
from engine.timelines.growth import PERIODS as LONG
from engine.timelines.rate import Rate
from engine.timelines.refusal import refuse, shown
from engine.timelines.wall import HOUR, MINUTE
from engine.types import SECOND

PERIODS = {"second": SECOND, "minute": MINUTE, "hour": HOUR, **LONG}
"""Microseconds."""
_TEXT = re.compile(rf"\s*(\d[\d_]*(?:\.\d+)?)\s+per\s+({'|'.join(PERIODS)})\s*", re.ASCII)
_LEAST, _MOST = 1e-9, 1e12
_TRIALS = 2**52
"""A Poisson draw is a binomial one of so many trials: of 10¹² rows its variance lacks 0.02 %, of a million nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """So many rows in every `period` microseconds of the ordinary rate."""

    rows: float
    period: int

    def mean(self, rate: Rate) -> float:
        """The rows to expect in all of a rate's bins."""
        return self.rows * rate.ordinary_hours() * (HOUR / self.period)


def drawn(mean: float, most: int, key: Key) -> int:
    """How many rows come where `mean` are to be expected: a Poisson draw, so that each bin's number is one too.

    Raises SpecError (OUT_OF_RANGE) for a mean of more than `most`.
    """
    if not mean <= most:
        hint = "lower it, or shorten the window"
        raise wrong(Code.OUT_OF_RANGE, f"this rate makes about {mean:.3g} rows; {most:_} are the most", hint=hint)
    chance, other = np.array([mean]), np.array([_TRIALS - mean])
    return int(binomial(np.array([_TRIALS], np.int64), chance, other, key, np.zeros(1, np.uint64))[0])


def read_pace(value: object) -> Pace:
    """Read ``120 per hour`` or ``{per_hour: 120}``. Raises PydanticCustomError (BAD_UNIT, OUT_OF_RANGE)."""
    if isinstance(value, Pace):
        return value
    rows: object = None
    period = ""
    if isinstance(value, str) and (found := _TEXT.fullmatch(value)):
        rows, period = float(found[1].replace("_", "")), found[2]
    elif isinstance(value, Mapping) and len(value) == 1:
        ((key, rows),) = value.items()
        period = str(key).removeprefix("per_") if str(key).startswith("per_") else ""
    if period not in PERIODS or isinstance(rows, bool) or not isinstance(rows, int | float):
        said = shown(value) if not isinstance(value, Mapping) else shown(str(dict(value)))
        raise refuse(
            Code.BAD_UNIT, f"{said} is not a rate", f"write {{per_hour: 120}} (or per_{', per_'.join(_OTHERS)})"
        )
    if not _LEAST <= rows <= _MOST:
        raise refuse(Code.OUT_OF_RANGE, f"a rate of {rows} per {period} is not between {_LEAST:g} and {_MOST:g}")
    return Pace(float(rows), PERIODS[period])


_OTHERS = tuple(period for period in PERIODS if period != "hour")
_JSON = {
    "anyOf": [
        {"type": "string", "pattern": rf"^{_TEXT.pattern}$|\{{\{{", "examples": ["120 per hour"]},
        {
            "type": "object",
            "properties": {
                f"per_{period}": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"\{\{"}]}
                for period in PERIODS
            },
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]
}

PaceField = Annotated[Pace, PlainValidator(read_pace), WithJsonSchema(_JSON)]
