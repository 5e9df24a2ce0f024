"""The least value of a column among a row's `per` children."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.generators.aggregate import PATH, Aggregate


class Minimum(Aggregate):
    """The least value among children: ``{min: order_items.unit_price}``.

    Guarantees a value that one of the children holds, null where none does.
    Costs one more look at the children. Refuses what has no order here: texts, uuids.
    """

    kind: ClassVar[str] = "min"
    min: str = Field(pattern=PATH, description="A column of a `per` child: entity.column.")
