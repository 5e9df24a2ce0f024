"""CHECKs by which one column says which others are there, as a kind of target does: a set of columns for each value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlglot import exp

from engine.catalog.model import Check, Column, Table
from engine.sketch.arcs import Known, NotOfNulls, value_of
from engine.sketch.checks.facts import Value
from engine.sketch.checks.reading import parse
from engine.sketch.checks.terms import bare, column_of, constant, constants, is_null, quantified
from engine.sqltext import quote
from engine.types import Family

MOST_WAYS = 8_192
"""Values, times sets of columns, that are looked at."""
_TAGS = (Family.TEXT, Family.INTEGER, Family.BOOLEAN)
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Tag:
    """A column of few values; `sets` are the columns that are there with each, `checks` what is kept so."""

    column: str
    sets: Mapping[Value, tuple[str, ...]]
    checks: tuple[Check, ...]

    @property
    def ties(self) -> Iterator[tuple[str, str]]:
        """The columns that are not always there, and when they are, in the spec's words."""
        for name in self._named():
            values = [value for value, there in self.sets.items() if name in there]
            if values and len(values) < len(self.sets):
                yield name, self._among(values)

    @property
    def rest(self) -> tuple[Check, ...]:
        """What is asked of the columns beside that: which values there are, and what is null or not in all rows."""
        found = [(self.column, f"{quote(self.column)} IS NOT NULL")]
        if not all(isinstance(value, bool) for value in self.sets):
            found.append((self.column, f"{quote(self.column)} IN ({', '.join(map(_literal, self.sets))})"))
        for name in self._named():
            there = sum(name in some for some in self.sets.values())
            if there in (0, len(self.sets)):
                found.append((name, f"{quote(name)} IS {'NOT ' * bool(there)}NULL"))
        return tuple(Check(self.checks[0].name, text, (name,)) for name, text in found)

    def _named(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for check in self.checks for name in check.columns if name != self.column))

    def _among(self, values: Sequence[Value]) -> str:
        if all(isinstance(value, bool) for value in values):
            return quote(self.column) if values[0] else f"not {quote(self.column)}"
        return f"{quote(self.column)} in ({', '.join(map(_literal, values))})"


def _literal(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def tag_of(table: Table, checks: Sequence[Check], able: Mapping[str, Column]) -> Tag | None:
    """The first column that says which of others are there, if it has two values at least and others ask for no nulls.

    `able` are the columns that may be null under a condition.
    """
    pointing = {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        free = column.type.family in _TAGS or column.type.labels
        if not free or column.type.array or column.generated or column.name in pointing:
            continue
        group = [check for check in checks if column.name in check.columns and len(check.columns) >= _FEWEST]
        found = _tag(column, group, checks, able) if group else None
        if found is not None:
            return found
    return None


def _tag(column: Column, group: Sequence[Check], checks: Sequence[Check], able: Mapping[str, Column]) -> Tag | None:
    group = [check for check in group if all(name in able or name == column.name for name in check.columns)]
    trees = {check: tree for check in group if (tree := parse(check.expression)) is not None}
    names = tuple(dict.fromkeys(name for check in trees for name in check.columns if name != column.name))
    others = [check for check in checks if check not in trees and not {*names}.isdisjoint(check.columns)]
    if not names or any(" NULL" in check.expression for check in others):
        return None
    values = _values(column, [*trees.values(), *_own(column, checks)])
    if len(values) < _FEWEST or len(values) << len(names) > MOST_WAYS:
        return None
    try:
        sets = {value: _largest(_Row(column, value), names, trees.values()) for value in values}
    except NotOfNulls:
        return None
    kept = {value: there for value, there in sets.items() if there is not None}
    if len(kept) < _FEWEST or len(set(kept.values())) < _FEWEST:
        return None
    return Tag(column.name, kept, tuple(trees))


def _own(column: Column, checks: Sequence[Check]) -> Iterator[exp.Expr]:
    """The CHECKs of the column alone."""
    trees = (parse(check.expression) for check in checks if check.columns == (column.name,))
    yield from (tree for tree in trees if tree is not None)


def _values(column: Column, trees: Sequence[exp.Expr]) -> tuple[Value, ...]:
    """All values that there are, or those that a CHECK lists, or else those that it is compared with."""
    if column.type.labels:
        return column.type.labels
    if column.type.family is Family.BOOLEAN:
        return (True, False)
    known = {column.name: column}
    found: list[Value] = []
    for node in (node for tree in trees for node in tree.walk()):
        if isinstance(node, exp.EQ | exp.NEQ | exp.In) and column_of(node.this, known) is not None:
            found += _beside(node)
    text = column.type.family is Family.TEXT
    return tuple(value for value in dict.fromkeys(found) if isinstance(value, str) is text)


def _beside(node: exp.Expr) -> tuple[Value, ...]:
    """The constants that something is compared with."""
    if isinstance(node, exp.In):
        return constants(exp.Array(expressions=node.expressions)) or ()
    listed = quantified(node.expression)
    value = constant(node.expression)
    return (constants(listed[1]) or ()) if listed is not None else () if value is None else (value,)


def _largest(known: Known, names: Sequence[str], trees: Iterable[exp.Expr]) -> tuple[str, ...] | None:
    """The most columns that may be there. Raises NotOfNulls."""
    asked = tuple(trees)
    for size in range(len(names), -1, -1):
        for there in combinations(names, size):
            if all(value_of(tree, frozenset(there), known) for tree in asked):
                return there
    return None


@dataclass(frozen=True, slots=True)
class _Row:
    """What is known of a row whose tag has a value: what a test of the tag comes to."""

    column: Column
    value: Value

    def __call__(self, node: exp.Expr) -> int | None:
        if self._is(node) and isinstance(self.value, bool):
            return self.value
        if isinstance(node, exp.Is) and self._is(node.this):
            if isinstance(node.expression, exp.Boolean):
                return (self.value is bool(node.expression.this)) is not bool(node.args.get("negate"))
            return bool(node.args.get("negate")) if is_null(node.expression) else None
        if not isinstance(node, exp.EQ | exp.NEQ | exp.In) or not self._is(node.this):
            return None
        found, listed = _beside(node), None if isinstance(node, exp.In) else quantified(node.expression)
        if not found:
            return None
        same = self.value in found
        if isinstance(node, exp.NEQ):
            return not same if listed is None or listed[0] else None
        return same if listed is None or not listed[0] else None

    def _is(self, node: exp.Expr) -> bool:
        return column_of(bare(node), {self.column.name: self.column}) is not None
