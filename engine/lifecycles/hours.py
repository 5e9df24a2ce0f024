"""Hours in which transitions happen: a parcel that is ready on a Friday evening leaves on Monday."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import Code
from engine.expressions.civil import iso_weekday
from engine.stream import Key, uniform
from engine.timelines.clock import clock
from engine.timelines.refusal import refuse
from engine.types import DAY, I64, U64
from engine.units import Duration, DurationField

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(BaseModel):
    """The local hours in which something can happen: ``{days: [mon, tue, wed, thu, fri], from: 8h, to: 18h}``.

    What would happen outside happens at a random time of the next such hours, later on the same day or on the next
    day that is open.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    days: tuple[Day, ...] = Field(WEEK, min_length=1, strict=False, description="Days of the week: [mon, tue, fri].")
    from_: DurationField = Field(Duration(0), alias="from", description="The wall time at which they begin, as 8h.")
    to: DurationField = Field(Duration(DAY), description="The wall time at which they end, as 18h.")

    @model_validator(mode="after")
    def _are_some(self) -> Hours:
        if not 0 <= self.from_.micros < self.to.micros <= DAY:
            raise refuse(Code.OUT_OF_RANGE, f"from {self.from_} to {self.to} are no hours of a day")
        return self

    def compile(self, timezone: str, key: Key) -> OpenHours:
        """The same as a table of days."""
        there = [day in self.days for day in WEEK]
        ahead = [next(n for n in range(1, 8) if there[(day + n) % 7]) for day in range(7)]
        return OpenHours(np.array(there), np.array(ahead), self.from_.micros, self.to.micros, timezone, key)


@dataclass(frozen=True, slots=True, eq=False)
class OpenHours:
    """Whether each weekday is open, (7,), and how many days ahead the next one is, (7,); times in microseconds."""

    there: I64
    ahead: I64
    begin: int
    end: int
    timezone: str
    key: Key

    def next_open(self, moments: I64, addresses: U64) -> I64:
        """Moments within the hours as they are, others in the next hours, (n,) microseconds UTC."""
        local = clock(self.timezone)
        wall = local.wall(moments)
        day, time = wall // DAY, wall % DAY
        weekday = iso_weekday(day) - 1
        there = self.there[weekday]
        open_ = there & (time >= self.begin) & (time < self.end)
        later = np.where(there & (time < self.begin), 0, self.ahead[weekday])
        drawn = (uniform(self.key, addresses) * (self.end - self.begin)).astype(np.int64)
        return np.where(open_, moments, local.instant((day + later) * DAY + self.begin + drawn))
