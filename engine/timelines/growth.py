"""Growth as people write it: ``{per_week: 1.04}`` or ``1.6 per year``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from engine.errors import Code
from engine.timelines.refusal import refuse
from engine.types import DAY

PERIODS = {"day": DAY, "week": 7 * DAY, "month": DAY * 146_097 // 4800, "year": DAY * 146_097 // 400}
"""Microseconds; a year is the Gregorian mean of 365.2425 days, a month a twelfth of it."""

_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s+per\s+(day|week|month|year)\s*", re.ASCII)
_SMALLEST, _LARGEST = 0.001, 1000.0


@dataclass(frozen=True, slots=True)
class Growth:
    """A rate that is multiplied by `factor` every `period` microseconds."""

    factor: float
    period: int


def read_growth(value: object) -> Growth:
    """Read ``1.6 per year`` or ``{per_year: 1.6}``. Raises PydanticCustomError (BAD_UNIT, OUT_OF_RANGE)."""
    if isinstance(value, Growth):
        return value
    factor: object = None
    period = ""
    if isinstance(value, str) and (found := _TEXT.fullmatch(value)):
        factor, period = float(found[1]), found[2]
    elif isinstance(value, Mapping) and len(value) == 1:
        ((key, factor),) = value.items()
        period = str(key).removeprefix("per_") if str(key).startswith("per_") else ""
    if period not in PERIODS or isinstance(factor, bool) or not isinstance(factor, int | float):
        shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}…"
        raise refuse(
            Code.BAD_UNIT, f"{shown} is not a growth", "write {per_week: 1.04} (or per_day, per_month, per_year)"
        )
    if not _SMALLEST <= factor <= _LARGEST:
        raise refuse(
            Code.OUT_OF_RANGE, f"a growth of {factor} per {period} is not between {_SMALLEST} and {_LARGEST:g}"
        )
    return Growth(float(factor), PERIODS[period])


_JSON = {
    "anyOf": [
        {"type": "string", "pattern": rf"^{_TEXT.pattern}$|\{{\{{", "examples": ["1.6 per year"]},
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

GrowthField = Annotated[Growth, PlainValidator(read_growth), WithJsonSchema(_JSON)]
