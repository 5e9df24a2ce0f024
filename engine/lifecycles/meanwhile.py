"""A life that goes on only while another life of the row is in some of its states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.generators.base import Rows
from engine.lifecycles.graph import Graph
from engine.lifecycles.trace import NEVER, UNBORN, Trace
from engine.types import I64, Bool, ColumnPath


@dataclass(frozen=True, slots=True, eq=False)
class Meanwhile:
    """The other life's trace, whether each of its states (states,) lets this one go on, and where its ways lead."""

    path: ColumnPath
    inside: Bool
    start: int
    into: I64  # (ways,) the number of the state that each way leads to

    @staticmethod
    def of(path: ColumnPath, graph: Graph, states: tuple[str, ...]) -> Meanwhile:
        """While the life whose trace is at `path` is in any of `states`, which it has."""
        inside = np.array([state in states for state in graph.states], np.bool_)
        return Meanwhile(path, inside, graph.start, np.array([way.to for way in graph.ways], np.int64))

    def ends(self, rows: Rows, born: I64) -> I64:
        """When the other life first leaves the states after `born`, (n,): at `born` where it is not in them then."""
        trace = Trace.of(rows.read(self.path))
        there = (trace.born <= born) & self.inside[self.start]
        left = np.full(len(born), NEVER, np.int64)
        for step in range(trace.ways.shape[1]):
            way, moment = trace.ways[:, step], trace.moments[:, step]
            taken = way != UNBORN
            inside = self.inside[self.into[np.where(taken, way, 0)]] if len(self.into) else taken
            before = taken & (moment <= born)
            there = np.where(before, inside, there)
            left = np.where(taken & ~before & ~inside & (left == NEVER), moment, left)
        return np.where(there, left, born)
