"""The spec as a frozen, validated value: what the planner reads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from engine.generators.lookup_table import LookupTable
from engine.lifecycles.model import Lifecycle
from engine.spec.entity import Column, Entity
from engine.spec.expect import Expectation
from engine.spec.fault import MOST_FAULTS, Fault, Labels
from engine.spec.fields import ColumnName, Model, Name, Span, TimezoneField
from engine.spec.scalars import Scalar
from engine.timelines.happening import Happening
from engine.timelines.model import Timeline

EventPath = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$")]


class Scenario(Model):
    """A story that becomes rows."""

    scenario: Name = Field(description="The scenario's name.")
    description: str = Field("", description="What happens in it, in a sentence.")
    seed: int = Field(0, ge=0, lt=2**63, description="Another seed, other rows; the same seed, the same bytes.")
    timezone: TimezoneField = Field("UTC", description="The IANA time zone in which wall times are read.")
    window: Span = Field(description="When the story takes place.")
    params: dict[Name, Scalar] = Field(
        default_factory=dict, description="Values to use as {{ name }}; --set overrides."
    )
    timelines: dict[Name, Timeline] = Field(default_factory=dict, description="Rates over time.")
    events: dict[Name, Happening] = Field(
        default_factory=dict, description="What happens beside the rates, for `during:` to name."
    )
    lifecycles: dict[Name, Lifecycle] = Field(default_factory=dict, description="How rows change after their birth.")
    lookups: dict[Name, LookupTable] = Field(
        default_factory=dict, max_length=200, description="Small tables of values that belong together, to draw from."
    )
    traits: dict[Name, dict[ColumnName, Column]] = Field(
        default_factory=dict, description="Sets of columns, each under a name by which entities include it."
    )
    without: tuple[EventPath, ...] = Field(
        (),
        max_length=100,
        strict=False,
        description="Events that do not happen: the same world without them. [gateway_down, storefront.black_friday]",
    )
    entities: dict[Name, Entity] = Field(min_length=1, description="The populations of rows.")
    faults: dict[Name, Fault] = Field(
        default_factory=dict, max_length=MOST_FAULTS, description="What is wrong with the rows, on purpose."
    )
    labels: Labels | None = Field(None, description="The table in which every fault is written down.")
    expect: tuple[Expectation, ...] = Field(
        (), max_length=200, strict=False, description="What must be true of the rows once they are there."
    )
