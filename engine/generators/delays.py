"""How long something takes, as a spec says it: a duration, or a distribution of durations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Discriminator, Tag

from engine.generators import AnyDistribution
from engine.generators.base import Distribution, Generator
from engine.units import Duration, DurationField


def _tag(value: object) -> str:
    return "<law>" if isinstance(value, Mapping | Generator) else "<duration>"


if TYPE_CHECKING:
    DelayField: TypeAlias = Duration | Distribution
else:
    DelayField = Annotated[
        Annotated[DurationField, Tag("<duration>")] | Annotated[AnyDistribution, Tag("<law>")], Discriminator(_tag)
    ]
