"""A small table of a spec, by whose rows several columns are drawn together."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from engine.errors import Code
from engine.generators.literal import Scalar, spelled
from engine.timelines.refusal import refuse

MOST_ROWS = 20_000
MOST_COLUMNS = 100
WEIGHT = "weight"
"""The column that says how often a row is drawn, where there is one."""

_Name = Annotated[str, StringConstraints(pattern=r"^\w+$", max_length=63)]
_Row = Annotated[tuple[Scalar, ...], Field(strict=False)]


class LookupTable(BaseModel):
    """Values that belong together, with weights: ``{columns: [city, zip, weight], rows: [[Bonn, 53111, 3], …]}``.

    Or as CSV, whose first line names the columns and whose empty cells are null: ``csv: |``. The column `weight` says
    how often a row is drawn; without it all are equally likely. Refuses rows of another length than there are columns,
    and weights that are negative or sum to nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    columns: tuple[_Name, ...] = Field((), max_length=MOST_COLUMNS, strict=False, description="The columns' names.")
    rows: tuple[_Row, ...] = Field((), max_length=MOST_ROWS, strict=False, description="The rows: lists of values.")
    csv: str | None = Field(None, description="The same as text: a line of names, then a line for each row.")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """CSV as columns and rows."""
        if not isinstance(value, dict) or not isinstance(text := value.get("csv"), str):
            return value
        if "rows" in value or "columns" in value:
            raise refuse(Code.CONFLICT, "a table is `csv` or `columns` and `rows`, one of the two")
        try:
            lines = [line for line in csv.reader(io.StringIO(text), strict=True, skipinitialspace=True) if line]
        except csv.Error as error:
            raise refuse(Code.WRONG_TYPE, f"this is no CSV: {error}") from None
        names, *rows = lines or [[]]
        return {
            **value,
            "columns": [name.strip() for name in names],
            "rows": [[c or None for c in row] for row in rows],
        }

    @model_validator(mode="after")
    def _hold_together(self) -> LookupTable:
        if not self.columns or not self.rows:
            raise refuse(Code.MISSING_KEY, "a table has names of columns, and rows", "columns: [city, zip], rows: […]")
        twice = next((name for n, name in enumerate(self.columns) if name in self.columns[:n]), None)
        if twice is not None:
            raise refuse(Code.CONFLICT, f"two columns are called '{twice}'")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise refuse(
                    Code.WRONG_TYPE, f"row {number} has {len(row)} values, and there are {len(self.columns)} columns"
                )
        if not any(self.weights()):
            raise refuse(Code.BAD_WEIGHTS, "the weights are all 0", "give a row a weight")
        return self

    def cells(self, column: str) -> tuple[Scalar, ...]:
        """The values of a column that exists."""
        place = self.columns.index(column)
        return tuple(row[place] for row in self.rows)

    def weights(self) -> tuple[Fraction, ...]:
        """How often each row is drawn, in proportion. Raises PydanticCustomError (BAD_WEIGHTS)."""
        if WEIGHT not in self.columns:
            return (Fraction(1),) * len(self.rows)
        return tuple(_weight(cell, number) for number, cell in enumerate(self.cells(WEIGHT), 1))


def _weight(cell: Scalar, number: int) -> Fraction:
    try:
        found = Fraction(str(cell)) if cell is not None and not isinstance(cell, bool) and len(str(cell)) < 40 else None
    except (ValueError, ZeroDivisionError):
        found = None
    if found is None or not 0 <= found <= 10**15:
        raise refuse(Code.BAD_WEIGHTS, f"the weight of row {number} is {spelled(cell)}, which is no number from 0 on")
    return found
