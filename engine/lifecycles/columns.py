"""The columns that a life makes, as the plan compiles them: the trace itself, and what is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import ConfigDict

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.instants import NEVER as NO_MOMENT
from engine.generators.instants import as_moments, instants, require_moment
from engine.generators.literal import literal
from engine.lifecycles.trace import NEVER, Trace
from engine.types import I64, INT8, TEXT, TIMESTAMPTZ, ColumnPath, Family, PgType, value_type


class OfTrace(Generator):
    """Base of what the plan puts in the place of what the spec says of a life; never read from YAML."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class StateOf(OfTrace):
    """The state at the end of what is seen of a trace."""

    kind: ClassVar[str] = "lifecycle"
    trace: ColumnPath
    states: tuple[str, ...]
    start: int
    into: tuple[int, ...]  # the state that each way leads to
    moments: tuple[tuple[str, ColumnPath], ...] = ()  # what `from` and `until` name

    def reads(self) -> tuple[ColumnPath, ...]:
        """The trace."""
        return (self.trace,)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Text."""
        return TEXT

    def compile(self, context: Context) -> StateKernel:
        """Read the states' names as values of the column's type. Raises SpecError (WRONG_KIND, UNKNOWN_COLUMN)."""
        for key, path in self.moments:
            require_moment_at(key, context.scope, path)
        values = [literal(name, context.type, context.window.timezone).as_py() for name in self.states]
        return StateKernel(self.trace, pa.array(values, value_type(context.type)), self.start, np.array(self.into))


@dataclass(frozen=True, slots=True, eq=False)
class StateKernel:
    """Takes the name of the last state entered."""

    trace: ColumnPath
    names: pa.Array
    start: int
    into: I64

    def values(self, rows: Rows) -> pa.Array:
        """The states, (n,), null where there is no life."""
        trace = Trace.of(rows.read(self.trace))
        steps = trace.until(rows.as_of).sum(axis=1)
        state = np.full(len(steps), self.start, np.int64)
        moved = np.flatnonzero(steps)
        state[moved] = self.into[trace.ways[moved, steps[moved] - 1]]
        unborn = trace.born == NEVER
        return self.names.take(pa.array(state, mask=unborn if unborn.any() else None))


class VersionOf(OfTrace):
    """How often a row was written, over all its lives."""

    kind: ClassVar[str] = "version"
    traces: tuple[ColumnPath, ...]
    first: int

    def reads(self) -> tuple[ColumnPath, ...]:
        """The traces."""
        return self.traces

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """int8."""
        return INT8

    def compile(self, context: Context) -> VersionKernel:
        """Check that the column holds numbers. Raises SpecError (WRONG_KIND)."""
        literal(self.first, context.type, context.window.timezone)
        return VersionKernel(self.traces, self.first, context.type)


@dataclass(frozen=True, slots=True)
class VersionKernel:
    """Counts the moments at which something changed."""

    traces: tuple[ColumnPath, ...]
    first: int
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """The versions, (n,)."""
        moments = seen_moments(rows, self.traces)
        first = np.min([Trace.of(rows.read(path)).born for path in self.traces], axis=0)
        later = (moments != NEVER) & (moments > first[:, None])  # what happens at birth is written with the row
        changes = later & (np.diff(moments, axis=1, prepend=NO_MOMENT) != 0)
        counted = pa.array(changes.sum(axis=1).astype(np.int64) + self.first)
        return (
            counted.cast("decimal128(38, 0)").cast(value_type(self.type))
            if self.type.name == "numeric"
            else (counted.cast(value_type(self.type)))
        )


class ChangedAtOf(OfTrace):
    """When a row was last written."""

    kind: ClassVar[str] = "changed_at"
    traces: tuple[ColumnPath, ...]
    born: ColumnPath

    def reads(self) -> tuple[ColumnPath, ...]:
        """The traces, and the moment of birth."""
        return (*self.traces, self.born)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """timestamptz."""
        return TIMESTAMPTZ

    def compile(self, context: Context) -> ChangedAtKernel:
        """Check that there is a moment to begin with. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND)."""
        require_moment_at(self.kind, context.scope, self.born)
        if context.type.family not in (Family.TIMESTAMP, Family.DATE):
            message = f"'{context.column}' is {context.type}, and a moment is a timestamp or a date"
            raise wrong(Code.WRONG_KIND, message, path=(self.kind,))
        return ChangedAtKernel(self.traces, self.born, context.type, context.window.timezone)


@dataclass(frozen=True, slots=True)
class ChangedAtKernel:
    """The last moment that is seen."""

    traces: tuple[ColumnPath, ...]
    born: ColumnPath
    type: PgType
    timezone: str

    def values(self, rows: Rows) -> pa.Array:
        """The moments, (n,)."""
        born = instants(rows.read(self.born), self.timezone)
        moments = seen_moments(rows, self.traces)
        changed = np.where(moments == NEVER, NO_MOMENT, moments).max(axis=1, initial=NO_MOMENT)
        return as_moments(np.maximum(born, changed), self.type, self.timezone)


def require_moment_at(key: str, scope: Scope, path: ColumnPath) -> None:
    """Raise SpecError (UNKNOWN_COLUMN, WRONG_KIND), at `key`, unless the column holds moments."""
    try:
        require_moment(scope, path)
    except SpecError as error:
        raise error.under(key) from None


def seen_moments(rows: Rows, traces: tuple[ColumnPath, ...]) -> I64:
    """The moments of all steps that are seen, in order, (n, k); `NEVER` where there are fewer."""
    found = []
    for path in traces:
        trace = Trace.of(rows.read(path))
        found.append(np.where(trace.until(rows.as_of), trace.moments, NEVER))
    return np.sort(np.concatenate(found, axis=1), axis=1)
