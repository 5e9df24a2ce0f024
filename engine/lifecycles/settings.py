"""A column that transitions set: the last of them that happened decides, and before them its value at birth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pyarrow as pa

from engine.errors import Code, SpecError, wrong
from engine.expressions import OWN
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.instants import as_moments
from engine.lifecycles.columns import OfTrace
from engine.lifecycles.lived import LivedRows, LivedScope
from engine.lifecycles.model import MOMENT
from engine.lifecycles.trace import Trace
from engine.stream import Key, descend
from engine.types import I64, TIMESTAMPTZ, ColumnPath, Family, PgType, value_type


class SettingOf(OfTrace):
    """What transitions set a column to; `arms` are (way, its place in the life cycle, what it sets)."""

    kind: ClassVar[str] = "set"
    trace: ColumnPath
    initial: ColumnPath | None
    arms: tuple[tuple[int, tuple[str, str], Generator | str], ...]

    def reads(self) -> tuple[ColumnPath, ...]:
        """The trace, the value at birth, and what the generators read."""
        found = [path for _, _, made in self.arms if isinstance(made, Generator) for path in made.reads()]
        own = [self.trace, *([self.initial] if self.initial else [])]
        return (*own, *(path for path in dict.fromkeys(found) if path not in ((MOMENT,), (OWN,))))

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """What the generators sum over."""
        return tuple(p for _, _, made in self.arms if isinstance(made, Generator) for p in made.aggregates())

    def result(self, scope: Scope) -> PgType:
        """The type of the value at birth, else of the first that is set."""
        if self.initial is not None:
            return scope.type_of(self.initial)
        made = self.arms[0][2]
        return made.result(LivedScope(scope)) if isinstance(made, Generator) else TIMESTAMPTZ

    def compile(self, context: Context) -> SettingKernel:
        """Compile what each transition sets. Raises SpecError for all at once, below the states."""
        arms: list[Kernel | None] = []
        problems: list[SpecError] = []
        inside = replace(context, scope=LivedScope(context.scope), moment=(MOMENT,))
        for _, place, made in self.arms:
            try:
                arms.append(_arm(made, replace(inside, key=context.key.child("set", *place))))
            except SpecError as error:
                problems.append(error.under(*place, "set", context.column))
        if problems:
            raise SpecError(d for p in problems for d in p.diagnostics)
        width = 1 + max(way for way, _, _ in self.arms)
        arm_of = np.full(width + 1, -1, np.int64)
        arm_of[[way for way, _, _ in self.arms]] = np.arange(len(arms))
        again = context.key.child("again")
        return SettingKernel(
            self.trace, self.initial, arm_of, tuple(arms), context.type, context.window.timezone, again
        )


def _arm(made: Generator | str, context: Context) -> Kernel | None:
    if isinstance(made, Generator):
        if made.links() is not None:
            raise wrong(Code.WRONG_KIND, "a transition cannot set a reference", path=(made.kind,))
        return made.compile(context)
    if context.type.family not in (Family.TIMESTAMP, Family.DATE):
        message = f"'{context.column}' is {context.type}, and a moment is a timestamp or a date"
        raise wrong(Code.WRONG_KIND, message, hint="for a text that says 'moment' write {constant: moment}")
    return None


@dataclass(frozen=True, slots=True, eq=False)
class SettingKernel:
    """Arms are kernels, None for the moment itself; `arm_of` has the arm of each way, -1 for none."""

    trace: ColumnPath
    initial: ColumnPath | None
    arm_of: I64
    arms: tuple[Kernel | None, ...]
    type: PgType
    timezone: str
    again: Key

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        trace = Trace.of(rows.read(self.trace))
        ways = np.minimum(trace.ways, len(self.arm_of) - 1)  # -1 stands for the last entry, which is none
        arms = np.where(trace.until(rows.as_of), self.arm_of[ways], -1)
        step = np.where(arms >= 0, np.arange(arms.shape[1]), -1).max(axis=1, initial=-1)
        chosen = np.full(len(step), -1, np.int64)
        some = np.flatnonzero(step >= 0)
        chosen[some] = arms[some, step[some]]
        return self._assembled(rows, trace, chosen, step)

    def _assembled(self, rows: Rows, trace: Trace, chosen: I64, step: I64) -> pa.Array:
        wanted = value_type(self.type)
        before = pa.nulls(rows.size, wanted) if self.initial is None else rows.read(self.initial).cast(wanted)
        pieces, places = [before], np.arange(rows.size)
        filled = rows.size
        for number, kernel in enumerate(self.arms):
            here = np.flatnonzero(chosen == number)
            if len(here):
                pieces.append(self._piece(kernel, rows, trace, here, step[here]).cast(wanted))
                places[here] = filled + np.arange(len(here))
                filled += len(here)
        return pa.concat_arrays(pieces).take(pa.array(places)) if len(pieces) > 1 else before

    def _piece(self, kernel: Kernel | None, rows: Rows, trace: Trace, here: I64, step: I64) -> pa.Array:
        moments = trace.moments[here, step]
        if kernel is None:
            return as_moments(moments, self.type, self.timezone)
        some = rows.subset(here)
        before = np.arange(trace.ways.shape[1]) < step[:, None]
        visit = ((trace.ways[here] == trace.ways[here, step][:, None]) & before).sum(axis=1)
        again = np.where(visit > 0, descend(some.identity, visit, self.again), some.identity)
        return kernel.values(LivedRows(some, moments, again))
