"""What a spec says of rows in a parent's calendar: appointments, shifts, bookings of a room."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from engine.errors import Code
from engine.generators.slots import Hours
from engine.lifecycles.hours import WEEK, Day
from engine.spec.every import EdgeField
from engine.spec.fields import ColumnName, Model, refuse
from engine.types import DAY
from engine.units import Duration, DurationField, FractionField, MomentField

_SPAN = re.compile(r"(\d{1,2})(?::([0-5]\d)|h)?\s*[-–]\s*(\d{1,2})(?::([0-5]\d)|h)?")
_MINUTE = 60_000_000


def _hours(value: object) -> tuple[Hours, ...]:
    """Read ``08:00-12:00, 13:00-17:00`` or a list of such. Raises ValueError."""
    said = value.split(",") if isinstance(value, str) else value
    if not isinstance(said, list | tuple) or not said:
        raise ValueError(f"{value!r} are no hours; write 08:00-12:00, 13:00-17:00")
    found = tuple(one if isinstance(one, Hours) else _span(one) for one in said)
    for before, after in pairwise(found):
        if after.begin < before.end:
            raise ValueError(f"the hours {after} begin before {before} end; write them in order, without overlap")
    return found


def _span(said: object) -> Hours:
    match = _SPAN.fullmatch(said.strip()) if isinstance(said, str) else None
    if match is None:
        raise ValueError(f"{said!r} are no hours; write 08:00-12:00")
    h, m, to_h, to_m = (int(part or 0) for part in match.groups())
    begin, end = (h * 60 + m) * _MINUTE, (to_h * 60 + to_m) * _MINUTE
    if end > DAY:
        raise ValueError(f"{said!r} end after 24:00")
    if begin >= end:
        raise ValueError(f"{said!r} end before they begin; a night is two: 22:00-24:00, 00:00-06:00")
    return Hours(begin, end)


def _days(value: object) -> object:
    """Read ``mon-fri, sun`` or a list of days. Raises ValueError."""
    if not isinstance(value, str):
        return value
    found: list[Day] = []
    for part in value.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if first not in WEEK or (dash and last not in WEEK):
            raise ValueError(f"{part.strip()!r} is no day; write mon-fri, or mon, wed, sat")
        begin, end = WEEK.index(first), WEEK.index(last if dash else first)
        found += WEEK[begin : end + 1] if begin <= end else WEEK[begin:] + WEEK[: end + 1]
    return tuple(dict.fromkeys(found))


HoursField: TypeAlias = Annotated[
    tuple[Hours, ...],
    PlainValidator(_hours),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
DaysField: TypeAlias = Annotated[
    tuple[Day, ...],
    BeforeValidator(_days, json_schema_input_type=str | tuple[Day, ...]),
    Field(min_length=1, strict=False),
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
    days: DaysField = Field(WEEK, description="Days of the week: mon-fri, or [mon, wed, sat].")
    length: DurationField = Field(description="How long a slot is.")
    gap: DurationField = Field(Duration(0), description="What lies between two slots of the same hours.")
    fill: FractionField = Field(1.0, description="The share of the slots that are taken.")
    closed: tuple[MomentField, ...] = Field(
        (), max_length=10_000, strict=False, description="Days without slots: [2025-12-25, 2025-12-26]."
    )
    from_: EdgeField | None = Field(
        None, alias="from", description="No slot begins before: a moment, or a column of the parent."
    )
    until: EdgeField | None = Field(None, description="No slot ends after: a moment, or a column of the parent.")
    ends: ColumnName | None = Field(
        None, description="The column that holds the end of the slot, hidden if its moment is."
    )

    @model_validator(mode="after")
    def _fits(self) -> Calendar:
        if self.length.micros <= 0 or self.gap.micros < 0:
            raise refuse(Code.OUT_OF_RANGE, f"length: {self.length} must be more than 0, and gap: {self.gap} not less")
        longest = Duration(max(hours.end - hours.begin for hours in self.hours))
        if self.length.micros > longest.micros:
            raise refuse(Code.INFEASIBLE, f"a slot of {self.length} fits into no hours: {longest} are the longest")
        return self

    def columns(self) -> dict[str, str]:
        """The edges that name columns, by their key."""
        return {key: edge for key, edge in (("from", self.from_), ("until", self.until)) if isinstance(edge, str)}
