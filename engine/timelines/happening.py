"""Events beside the timelines: they change what happens, and no rate."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field, model_validator

from engine.errors import Code, SpecError
from engine.timelines.model import LONGEST_EVENT, Event, Outage, Timeline
from engine.timelines.occurrence import occurrences, whole
from engine.timelines.refusal import refuse
from engine.timelines.window import Window
from engine.units import DurationField


class Happening(Event):
    """A time that `during:` can name: ``gateway_down: {at: 2025-11-28 14:05, for: 22m}``.

    Guarantees that nothing else follows from it: rates stay as they are. Refuses a day outside the window.
    """

    for_: DurationField = Field(alias="for", description="How long it lasts.")

    @model_validator(mode="after")
    def _lasts(self) -> Happening:
        if not 0 < self.for_.micros <= LONGEST_EVENT.micros:
            message = f"for: {self.for_} must be more than 0, and at most {LONGEST_EVENT}"
            raise refuse(Code.OUT_OF_RANGE, message)
        return self


def spans_of(name: str, event: Happening, window: Window) -> tuple[tuple[int, int], ...]:
    """When it is on: half-open, microseconds UTC, in order, cut to the window. Raises SpecError (OUTSIDE_WINDOW)."""
    outage = Outage.model_validate({"on": event.on, "at": event.at, "starts": event.starts, "for": event.for_})
    try:
        times = occurrences(Timeline.model_validate({"outages": {name: outage}}), window)[name]
    except SpecError as error:
        raise SpecError(replace(d, path=d.path[2:]) for d in error.diagnostics) from None
    return whole(times, window)
