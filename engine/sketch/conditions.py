"""CHECKs that tie a null to the rest of the row: a cancelled order has a moment of cancelling, and no other has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from engine.catalog.model import Check, Column, Table
from engine.sketch.arcs import Arc, arc_of
from engine.sketch.checks.reading import parse
from engine.sketch.checks.terms import bare, column_of
from engine.sketch.checks.words import written
from engine.sketch.tags import tag_of


@dataclass(frozen=True, slots=True)
class Condition:
    """A column that is there where a condition of the spec's language holds, and null elsewhere."""

    column: str
    when: str
    reads: tuple[str, ...]
    check: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """The columns that CHECKs make null or not by the rest of the row, and the CHECKs that are `left` to be read.

    `arcs` are by the name of a column of the spec's own, which says what set of their columns a row has.
    """

    found: tuple[Condition, ...]
    left: tuple[Check, ...]
    arcs: Mapping[str, Arc]


def conditions_of(table: Table) -> Conditions:
    """What CHECKs say of nulls.

    Only of columns that no key of several takes, nor a unique one that is no reference; and only by conditions on other
    columns that the spec's language can say.
    """
    keys = {c for key in table.foreign_keys if len(key.columns) > 1 for c in key.columns} | set(table.primary_key)
    alone = {key.columns for key in table.foreign_keys if len(key.columns) == 1}
    keys |= {c for unique in table.uniques if unique.columns not in alone for c in unique.columns}
    keys |= {c for index in table.expression_uniques for c in index.columns}
    keys |= {c for check in table.checks if check.expression.endswith(" IS NULL") and len(check.columns) == 1
             for c in check.columns}  # fmt: skip
    able = {c.name: c for c in table.columns if c.nullable and not c.generated and c.name not in keys}
    found: dict[str, Condition] = {}
    left: list[Check] = []
    arcs: dict[str, Arc] = {}
    for check in table.checks:
        arc = arc_of(check, {name: column for name, column in able.items() if name not in found}, table)
        if arc is not None:
            name = _free_name(table, arcs)
            arcs[name] = arc
            found |= {column: _in_arc(arc, name, column) for column in arc.columns}
            continue
        condition = _condition(check, able, table) if " IS " in check.expression else None
        if condition is None or condition.column in found or _circular(condition, found):
            left.append(check)
        else:
            found[condition.column] = condition
    free = {name: column for name, column in able.items() if name not in found}
    read = {name for condition in found.values() for name in condition.reads}
    tag = tag_of(table, left, {name: column for name, column in free.items() if name not in read})
    if tag is not None and tag.column not in found:
        left = [check for check in left if check not in tag.checks] + [*tag.rest]
        found |= {name: Condition(name, when, (tag.column,), tag.checks[0].name) for name, when in tag.ties}
    return Conditions(tuple(found.values()), tuple(left), arcs)


def _in_arc(arc: Arc, name: str, column: str) -> Condition:
    labels = ", ".join("'" + label.replace("'", "''") + "'" for label in arc.labels(column))
    return Condition(column, f"{name} in ({labels})", (name,), arc.check.name)


def _free_name(table: Table, arcs: Mapping[str, Arc]) -> str:
    """A column of the spec's own."""
    taken = {*arcs, *(column.name for column in table.columns)}
    return next(name for n in range(len(taken) + 1) if (name := f"either{n or ''}") not in taken)


def _circular(condition: Condition, found: Mapping[str, Condition]) -> bool:
    """Whether what decides over the column is decided over by it."""
    return any(name in found for name in condition.reads) or any(condition.column in c.reads for c in found.values())


def _condition(check: Check, able: Mapping[str, Column], table: Table) -> Condition | None:
    tree = parse(check.expression)
    tree = bare(tree) if tree is not None else None
    if not isinstance(tree, exp.EQ | exp.NEQ | exp.Or):
        return None
    pointing = {c for key in table.foreign_keys for c in key.columns}
    sides = ((tree.left, tree.right), (tree.right, tree.left))
    for side, other in sorted(sides, key=lambda two: (_tested(two[0], able) or ("", False))[0] in pointing):
        tested = _tested(side, able)
        if tested is None:
            continue
        name, is_null = tested
        if isinstance(tree, exp.Or) and not is_null:
            return None  # a column that is never null keeps it, too
        columns = {c.name: c for c in table.columns if not c.generated}
        text = written(other, columns)
        reads = tuple(sorted({c.name for c in other.find_all(exp.Column)}))
        if text is None or name in reads or not reads:
            return None
        there = isinstance(tree, exp.Or) or (is_null is isinstance(tree, exp.NEQ))
        return Condition(name, text if there else f"not ({text})", reads, check.name)
    return None


def _tested(node: exp.Expr, able: Mapping[str, Column]) -> tuple[str, bool] | None:
    """The column that a node tests for NULL, and whether it wants one."""
    node = bare(node)
    negated = isinstance(node, exp.Not)
    node = bare(node.this) if negated else node
    if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Null):
        return None
    column = column_of(node.this, able)
    return None if column is None else (column.name, negated is bool(node.args.get("negate")))
