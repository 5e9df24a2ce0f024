"""A column that takes its values from a list, by weight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.condition import condition_reads
from engine.generators.deal import Deal
from engine.generators.draws import Draw
from engine.generators.literal import Scalar, literal
from engine.generators.moving import Moving
from engine.generators.tabulated import Search
from engine.generators.weights import MOST_BY_ROW, ChosenByRow, RowWeight, Weight, WeightField, tested
from engine.permutation import permute
from engine.stream import Key, unit
from engine.types import BOOL, FLOAT8, I64, INT8, TEXT, U64, ColumnPath, PgType, numeric

FEW = 12
"""Up to this many thresholds are compared one by one, which is faster than a search."""


class Weighted(BaseModel):
    """One value and its weight, for values that cannot be a key: ``{value: null, weight: 3}``.

    Its weight may be an expression over the row, and another one while an event is on:
    ``{value: card, weight: 60, during: {gateway_down: 1}}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    value: Scalar
    weight: WeightField = 1
    during: dict[str, Weight] = Field(
        default_factory=dict, description="Its weight where the row's moment lies in an event; the first that is on."
    )

    @property
    def by_row(self) -> bool:
        """Whether it differs from row to row."""
        return isinstance(self.weight, Moving) or bool(self.during)


def _weighted(options: object) -> object:
    """The three ways to write a choice as one: a list of {value, weight}."""
    if isinstance(options, Mapping):
        return [{"value": value, "weight": weight} for value, weight in options.items()]
    if isinstance(options, list | tuple):
        return [o if isinstance(o, Mapping | Weighted) else {"value": o} for o in options]
    return options


_Written = dict[str, WeightField] | list[Scalar | Weighted]


class Choice(Generator):
    """One of some values: a list, ``{value: weight}``, or a list of ``{value, weight}``.

    A weight may be an expression over the row, ``{card: 60, invoice: {expr: "case when vip then 30 else 2 end"}}``, or
    another one ``during`` an event.

    Guarantees that each value has its share of draws exactly to 2⁻⁵², that a row keeps its value when a value
    is added whose share does not reach the row's draw, and with ``unique: true`` that no value comes twice.
    Refuses weights that sum to nothing, values that the column's type cannot hold, more rows than values where they
    are to be unique, and more than 1,000 values whose weights differ by row; where a row's own weights sum to nothing,
    or one is null or negative, the run ends.
    """

    kind: ClassVar[str] = "choice"
    choice: Annotated[
        tuple[Weighted, ...],
        BeforeValidator(_weighted, json_schema_input_type=_Written),
        Field(min_length=1, max_length=100_000, strict=False, description="The values, with or without weights."),
    ]

    def reads(self) -> tuple[ColumnPath, ...]:
        """What the weights are made from."""
        texts = [option.weight.expr for option in self.choice if isinstance(option.weight, Moving)]
        return tuple(dict.fromkeys(path for text in texts for path in condition_reads(text)))

    def reads_moment(self) -> bool:
        """Whether an event is tested."""
        return any(option.during for option in self.choice)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """bool, int8, numeric or float8 where every value is one, also as a key's text; else text."""
        return type_of([option.value for option in self.choice if option.value is not None])

    def compile(self, context: Context) -> Kernel:
        """Type the values, sum the weights. Raises SpecError (WRONG_KIND, BAD_WEIGHTS, INFEASIBLE, CONFLICT)."""
        options = pa.array(self._values(context))
        if context.unique:
            return self._unique(context, options)
        if any(option.by_row for option in self.choice):
            return self._by_row(context, options)
        weights = [Fraction(option.weight) for option in self.choice if not isinstance(option.weight, Moving)]
        if not sum(weights):
            raise wrong(Code.BAD_WEIGHTS, "the weights are all 0", path=("choice",), hint="give a value a weight")
        return Chosen(options, Shares.ending_at(thresholds(weights)), context.draw)

    def places(self, context: Context) -> int:
        """As many as there are different values. Raises SpecError (WRONG_KIND)."""
        return len(pa.array(self._values(context)).unique())

    def dealt(self, context: Context, deal: Deal) -> Kernel:
        """Each row has the value of its digit; weights mean nothing here. Raises SpecError (WRONG_KIND)."""
        return ChosenByDigit(pa.array(self._values(context)).unique(), deal)

    def _by_row(self, context: Context, options: pa.Array) -> ChosenByRow:
        if len(options) > MOST_BY_ROW:
            message = f"{len(options):,} values whose weights differ by row; {MOST_BY_ROW:,} are the most"
            raise wrong(Code.TOO_COSTLY, message, path=("choice",))
        where = f"{context.entity}.{context.column}"
        weights: list[RowWeight] = []
        problems: list[SpecError] = []
        for number, option in enumerate(self.choice):
            try:
                weights.append(
                    RowWeight.of(option.weight, option.during, f"{where}: the weight of {option.value!r}", context)
                )
            except SpecError as error:
                problems.append(error.under("choice", number))
        if problems:
            raise SpecError(d for p in problems for d in p.diagnostics)
        moment = None
        if self.reads_moment():
            try:
                moment = tested(context)
            except SpecError as error:
                raise error.under("choice") from None
        return ChosenByRow(options, tuple(weights), moment, context.draw, context.window.timezone, where)

    def _values(self, context: Context) -> list[pa.Scalar]:
        try:
            return [literal(option.value, context.type, context.window.timezone) for option in self.choice]
        except SpecError as error:
            raise error.under("choice") from None

    def _unique(self, context: Context, options: pa.Array) -> Kernel:
        values = len(self.choice)
        if len({option.weight for option in self.choice}) > 1 or any(option.by_row for option in self.choice):
            raise wrong(
                Code.CONFLICT,
                "weights mean nothing where every value comes at most once",
                path=("choice",),
                hint="write the values as a list, or drop `unique`",
            )
        if len({repr(value) for value in options.to_pylist()}) < values:
            raise wrong(Code.NOT_UNIQUE, "the list names a value twice", path=("choice",), hint="name each value once")
        if context.count is None or context.count > values:
            rows = "one row for every child" if context.count is None else f"{context.count} rows"
            raise wrong(
                Code.INFEASIBLE,
                f"{rows} cannot have different values out of {values}",
                path=("choice",),
                hint="list more values, ask for fewer rows, or drop `unique`",
            )
        return ChosenOnce(options, context.key.child("unique"))


