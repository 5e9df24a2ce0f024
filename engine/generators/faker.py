"""A column of names, addresses and the like, drawn from a pool that Faker makes once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.fakers import (
    COORDINATES,
    DEFAULT_LOCALE,
    NUMBERS,
    PROVIDER_OF,
    TRUTHS,
    hint_for,
    locales,
    make_pool,
)
from engine.generators.literal import literal
from engine.permutation import permute
from engine.stream import Key, below
from engine.types import BOOL, I64, INT4, TEXT, Family, PgType, numeric, value_type

DEFAULT_POOL, LARGEST_POOL = 1_000, 100_000
LONGEST_NAME = 63
"""Bytes of PostgreSQL's type `name` (NAMEDATALEN - 1)."""


class Faker(Generator):
    """Values made by Faker: ``{faker: first_name, locale: de_DE, pool: 5000}``.

    Faker is called `pool` times at compile time; rows draw from the distinct values that fit the column, all
    equally likely. Columns of a scenario that ask for the same share a pool. Guarantees the same pool on every machine
    and day. With `unique: true` the values are dealt out
    without repetition, and from the second round on carry their round: ``Anna-2``, ``anna.2@example.com``.
    Costs the pool (3 to 30 ms for 1,000) and, once, the import of Faker. Refuses what is not on its list, what
    depends on the clock, and `unique` where rows have no number.
    """

    kind: ClassVar[str] = "faker"
    faker: str = Field(description="What to make.", examples=["first_name", "city", "company", "email"])
    locale: str = Field(DEFAULT_LOCALE, description="Where the values come from, such as de_DE.")
    pool: int = Field(DEFAULT_POOL, ge=1, le=LARGEST_POOL, description="How often Faker is called.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """int4, bool or numeric(10,7) for the few that are no text."""
        if self.faker in NUMBERS:
            return INT4
        if self.faker in COORDINATES:
            return numeric(10, 7)
        return BOOL if self.faker in TRUTHS else TEXT

    def compile(self, context: Context) -> Kernel:
        """Make the pool. Raises SpecError (BAD_NAME, WRONG_KIND, NOT_UNIQUE, INFEASIBLE)."""
        self._check_names()
        seed = context.scope.shared("faker", self.faker, self.locale)
        try:
            made = make_pool(self.faker, self.locale, self.pool, seed.first << 64 | seed.second)
        except LookupError:
            raise wrong(
                Code.BAD_NAME, f"Faker has no '{self.faker}' for the locale {self.locale}", path=("faker",)
            ) from None
        fitting = [fit for value in made if (fit := fitted(value, context)) is not None]
        values = pa.array(dict.fromkeys(fitting), value_type(context.type))
        if not len(values):
            raise wrong(
                Code.WRONG_KIND,
                f"none of Faker's '{self.faker}', such as {made[0]!r}, is a value of type {context.type}",
                path=("faker",),
            )
        return self._dealt(values, context) if context.unique else Drawn(values, context.key)

    def _check_names(self) -> None:
        if self.faker not in PROVIDER_OF:
            near = get_close_matches(self.faker, PROVIDER_OF, 1)
            raise wrong(
                Code.BAD_NAME,
                f"'{self.faker}' is not on the list of what Faker may make",
                path=("faker",),
                hint=hint_for(self.faker) or (f"did you mean {near[0]}?" if near else None),
            )
        if self.locale not in locales():
            near = get_close_matches(self.locale, locales(), 1)
            raise wrong(
                Code.BAD_NAME,
                f"'{self.locale}' is not a locale of Faker's",
                path=("locale",),
                hint=f"did you mean {near[0]}?" if near else "locales look like de_DE",
            )

    def _dealt(self, values: pa.Array, context: Context) -> Kernel:
        if context.count is None:
            raise wrong(
                Code.NOT_UNIQUE,
                "entities with `per` have no row number that could make values unique",
                path=("unique",),
                hint="use uuid4, uuid7 or sequence",
            )
        text = context.type.family is Family.TEXT
        if text:
            values = values.filter(pc.invert(pc.match_substring_regex(values, r"[-.]\d+(@|$)")))
        rounds = -(-context.count // max(len(values), 1))
        if rounds > 1 and text and context.type.length is not None:
            room = context.type.length - len(str(rounds)) - 1
            values = values.filter(pc.less_equal(pc.utf8_length(values), room))
        if not len(values) or (not text and rounds > 1):
            raise wrong(
                Code.INFEASIBLE,
                f"{context.count:,} unique values are asked for, and the pool has {len(values):,} to give",
                path=("pool",),
                hint="raise pool, or use uniform or sequence",
            )
        return Dealt(values, context.key.child("order"))


def fitted(value: object, context: Context) -> object | None:
    """One value as the column has it, None where it cannot."""
    type_ = context.type
    if type_.family is Family.TEXT and not type_.labels:
        text = str(value)
        longest = type_.length if type_.name != "name" else LONGEST_NAME
        return text if longest is None or len(text.encode() if type_.name == "name" else text) <= longest else None
    if isinstance(value, Decimal) and type_.name == "numeric" and type_.precision is not None:
        value = value.quantize(Decimal(1).scaleb(-(type_.scale or 0)), rounding="ROUND_HALF_UP")
    try:
        return literal(value if isinstance(value, bool | int) else str(value), type_, context.window.timezone).as_py()  # type: ignore[no-any-return]
    except SpecError:
        return None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values of a pool, every one as likely as any other."""

    pool: pa.Array
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The values, (n,)."""
        return self.pool.take(pa.array(below(self.key, rows.identity, len(self.pool))))


@dataclass(frozen=True, slots=True)
class Dealt:
    """Values of a pool, each once in every round; later rounds are told apart by their number."""

    pool: pa.Array
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The values, (n,): pairs of value and round never repeat, and no value of the pool looks like one."""
        size = len(self.pool)
        number: I64 = rows.place // size
        found = self.pool.take(pa.array(permute(self.key, rows.place % size, size)))
        if not number.any():
            return found
        mark = pc.if_else(pa.array(number > 0), pa.array(number + 1).cast("string"), "")
        return pc.if_else(pa.array(number > 0), marked(found, mark), found)


def marked(values: pa.Array, mark: pa.Array) -> pa.Array:
    """``Anna`` with 2 is ``Anna-2``; an address is marked before its last @."""
    at = pc.match_substring(values, "@")
    plain = pc.binary_join_element_wise(values, mark, "-")
    if not pc.any(at).as_py():
        return plain
    parts = pc.split_pattern(values, "@", max_splits=1, reverse=True)
    domain = pc.if_else(at, pc.list_element(pc.if_else(at, parts, _PAIR), 1), "")
    local = pc.binary_join_element_wise(pc.list_element(parts, 0), mark, ".")
    return pc.if_else(at, pc.binary_join_element_wise(local, domain, "@"), plain)


_PAIR = pa.scalar(["", ""], pa.list_(pa.string()))
