"""What depends on the order of siblings: a balance that never falls below its floor, a stock that is never negative."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from engine.decimals import from_units, to_units
from engine.errors import Code, GenerateError, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.condition import Condition, compile_condition, condition_reads
from engine.generators.copied import copied
from engine.generators.instants import instants
from engine.types import BYTEA, I64, Bool, ColumnPath, Family, PgType, value_type
from engine.views import as_column, as_words

STEPS = ("\0fold",)
"""The column that holds the fold of each row; no spec can write a NUL."""
ASKED = "\0asked"
"""The end of the name of what was asked for, where the column itself holds what was granted."""

_MOST = 2**62
_MOST_DIGITS = 18


class Fold(BaseModel):
    """A state that siblings change one after the other: ``{state: balance, start: 100, add: amount, floor: 0}``.

    Rows take effect in the order of their moments, without moments in that of their ordinals. Guarantees that the
    state column holds `start` and all that was added up to and with its row, and lies between `floor` and `ceiling`
    (a start outside may stay there, and never gets farther away). A row that would break a bound is left out
    (`reject`), or only so much of it is taken as the bound allows (`shrink`); one of which nothing is left is left
    out too. Rows that `keep` leaves out change nothing. Costs one step for each sibling, all groups at once.
    Refuses floating-point numbers: money is exact.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    state: str = Field(pattern=r"^\w+$", description="The column that holds the state after the row.")
    add: str = Field(pattern=r"^\w+$", description="The column that is added to it; negative takes away.")
    start: int | float | str = Field(0, description="The state before the first row: a number, or account_id.opening.")
    floor: int | float | None = Field(None, description="The state is never below this.")
    ceiling: int | float | None = Field(None, description="The state is never above this.")
    otherwise: Literal["reject", "shrink"] = Field(
        "reject", description="What becomes of a row that would break a bound: reject leaves it out, shrink cuts it."
    )

    @property
    def asked(self) -> str:
        """The column in which the additions stand before any is cut."""
        return self.add + ASKED if self.otherwise == "shrink" else self.add

    @property
    def begin(self) -> ColumnPath | None:
        """The column that holds the start, where one does."""
        return tuple(self.start.split(".")) if isinstance(self.start, str) else None


class FoldOf(Generator):
    """The fold itself, as words: what other columns read."""

    kind = "fold"
    fold: Fold
    moment: str | None
    keep: str | None

    def reads(self) -> tuple[ColumnPath, ...]:
        """The additions, the start, the order, and what decides which rows there are."""
        found: list[ColumnPath] = [(self.fold.asked,)]
        found.extend([self.fold.begin] if self.fold.begin else [])
        found.extend([(self.moment,)] if self.moment else [])
        return (*found, *(condition_reads(self.keep) if self.keep else ()))

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Words."""
        return BYTEA

    def compile(self, context: Context) -> FoldKernel:
        """Bring all numbers to one scale. Raises SpecError: WRONG_KIND, OUT_OF_RANGE."""
        fold, scope = self.fold, context.scope
        paths = {"add": (fold.add,), "state": (fold.state,), **({"start": fold.begin} if fold.begin else {})}
        scale = max(_scale(scope, path, key) for key, path in paths.items())
        start = 0 if isinstance(fold.start, str) else _units(fold.start, scale, "start")
        return FoldKernel(
            add=(fold.asked,),
            start=start,
            begin=fold.begin,
            floor=-_MOST if fold.floor is None else _units(fold.floor, scale, "floor"),
            ceiling=_MOST if fold.ceiling is None else _units(fold.ceiling, scale, "ceiling"),
            shrink=fold.otherwise == "shrink",
            scale=scale,
            moment=(self.moment,) if self.moment else None,
            timezone=context.window.timezone,
            keep=self._condition(context),
            where=f"{context.entity}.{fold.state}",
        )

    def _condition(self, context: Context) -> Condition | None:
        try:
            return compile_condition(self.keep, context) if self.keep else None
        except SpecError:
            raise SpecError(()) from None  # told where `keep` stands


class FoldedOf(Generator):
    """A column that is read off a fold: the state, or what was granted of an addition."""

    kind = "fold"
    word: int
    source: tuple[str, ...]  # columns whose scales the fold has

    def reads(self) -> tuple[ColumnPath, ...]:
        """The fold."""
        return (STEPS,)

    def result(self, scope: Scope) -> PgType:
        """The type of what is added."""
        return scope.type_of((self.source[0],))

    def compile(self, context: Context) -> FoldedKernel:
        """Choose the word. Raises SpecError (WRONG_KIND)."""
        try:
            scale = max(_scale(context.scope, tuple(path.split(".")), "fold") for path in self.source)
        except SpecError:
            raise SpecError(()) from None  # told where the fold stands
        return FoldedKernel(self.word, scale, context.type, f"{context.entity}.{context.column}")


@dataclass(frozen=True, slots=True)
class FoldKernel:
    """Folds whole groups of siblings; numbers are units of 10 to the power of minus `scale`."""

    add: ColumnPath
    start: int
    begin: ColumnPath | None
    floor: int
    ceiling: int
    shrink: bool
    scale: int
    moment: ColumnPath | None
    timezone: str
    keep: Condition | None
    where: str

    def values(self, rows: Rows) -> pa.Array:
        """State, granted addition and whether the row stays: three words for each row, (n,)."""
        add = units_of(rows.read(self.add), self.scale)
        begin = np.full(rows.size, self.start) if self.begin is None else units_of(rows.read(self.begin), self.scale)
        largest = max(int(np.abs(add).max(initial=0)) * max(rows.size, 1), int(np.abs(begin).max(initial=0)))
        if largest >= _MOST:
            raise GenerateError(f"{self.where}: the numbers are too large to be added up exactly")
        there = np.ones(rows.size, np.bool_) if self.keep is None else self.keep.holds(rows)
        group, order = rows.parent_position, np.arange(rows.size)
        if self.moment is not None:
            order = np.lexsort((order, instants(rows.read(self.moment), self.timezone), group))
        bounds = Bounds(self.floor, self.ceiling, self.shrink)
        return as_column(np.stack(fold(group, order, add, begin, there, bounds), axis=1))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a state must not leave, and what becomes of an addition that would."""

    floor: int
    ceiling: int
    shrink: bool