def type_of(values: list[str | int | float | bool]) -> PgType:
    """The narrowest of bool, int8, numeric(18, s), float8 and text that holds scalars as they are written."""
    if values and all(isinstance(v, bool) or v in ("true", "false") for v in values):
        return BOOL
    texts = [str(v) for v in values if not isinstance(v, bool)]
    if len(texts) < len(values) or not values:
        return TEXT
    if all(t.removeprefix("-").isdecimal() and t.isascii() for t in texts):
        return INT8
    plain = [t.removeprefix("-").replace(".", "", 1) for t in texts]
    if all(p.isdecimal() and p.isascii() for p in plain):
        return numeric(18, max(len(t.partition(".")[2]) for t in texts))
    return FLOAT8 if all(isinstance(v, int | float) for v in values) else TEXT


def thresholds(weights: Iterable[Fraction]) -> U64:
    """Where, among 2**52 equal steps, each value's share ends, but for the last, (values - 1,); exact to a step."""
    cumulative: list[Fraction] = []
    for weight in weights:
        cumulative.append((cumulative[-1] if cumulative else Fraction(0)) + weight)
    return np.array([round(c * 2**52 / cumulative[-1]) for c in cumulative[:-1]], np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Which of some shares random bits fall into; `edges` are where they end, but for the last."""

    edges: U64
    search: Search | None

    @staticmethod
    def ending_at(edges: U64) -> Shares:
        """Few edges are compared one by one, many are searched; both are exact, since 52 bits fit a double."""
        return Shares(edges, Search.over(edges / 2.0**52) if len(edges) > FEW else None)

    def of(self, raw: U64) -> I64:
        """The number of the share, from 0, of each of some random bits, (n,) → (n,)."""
        if self.search is not None:
            return self.search.first(unit(raw))
        steps = raw >> np.uint64(12)
        found = np.zeros(len(steps), np.int8)
        for edge in self.edges:
            found += steps >= edge
        return found.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Draws from a list by cumulative weight."""

    options: pa.Array
    shares: Shares
    draw: Draw

    def values(self, rows: Rows) -> pa.Array:
        """One of the options for every row, (n,)."""
        return self.options.take(pa.array(self.shares.of(self.draw.bits(rows.identity))))


@dataclass(frozen=True, slots=True, eq=False)
class ChosenByDigit:
    """Takes from a list what the deal of several columns says."""

    options: pa.Array
    deal: Deal

    def values(self, rows: Rows) -> pa.Array:
        """The options of the rows' digits, (n,)."""
        return self.options.take(pa.array(self.deal.digits(rows)))


@dataclass(frozen=True, slots=True, eq=False)
class ChosenOnce:
    """Deals out a list, each value to one row at most."""

    options: pa.Array
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The options in a keyed order, (n,)."""
        return self.options.take(pa.array(permute(self.key, rows.place, len(self.options))))
