"""Columns of a row that go together: a Gaussian copula over a named group."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import Code, wrong
from engine.generators.draws import CorrelatedDraw
from engine.stream import Key

Coefficient = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Row = Annotated[tuple[Coefficient, ...], Field(strict=False)]
Matrix = tuple[tuple[float, ...], ...]
_LEAST = 1e-9
"""What must be left of a column that the others do not explain."""


class Correlation(BaseModel):
    """Columns that go together: ``sizes: {columns: [height, weight], matrix: [[1, 0.7], [0.7, 1]]}``.

    Guarantees that every column keeps its own law, exactly, and that two normal columns have the coefficient of
    correlation that the matrix says; two others have it between their normal scores, so that their ranks correlate by
    6/π · asin(r/2). Costs as many normal quantiles a row as there are columns before it in the group. Refuses columns
    that are not drawn from a law or a choice, and a matrix that no columns can have.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    columns: tuple[str, ...] = Field(min_length=2, max_length=20, strict=False, description="Columns of the entity.")
    matrix: tuple[Row, ...] | None = Field(
        None, strict=False, description="The coefficients, a row for each column: ones on the diagonal, symmetric."
    )
    r: Coefficient | None = Field(None, description="One coefficient for every pair, instead of a matrix.")

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if (self.matrix is None) == (self.r is None):
            raise ValueError("takes exactly one of matrix, r; leave one")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("names a column twice; once is enough")
        return self

    def draws(self, key: Key) -> Mapping[str, CorrelatedDraw]:
        """The draw of each column. Raises SpecError (OUT_OF_RANGE, INFEASIBLE)."""
        keys = tuple(key.child(name) for name in self.columns)
        rows = _cholesky(self._checked())
        least, place = min((row[-1], number) for number, row in enumerate(rows))
        if least <= _LEAST:
            raise _impossible(self._checked(), self.columns[place])
        return {
            name: CorrelatedDraw(tuple(sqrt(w) if n == i else w for n, w in enumerate(row)), keys[: i + 1])
            for i, (name, row) in enumerate(zip(self.columns, rows, strict=True))
        }

    def _checked(self) -> Matrix:
        size = len(self.columns)
        if self.matrix is None:
            r = float(self.r or 0.0)
            return tuple(tuple(1.0 if i == j else r for j in range(size)) for i in range(size))
        lengths = {len(row) for row in self.matrix}
        if len(self.matrix) != size or lengths != {size}:
            message = f"{size} columns need a matrix of {size} rows of {size} coefficients"
            raise wrong(Code.OUT_OF_RANGE, message, path=("matrix",))
        for i, row in enumerate(self.matrix):
            if row[i] != 1:
                message = f"row {i + 1} has {row[i]:g} on the diagonal; a column goes with itself: 1"
                raise wrong(Code.OUT_OF_RANGE, message, path=("matrix", i))
            for j in range(i):
                if row[j] != self.matrix[j][i]:
                    pair = f"'{self.columns[j]}' and '{self.columns[i]}'"
                    message = f"{pair} have {self.matrix[j][i]:g} in one place and {row[j]:g} in the other"
                    raise wrong(Code.CONFLICT, message, path=("matrix", i))
        return self.matrix


def _cholesky(matrix: Matrix) -> list[list[float]]:
    """The rows of the lower factor, but the last of each is its square: what the columns before do not explain."""
    rows: list[list[float]] = []
    for i, row in enumerate(matrix):
        made: list[float] = []
        for j in range(i):
            inner = _dot(made, rows[j][:-1])
            own = rows[j][-1]
            made.append((row[j] - inner) / sqrt(own) if own > 0 else 0.0)
        rows.append([*made, row[i] - _dot(made, made)])
    return rows


def _dot(some: list[float], others: list[float]) -> float:
    """A sum of products, one after the other: since Python 3.12 `sum` adds doubles more exactly than before."""
    total = 0.0
    for a, b in zip(some, others, strict=False):
        total += a * b
    return total


def _impossible(matrix: Matrix, column: str) -> Exception:
    left = min(row[-1] for row in _cholesky(matrix))
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        weaker = tuple(tuple(1.0 if i == j else x * middle for j, x in enumerate(r)) for i, r in enumerate(matrix))
        low, high = (middle, high) if min(row[-1] for row in _cholesky(weaker)) > _LEAST else (low, middle)
    return wrong(
        Code.INFEASIBLE,
        f"no columns can go together like this: of '{column}' {left:.3g} is left when the columns before it are known, "
        "and it must be above 0",
        path=("matrix",),
        hint=f"with coefficients of {int(low * 100) / 100:g} times these it could be",
    )