@dataclass(frozen=True, slots=True)
class FoldedKernel:
    """Takes one word of a fold."""

    word: int
    scale: int
    type: PgType
    where: str

    def values(self, rows: Rows) -> pa.Array:
        """The numbers, (n,)."""
        units = words_of(rows)[:, self.word].copy()
        found = from_units(units, 38, self.scale) if self.scale else pa.array(units)
        return copied(found, self.type, self.where)


@dataclass(frozen=True, slots=True)
class Granted:
    """Whether a row stays, by its fold."""

    def holds(self, rows: Rows) -> Bool:
        """True where it does, (n,)."""
        return np.asarray(words_of(rows)[:, 2] == 1)


def words_of(rows: Rows) -> I64:
    """The words of the fold of each row, (n, 3)."""
    return as_words(rows.read(STEPS))


def fold(group: I64, order: I64, add: I64, begin: I64, there: Bool, bounds: Bounds) -> tuple[I64, I64, I64]:
    """The state after each row, what it added, and 1 where it stays, (n,) each.

    `group` (n,) ascending tells siblings, `order` (n,) the rows group by group as they take effect. All groups take
    their t-th step together: as many steps as the largest group has rows.
    """
    state, granted, stays = np.zeros_like(add), np.zeros_like(add), np.zeros_like(add)
    firsts = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(firsts, append=len(group))
    longest = np.argsort(-sizes, kind="stable")
    firsts, sizes = firsts[longest], sizes[longest]
    now = begin[firsts]
    for step in range(int(sizes.max(initial=0))):
        alive = int(np.searchsorted(-sizes, -step, side="left"))
        row, old = order[firsts[:alive] + step], now[:alive]
        wish = add[row]
        low, high = np.minimum(bounds.floor, old), np.maximum(bounds.ceiling, old)
        new = np.clip(old + wish, low, high)
        taken = there[row] & (((new != old) | (wish == 0)) if bounds.shrink else (new == old + wish))
        new = np.where(taken, new, old)
        state[row], granted[row], stays[row] = new, new - old, taken
        now[:alive] = new
    return state, granted, stays


def units_of(column: pa.Array, scale: int) -> I64:
    """Whole numbers or decimals as units of 10 to the power of minus `scale`, (n,); null is 0."""
    plain = column.fill_null(0)
    if pa.types.is_decimal(plain.type):
        units: I64 = to_units(plain) * int(10 ** (scale - plain.type.scale))
        return units
    found: I64 = plain.cast("int64").to_numpy(zero_copy_only=False) * 10**scale
    return found


def _scale(scope: Scope, path: ColumnPath, key: str) -> int:
    try:
        found = scope.type_of(path)
    except SpecError as error:
        raise error.under(key) from None
    exact = found.family in (Family.INTEGER, Family.DECIMAL) and not found.array
    scale = getattr(value_type(found), "scale", 0) if exact else 0
    if not exact or scale > _MOST_DIGITS:
        message = f"'{'.'.join(path)}' is {found}, and a fold adds whole numbers or decimals"
        raise wrong(Code.WRONG_KIND, message, path=(key,), hint="declare it numeric(12,2), or int8")
    return int(scale)


def _units(number: float, scale: int, key: str) -> int:
    units = Decimal(str(number)).scaleb(scale)
    if units != int(units) or abs(units) >= _MOST:
        raise wrong(Code.OUT_OF_RANGE, f"{number} has more places than the columns' {scale}", path=(key,))
    return int(units)
