"""A column of texts that match a regular expression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar

import pyarrow as pa
from pydantic import AfterValidator, Field

from engine.errors import Code, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.choice import Shares, thresholds
from engine.generators.deal import Deal
from engine.generators.kinds.texts import longest
from engine.generators.pattern_shapes import Weighted, apart, shapes_of, without_blank_ends
from engine.generators.pattern_syntax import LONGEST, Node, checked, parse_pattern
from engine.generators.pattern_table import Shapes, Values
from engine.permutation import permute
from engine.stream import Key, bits
from engine.types import TEXT, Family, PgType, value_type

_SIZED = ("bit", "varbit")
"""Types that are no text, whose length counts the characters of their text form all the same."""


class Pattern(Generator):
    """Texts that match a regular expression from end to end: ``{pattern: "[A-Z]{3}-[0-9]{4}"}``.

    Takes letters, classes such as ``[A-Z0-9]``, ``[^aeiou]``, ``[[:alpha:]]``, ``\\d`` and ``.``, groups,
    ``a|b``, and ``?``, ``*``, ``+``, ``{2}``, ``{2,5}``, of which the unbounded repeat at most 8 times. What is told by
    what it is not, ``.`` too, is a letter or a digit where one will do. Guarantees that every value matches and fits
    the column, that each way of an alternative and each number of repetitions is as likely as the others that fit, and
    with `unique: true` that no value comes twice, in citext not in another case either. A column of any type that
    travels as text may have one, such as inet. Refuses look-around, references back, word boundaries, patterns of
    which no value fits the column, and `unique` where there are fewer values than rows or rows have no number.
    """

    kind: ClassVar[str] = "pattern"
    pattern: Annotated[
        str,
        AfterValidator(checked),
        Field(max_length=LONGEST, description="The regular expression.", examples=["[A-Z]{3}-[0-9]{4}"]),
    ]

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Text."""
        return TEXT

    def compile(self, context: Context) -> Kernel:
        """The pattern's shapes. Raises SpecError (WRONG_KIND, INFEASIBLE, NOT_UNIQUE)."""
        shapes = self._shapes(context)
        if not context.unique:
            return Drawn(Shapes.of(tuple(shapes)), Shares.ending_at(thresholds(shapes.values())), context.key)
        values = _values(shapes, context)
        if context.count is None:
            raise wrong(
                Code.NOT_UNIQUE,
                "entities with `per` have no row number that could make values unique",
                path=("unique",),
                hint="use uuid4, uuid7 or sequence",
            )
        if context.count > values.count:
            raise wrong(
                Code.INFEASIBLE,
                f"{context.count:,} rows cannot have different values out of {values.count:,}",
                path=("pattern",),
                hint="let the pattern have more values, ask for fewer rows, or drop `unique`",
            )
        return Dealt(values, context.key.child("unique"))

    def places(self, context: Context) -> int | None:
        """How many values it has that fit the column. Raises SpecError (WRONG_KIND)."""
        return _values(self._shapes(context), context).count

    def dealt(self, context: Context, deal: Deal) -> Kernel:
        """Each row's value by its digit. Raises SpecError (WRONG_KIND)."""
        return DealtWith(_values(self._shapes(context), context), deal, context.key.child("unique"))

    def _shapes(self, context: Context) -> Weighted:
        type_ = context.type
        if type_.array or type_.labels or type_.family is Family.JSON or value_type(type_) != pa.string():
            raise wrong(
                Code.WRONG_KIND,
                f"'pattern' makes texts, which a column of type {type_} cannot hold",
                path=("pattern",),
                hint="use it for text, or put it into a hidden column that an `expr` or `template` reads",
            )
        try:
            found = _shapes_in(parse_pattern(self.pattern), type_)
        except ValueError as error:
            raise wrong(
                Code.WRONG_KIND,
                f"the pattern has no value for a column of type {type_}: {error}",
                path=("pattern",),
                hint="let it say less, or use a wider column",
            ) from None
        return found


def _shapes_in(node: Node, type_: PgType) -> Weighted:
    found = shapes_of(node, _room(type_))
    if type_.name != "bpchar":
        return found
    if not (kept := without_blank_ends(found)):
        raise ValueError("all of its values end in blanks, which char(n) does not keep")
    return kept


def _room(type_: PgType) -> int | None:
    if type_.family is Family.TEXT:
        return longest(type_)
    return type_.length if type_.name in _SIZED else None


def _values(shapes: Weighted, context: Context) -> Values:
    return Values.of(apart(shapes, fold=context.type.name == "citext"), context.key)


@lru_cache(maxsize=1_024)
def pattern_size(pattern: str, length: int | None) -> int | None:
    """How many different texts of at most `length` characters `unique: true` can deal out, at most 2⁶².

    None where `pattern` cannot take the expression, or has no text that is so short.
    """
    try:
        found = shapes_of(parse_pattern(pattern), length)
    except ValueError:
        return None
    return Values.of(apart(found, fold=False), Key(0, 0)).count


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Texts by address: first a shape, then every character."""

    shapes: Shapes
    shares: Shares
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        shape = self.shares.of(bits(self.key, rows.identity))
        return self.shapes.drawn(shape, rows.identity, self.key)


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """Texts in a keyed order of all of them, each once."""

    texts: Values
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return self.texts.texts(permute(self.key, rows.place, self.texts.count), rows.identity)


@dataclass(frozen=True, slots=True, eq=False)
class DealtWith:
    """Texts by the digit that a deal gives each row."""

    texts: Values
    deal: Deal
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        number = permute(self.key, self.deal.digits(rows), self.texts.count)
        return self.texts.texts(number, rows.identity)
