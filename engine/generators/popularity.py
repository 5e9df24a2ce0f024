"""How unevenly rows are picked: what `pick` of a reference says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from engine.generators.tree import Tree


class Weight(BaseModel):
    """A parent's column by whose value it is picked, and the largest value that it has."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    column: str
    max: float = Field(gt=0)


class Popularity(BaseModel):
    """How unevenly parents are picked: by Zipf's law, or by the weight of a column of theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    zipf: float | None = Field(None, ge=0, le=4, description="Exponent: 0 is uniform, shops have 0.65 to 0.9.")
    weight: Weight | None = None
    tree: Tree | None = Field(None, description="A row of the level above, in a tree of rows of this entity.")
