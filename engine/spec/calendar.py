"""What a spec says of rows in a parent's calendar: appointments, shifts, bookings of a room."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from engine.errors import Code
from engine.spec.every import EdgeField
from engine.spec.fields import ColumnName, Model, refuse
from engine.timelines.opening import ClosedField, HoursField, WeekdaysField
from engine.units import Duration, DurationField, parse_fraction

_PATH = re.compile(r"[^\W\d]\w*(\.\w+)*")


def _fill(value: object) -> float | str:
    """Read a share, or the path of a column. Raises ValueError."""
    return value if isinstance(value, str) and _PATH.fullmatch(value) else parse_fraction(value)


FillField: TypeAlias = Annotated[
    float | str,
    PlainValidator(_fill),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string"}], "examples": ["70%", "demand"]}
    ),
]


class Calendar(Model):
    """Rows in slots that never overlap: ``{hours: "08:00-12:00, 13:00-17:00", days: mon-fri, length: 30m, fill: 80%}``.

    Within the hours of each day slots of `length` follow each other, `gap` apart, and each is taken with probability
    `fill`. Guarantees that no two rows of a parent share a moment, as long as none takes longer than `length`; the
    column that `ends` names holds exactly that end. Rows come in the order of time. Hours are those of the scenario's
    wall clock: a day on which it goes back may have more slots, and none is at a time that it skips. Costs one draw for
    each slot of a parent, taken or not, whenever its family is made. Refuses a slot that is longer than all hours, and
    more than a million slots in the window.
    """

    hours: HoursField = Field(description='When there are slots: "08:00-12:00, 13:00-17:00", or a list.')
    days: WeekdaysField = Field(tuple(range(7)), description="Days of the week: mon-fri, or [mon, wed, sat].")
    length: DurationField = Field(description="How long a slot is.")
    gap: DurationField = Field(Duration(0), description="What lies between two slots at least.")
    fill: FillField = Field(
        1.0, description="The share of the slots that are taken: 70%, or a column of the parent that holds it."
    )
    closed: ClosedField | None = Field(
        None, description="Days without slots: 2025-12-24, a list of dates, {holidays: NO}."
    )
    from_: EdgeField | None = Field(
        None,
        alias="from",
        description="No slot begins before: a moment, or a column of the parent; there is none where it is null.",
    )
    until: EdgeField | None = Field(
        None, description="No slot ends after: a moment, or a column of the parent; null is the window's end."
    )
    ends: ColumnName | None = Field(
        None, description="The column that holds the end of the slot, hidden if its moment is."
    )

    @model_validator(mode="after")
    def _fits(self) -> Calendar:
        if self.length.micros <= 0 or self.gap.micros < 0:
            raise refuse(Code.OUT_OF_RANGE, f"length: {self.length} must be more than 0, and gap: {self.gap} not less")
        longest = Duration(max(end - begin for begin, end in self.hours))
        if self.length.micros > longest.micros:
            raise refuse(Code.INFEASIBLE, f"a slot of {self.length} fits into no hours: {longest} are the longest")
        return self

    def columns(self) -> dict[str, str]:
        """What names columns of the parent, by its key."""
        said = {"from": self.from_, "until": self.until, "fill": self.fill}
        return {key: value for key, value in said.items() if isinstance(value, str)}
