"""A column of plausible values of its type, whatever that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope, Window
from engine.generators.deal import Deal
from engine.generators.distribution import not_unique
from engine.generators.kinds.compounds import ApartOf
from engine.generators.kinds.maker import Between, Maker, Numbered, Wishes
from engine.generators.kinds.makers import is_known, maker_of, numbered_of, ranges_of
from engine.generators.kinds.shape import ShapeField
from engine.generators.kinds.texts import LONGEST_TEXT
from engine.permutation import permute
from engine.stream import Key
from engine.timelines.refusal import refuse
from engine.types import DAY, TEXT, Family, PgType

MOST_ITEMS, MOST_LENGTH = 1_000, LONGEST_TEXT


class _Bounds(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    min: int
    max: int

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise refuse(Code.INFEASIBLE, f"min {self.min} is above max {self.max}", "swap them")
        return self


class Items(_Bounds):
    """How many elements an array has, also one in a JSON document."""

    min: int = Field(0, ge=0, le=MOST_ITEMS, description="The fewest.")
    max: int = Field(3, ge=0, le=MOST_ITEMS, description="The most.")


class Length(_Bounds):
    """How many characters a text has, or bytes a bytea."""

    min: int = Field(ge=0, le=MOST_LENGTH, description="The fewest.")
    max: int = Field(ge=0, le=MOST_LENGTH, description="The most; a column that holds less cuts it.")


class ArbitraryArguments(BaseModel):
    """What may be said of values of any type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    items: Items = Field(Items(min=0, max=3), description="How many elements an array has, `{min: 0, max: 3}`.")
    length: Length | None = Field(None, description="Characters of a text or bytes of a bytea, `{min: 20, max: 200}`.")
    disjoint: bool = Field(default=False, description="For ranges: no two rows overlap.")
    shape: ShapeField | None = Field(
        None, description="What a JSON document looks like, `{name: text, age: int, tags: [word], plan: [free, pro]}`."
    )


