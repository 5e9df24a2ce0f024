"""Rows that record their parent's transitions: how many there are, and what each of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from engine.generators.base import Context, Rows, Scope
from engine.generators.instants import as_moments
from engine.generators.literal import literal
from engine.lifecycles.columns import OfTrace
from engine.lifecycles.graph import Graph
from engine.lifecycles.trace import NEVER, Trace
from engine.types import I64, TEXT, TIMESTAMPTZ, Bool, ColumnPath, PgType, value_type


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Which entries of a life are recorded: by way, and the birth where `birth`; `path` leads to the trace."""

    path: ColumnPath
    ways: Bool
    birth: bool

    @staticmethod
    def of(graph: Graph, path: ColumnPath, states: tuple[str, ...]) -> Recorded:
        """The entries into some states; the start is entered at birth."""
        ways = np.zeros(len(graph.ways), np.bool_)
        ways[list(graph.into(states))] = True
        return Recorded(path, ways, graph.states[graph.start] in states)

    def found(self, trace: Trace, last: I64 | None) -> Bool:
        """Which entries are recorded, the birth first, (n, 1 + k)."""
        birth = (trace.born != NEVER) & self.birth
        if last is not None:
            birth &= trace.born <= last
        seen = trace.until(last)
        return np.concatenate((birth[:, None], seen & self.ways[np.where(seen, trace.ways, 0)]), axis=1)


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many rows record a parent's life; evaluated over the parents."""

    recorded: Recorded

    def values(self, rows: Rows) -> pa.Array:
        """The number of entries, (n,)."""
        trace = Trace.of(rows.read(self.recorded.path))
        return pa.array(self.recorded.found(trace, rows.as_of).sum(axis=1).astype(np.int64))


class StepOf(OfTrace):
    """What a recording row says."""

    kind: ClassVar[str] = "transition"
    recorded: Recorded
    graph: Graph
    part: Literal["moment", "from", "to"]

    def reads(self) -> tuple[ColumnPath, ...]:
        """The parent's trace."""
        return (self.recorded.path,)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """timestamptz of a moment, text of a state."""
        return TIMESTAMPTZ if self.part == "moment" else TEXT

    def compile(self, context: Context) -> StepKernel:
        """Read the states' names as values of the column's type. Raises SpecError (WRONG_KIND)."""
        graph, zone = self.graph, context.window.timezone
        if self.part == "moment":
            return StepKernel(self.recorded, None, np.zeros(0, np.int64), context.type, zone)
        names = [literal(name, context.type, zone).as_py() for name in graph.states]
        ends = [(way.source if self.part == "from" else way.to) for way in graph.ways]
        birth = len(names) if self.part == "from" else graph.start
        values = pa.array([*names, None], value_type(context.type))
        return StepKernel(self.recorded, values, np.array([birth, *ends]), context.type, zone)


@dataclass(frozen=True, slots=True, eq=False)
class StepKernel:
    """Finds the entry that each row records; `states` has its state at birth, then by way; no names: the moment."""

    recorded: Recorded
    names: pa.Array | None
    states: I64
    type: PgType
    timezone: str

    def values(self, rows: Rows) -> pa.Array:
        """One value for each recording row, (n,)."""
        trace = Trace.of(rows.read(self.recorded.path))
        ordinal = rows.read(("ordinal",)).to_numpy()
        found = self.recorded.found(trace, rows.as_of)
        entry = np.argmax(np.cumsum(found, axis=1) == ordinal[:, None], axis=1)
        line = np.arange(len(entry))
        if self.names is None:
            moments = np.concatenate((trace.born[:, None], trace.moments), axis=1)
            return as_moments(moments[line, entry], self.type, self.timezone)
        way = np.concatenate((np.full((len(entry), 1), -1), trace.ways), axis=1)[line, entry]
        return self.names.take(pa.array(self.states[way + 1]))
