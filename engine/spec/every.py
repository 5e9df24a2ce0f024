"""What a spec says of rows on a regular grid: every quarter of an hour, every month."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from engine.generators.grid import Steps
from engine.spec.fields import Model
from engine.types import DAY
from engine.units import Duration, DurationField, Moment, parse_duration, parse_moment

_CALENDAR = {"d": (0, 1), "w": (0, 7), "mo": (1, 0), "y": (12, 0)}
_STEP = re.compile(r"(\d[\d_]*)(d|w|mo|y)")
_PATH = re.compile(r"[^\W\d]\w*(\.\w+)*")
_FOREVER = 100 * 366


def _step(value: object) -> Steps:
    """Read ``15m``, ``1h30m``, ``1d``, ``2w``, ``1mo`` or ``1y``. Raises ValueError."""
    if isinstance(value, Steps):
        return value
    calendar = _STEP.fullmatch(value.strip()) if isinstance(value, str) else None
    if calendar is not None:
        months, days = (part * int(calendar[1].replace("_", "")) for part in _CALENDAR[calendar[2]])
        found = Steps(months=months, days=days)
    else:
        try:
            found = Steps(micros=parse_duration(value).micros)
        except ValueError:
            raise ValueError(f"{value!r} is not a step; write 15m, 6h, 1d, 2w, 1mo or 1y") from None
    if not 0 < found.shortest <= _FOREVER * DAY:
        raise ValueError(f"{value!r} is not a step; it lies between 1us and 100 years")
    return found


def _edge(value: object) -> Moment | str:
    """Read a moment, or the path of a column. Raises ValueError."""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return value
    return parse_moment(value)


StepField = Annotated[
    Steps,
    PlainValidator(_step),
    WithJsonSchema({"type": "string", "pattern": r"^\d[\d_.]*(us|ms|s|m|h|d|w|mo|y)|\{\{", "examples": ["15m", "1mo"]}),
]
EdgeField = Annotated[
    Moment | str,
    PlainValidator(_edge),
    WithJsonSchema({"type": "string", "examples": ["2025-01-01", "installed_at"]}),
]
Edge: TypeAlias = Moment | str | None


class Every(Model):
    """Rows on a grid: ``15m``, or ``{step: 1mo, from: started_at, until: ended_at, jitter: 2h}``.

    Guarantees one row at `from` and one after each step, before `until`. Days, weeks, months and years are those of
    the scenario's calendar, on whose wall clock each row has the time of the first; a month that lacks the day has
    the row on its last: 31 January, 28 February, 31 March. Hours and less are elapsed time. Under `per`, `from` and
    `until` may name columns of the parent: no rows where `from` is null, and until the end of the window where
    `until` is null or later. Refuses a jitter that is as long as the step.
    """

    step: StepField = Field(description="From one row to the next: 15m, 6h, 1d, 2w, 1mo, 1y.")
    from_: EdgeField | None = Field(
        None, alias="from", description="The first moment; the window's start unless given."
    )
    until: EdgeField | None = Field(None, description="Half-open; the window's end unless given.")
    jitter: DurationField = Field(Duration(0), description="Each row is later than its place by up to this much.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A step alone."""
        return value if isinstance(value, Mapping | Every) else {"step": value}

    @model_validator(mode="after")
    def _fits(self) -> Every:
        if not 0 <= self.jitter.micros < self.step.shortest:
            raise ValueError(f"a jitter of {self.jitter} is not shorter than the step; rows would change places")
        return self

    def columns(self) -> dict[str, str]:
        """The edges that name columns, by their key."""
        return {key: edge for key, edge in (("from", self.from_), ("until", self.until)) if isinstance(edge, str)}
