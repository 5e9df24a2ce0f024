"""A column that is made in one of several ways: by a condition on the row, during an event, or else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.condition import Condition, compile_condition, condition_reads
from engine.generators.constant import Constant
from engine.generators.instants import inside, instants, require_moment
from engine.types import I64, Bool, ColumnPath, PgType, value_type

if TYPE_CHECKING:
    from engine.generators.union import AnyGenerator


_NULL = Constant(constant=None)


class Arm(BaseModel):
    """One way: `when` a condition holds, `during` an event, or `else`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    when: str | None = Field(None, description="A condition over the row.")
    during: str | None = Field(None, description="A spike or outage, as timeline.event.")
    at: str | None = Field(None, description="The moment that `during` tests; the entity's own unless given.")
    # not `| None`: a null that is written means a constant null, and only an absent key means nothing
    then: AnyGenerator = Field(default=None, description="What is made then.")  # type: ignore[assignment]
    otherwise: AnyGenerator = Field(default=None, alias="else", description="What is made where no arm applies.")  # type: ignore[assignment]

    @property
    def made(self) -> Generator | None:
        """The generator of this arm; ``then: null`` makes null."""
        return self.then if self.then is not None else self.otherwise


class Case(Generator):
    """The first arm that applies: ``case: [{during: storefront.sale, then: 20}, {else: 0}]``.

    Guarantees that a row takes one arm and that all arms draw from the same stream, so that adding an
    arm moves no row that it does not apply to. Null where no arm applies.
    Costs the evaluation of each arm on its own rows only. Refuses an arm after `else`.
    """

    kind: ClassVar[str] = "case"
    case: tuple[Arm, ...] = Field(min_length=1, strict=False, description="The arms; the first that applies is taken.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """What the conditions and the arms read."""
        found: list[ColumnPath] = []
        for arm in self.case:
            found.extend(condition_reads(arm.when) if arm.when else ())
            found.extend([tuple(arm.at.split("."))] if arm.at else ())
            found.extend(arm.made.reads() if arm.made else ())
        return tuple(dict.fromkeys(found))

    def reads_moment(self) -> bool:
        """Whether an event is tested at the entity's moment, or an arm takes it."""
        during = any(arm.during and not arm.at for arm in self.case)
        return during or any(arm.made.reads_moment() for arm in self.case if arm.made)

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """What the arms sum over."""
        return tuple(path for arm in self.case if arm.made for path in arm.made.aggregates())

    def result(self, scope: Scope) -> PgType:
        """The type of the first arm that is not null."""
        made = [arm.made for arm in self.case if arm.made is not None]
        telling = [generator for generator in made if generator != _NULL] or made
        if not telling:
            raise wrong(Code.MISSING_KEY, "an arm needs `then`", path=("case", 0))
        return telling[0].result(scope)

    def compile(self, context: Context) -> CaseKernel:
        """Compile every arm. Raises SpecError for all arms at once."""
        arms: list[CompiledArm] = []
        problems: list[SpecError] = []
        for number, arm in enumerate(self.case):
            try:
                arms.append(self._arm(arm, context, last=number == len(self.case) - 1))
            except SpecError as error:
                problems.append(error.under("case", number))
        if problems:
            raise SpecError(d for p in problems for d in p.diagnostics)
        return CaseKernel(tuple(arms), context.type)

    def _arm(self, arm: Arm, context: Context, *, last: bool) -> CompiledArm:
        if arm.otherwise is not None:
            if arm.when or arm.during or arm.then is not None:
                raise wrong(Code.CONFLICT, "`else` stands alone in its arm")
            if not last:
                raise wrong(Code.CONFLICT, "`else` is the last arm; those after it would never apply")
            return CompiledArm(None, None, _kernel(arm.otherwise, context, "else"))
        if arm.then is None or (arm.when is None) == (arm.during is None):
            raise wrong(Code.MISSING_KEY, "an arm is {when: …, then: …}, {during: …, then: …} or {else: …}")
        kernel = _kernel(arm.then, context, "then")
        if arm.when is not None:
            return CompiledArm(compile_condition(arm.when, context, path=("when",)), None, kernel)
        return CompiledArm(None, _during(arm, context), kernel)


def _kernel(generator: Generator, context: Context, key: str) -> Kernel:
    if generator.links() is not None:
        raise wrong(Code.WRONG_KIND, "a reference cannot be an arm of a case", path=(key,))
    try:
        return generator.compile(context)
    except SpecError as error:
        raise error.under(key) from None


def _during(arm: Arm, context: Context) -> During:
    try:
        spans = context.scope.span(str(arm.during))
    except SpecError as error:
        raise error.under("during") from None
    moment = tuple(arm.at.split(".")) if arm.at else context.moment
    if moment is None:
        raise wrong(
            Code.NO_MOMENT,
            f"'{context.entity}' has no moment for `during` to test",
            path=("during",),
            hint="say which: {during: …, at: placed_at, then: …}",
        )
    try:
        require_moment(context.scope, moment)
    except SpecError as error:
        raise error.under("at" if arm.at else "during") from None
    return During(moment, np.array(spans, np.int64).reshape(-1, 2), context.window.timezone)


@dataclass(frozen=True, slots=True, eq=False)
class During:
    """Whether a moment lies in one of the spans (n, 2) of an event; null never does."""

    moment: ColumnPath
    spans: I64
    timezone: str

    def holds(self, rows: Rows) -> Bool:
        """True for each row inside, (n,)."""
        return inside(instants(rows.read(self.moment), self.timezone), self.spans)


@dataclass(frozen=True, slots=True)
class CompiledArm:
    """An arm's test (none for `else`) and its kernel."""

    condition: Condition | None
    during: During | None
    kernel: Kernel

    def applies(self, rows: Rows) -> Bool:
        """True for each row that this arm would take, (n,)."""
        if self.condition is not None:
            return self.condition.holds(rows)
        return self.during.holds(rows) if self.during is not None else np.ones(rows.size, np.bool_)


@dataclass(frozen=True, slots=True)
class CaseKernel:
    """Evaluates each arm only on the rows that take it."""

    arms: tuple[CompiledArm, ...]
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        taken = self._choose(rows)
        pieces, places = [], np.empty(rows.size, np.int64)
        start = 0
        for number, arm in enumerate(self.arms):
            here = np.flatnonzero(taken == number)
            places[here] = start + np.arange(len(here))
            start += len(here)
            if len(here):
                pieces.append(self._piece(arm.kernel, rows, here))
        nobody = taken == len(self.arms)
        if not pieces:
            return pa.nulls(rows.size, value_type(self.type))
        places[nobody] = 0
        return pa.concat_arrays(pieces).take(pa.array(places, mask=nobody if nobody.any() else None))

    def _choose(self, rows: Rows) -> I64:
        """Which arm each row takes; a later test sees only the rows that no earlier arm took, as in SQL."""
        taken = np.full(rows.size, len(self.arms), np.int64)
        rest = np.arange(rows.size)
        for number, arm in enumerate(self.arms):
            some = rows if len(rest) == rows.size else rows.subset(rest)
            applies = arm.applies(some)
            taken[rest[applies]] = number
            rest = rest[~applies]
        return taken

    def _piece(self, kernel: Kernel, rows: Rows, here: I64) -> pa.Array:
        some = rows if len(here) == rows.size else rows.subset(here)
        made = kernel.values(some)
        return made if made.type == value_type(self.type) else made.cast(value_type(self.type))