class Arbitrary(Generator):
    """A plausible value of the column's type, whatever that is: ``{arbitrary: {}}``.

    Knows PostgreSQL's own types, enums, domains, arrays, composites, ranges and multiranges of them, and the types of
    citext, cube, hstore, isn, ltree, seg and vector. JSON documents have the ``shape`` that is given: names with text,
    word, int, number, bool, date, timestamp, uuid or null, with ``[shape]`` for an array, or ``[a, b]`` for a choice.
    Guarantees that the type's input takes the value; with ``disjoint: true`` that the i-th row's range lies alone in
    the i-th of equal slots of the window (of dates and numbers: beyond it where they are more), so that an exclusion
    constraint holds; with ``unique: true`` that no value comes twice. Knows nothing of CHECK constraints. Refuses a
    type that it does not know, and `unique` and `disjoint` where values cannot be counted or rows have no number.
    """

    kind: ClassVar[str] = "arbitrary"
    arbitrary: ArbitraryArguments = Field(description="What the values are like; nothing of it is needed.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Text."""
        return TEXT

    def compile(self, context: Context) -> Kernel:
        """The maker of the type. Raises SpecError (WRONG_KIND, CONFLICT, NOT_UNIQUE, INFEASIBLE)."""
        self._require_fit(context)
        wishes = self._wishes(context)
        if self.arbitrary.disjoint:
            return _apart(context, wishes)
        if context.unique:
            return _dealt_out(context, numbered_of(context.type, wishes))
        return Made(maker_of(context.type, context.key, wishes))

    def places(self, context: Context) -> int | None:
        """How many values of the type there are by number; None of a type whose values have none."""
        if self.arbitrary.disjoint or not can_make(context.type):
            return None
        found = numbered_of(context.type, self._wishes(context))
        if found is None:
            return None
        return found.places if found.places >= (context.count or 0) else found.most

    def dealt(self, context: Context, deal: Deal) -> Kernel:
        """The value of each row's digit. Raises SpecError (WRONG_KIND, CONFLICT)."""
        self._require_fit(context)
        found = numbered_of(context.type, self._wishes(context))
        if found is None:
            raise not_unique(self.kind)
        return DealtWith(found, deal)

    def _wishes(self, context: Context) -> Wishes:
        said = self.arbitrary
        length = Between(said.length.min, said.length.max) if said.length else None
        slots = (context.count or 0) if said.disjoint else 0
        return Wishes(context.window, Between(said.items.min, said.items.max), length, slots, said.shape)

    def _require_fit(self, context: Context) -> None:
        type_, said = context.type, self.arbitrary
        if not can_make(type_):
            raise wrong(
                Code.WRONG_KIND,
                f"'arbitrary' knows no values of type {type_}",
                path=("arbitrary",),
                hint="list some as PostgreSQL writes them, {choice: ['…', '…']}, or leave it to its default or null",
            )
        if said.shape is not None and type_.family is not Family.JSON and not type_.array:
            raise self._beside("shape", type_, "JSON")
        if said.disjoint and ranges_of(type_, self._wishes(context)) is None:
            raise self._beside("disjoint", type_, "ranges")

    def _beside(self, name: str, type_: PgType, what: str) -> SpecError:
        message = f"'{name}' is about {what}, and the column is {type_}"
        return wrong(Code.CONFLICT, message, path=("arbitrary", name), hint="leave it out")


_A_YEAR = Window(0, 365 * DAY, "UTC")  # how many values a type has hardly depends on it


def most_different(type_: PgType, length: int | None = None) -> int:
    """How many rows `unique: true`, or `disjoint: true` of ranges, tells apart; 0 where neither does.

    `length` is that of byte strings, where it is asked for.
    """
    if not can_make(type_) or type_.array or type_.fields:
        return 0
    wishes = Wishes(_A_YEAR, Between(0, 0), Between(length, length) if length is not None else None)
    ranges = ranges_of(type_, wishes)
    if ranges is not None:
        return max(ranges.of.most - 1, 0)
    found = numbered_of(type_, wishes)
    return found.most if found is not None else 0


def can_make(type_: PgType) -> bool:
    """Whether `arbitrary` knows values of a type."""
    return is_known(type_)


def _counted(context: Context, name: str) -> int:
    if context.count is None:
        raise wrong(
            Code.NOT_UNIQUE,
            f"entities with `per` have no row number by which values could be {name}",
            path=("unique",) if name == "unique" else ("arbitrary", name),
            hint="give the entity a `count`",
        )
    return context.count


def _dealt_out(context: Context, found: Numbered | None) -> DealtOut:
    if found is None:
        raise not_unique(Arbitrary.kind)
    count = _counted(context, "unique")
    if count > found.most:
        raise wrong(
            Code.INFEASIBLE,
            f"{count:,} rows cannot have different values out of {found.most:,}",
            path=("arbitrary",),
            hint="ask for fewer rows, or drop `unique`",
        )
    return DealtOut(found, context.key, found.places if count <= found.places else found.most)


def _apart(context: Context, wishes: Wishes) -> ApartOf:
    count, ranges = _counted(context, "disjoint"), ranges_of(context.type, wishes)
    if ranges is None:
        raise not_unique(Arbitrary.kind)
    room, most = ranges.of.places - 1, ranges.of.most - 1
    if count > most:
        raise wrong(
            Code.INFEASIBLE,
            f"{count:,} ranges of {context.type} cannot lie apart: there are {most:,} places for them",
            path=("arbitrary", "disjoint"),
            hint="ask for fewer rows",
        )
    return ApartOf(ranges, max(room // max(count, 1), 1), context.key)


@dataclass(frozen=True, slots=True)
class Made:
    """Values by address."""

    maker: Maker

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return self.maker.values(rows.identity)


@dataclass(frozen=True, slots=True)
class DealtOut:
    """Numbered values in a keyed order, each once."""

    numbered: Numbered
    key: Key
    most: int

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return self.numbered.write(permute(self.key, rows.place, self.most))


@dataclass(frozen=True, slots=True)
class DealtWith:
    """Numbered values, each row's by its digit of a deal."""

    numbered: Numbered
    deal: Deal

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return self.numbered.write(self.deal.digits(rows))
