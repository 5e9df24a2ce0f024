"""CHECKs on which columns are null together, such as one of three references: any pattern that they let pass."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from sqlglot import exp

from engine.catalog.model import Check, Column, Table
from engine.sketch.checks.reading import parse
from engine.sketch.checks.terms import bare

MOST_COLUMNS = 8
MOST_PATTERNS = 12
"""Of more patterns those with the fewest columns are used."""

_COMPARED: Mapping[type[exp.Expr], Callable[[int, int], bool]] = {
    exp.EQ: operator.eq, exp.NEQ: operator.ne, exp.LT: operator.lt,
    exp.LTE: operator.le, exp.GT: operator.gt, exp.GTE: operator.ge,
}  # fmt: skip
_NULL_WORDS = ("IS NULL", "IS NOT NULL", "COALESCE", "num_n", "CASE", "DISTINCT FROM")


@dataclass(frozen=True, slots=True)
class Arc:
    """Columns of which a row has one of some sets; `label` tells a set in the spec."""

    check: Check
    columns: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]

    def labels(self, column: str | None = None) -> tuple[str, ...]:
        """What the sets are called; of a column, those that it is in."""
        return tuple("+".join(p) or "none" for p in self.patterns if column is None or column in p)


def arc_of(check: Check, able: Mapping[str, Column], table: Table) -> Arc | None:
    """The sets of columns that a CHECK lets be there, if it asks of nothing else whether they are null.

    None where no other set than all of them passes, or another CHECK asks for their nulls, too.
    """
    tree = parse(check.expression) if any(word in check.expression for word in _NULL_WORDS) else None
    names = tuple(c.name for c in table.columns if c.name in check.columns)
    if tree is None or not 2 <= len(names) <= MOST_COLUMNS or not all(name in able for name in names):
        return None
    for other in table.checks:
        if other is not check and {*names} & {*other.columns} and any(w in other.expression for w in _NULL_WORDS):
            return None
    try:
        found = tuple(_passing(tree, names))
    except _NotNulls:
        return None
    found = found[:MOST_PATTERNS]
    if len(found) < 2 or not all(any(name in pattern for pattern in found) for name in names):
        return None
    return Arc(check, names, found)


class _NotNulls(Exception):
    """Something else than nulls is asked for."""


def _passing(tree: exp.Expr, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Sets of columns, small ones first; the empty one last, as rows with nothing in them are for nobody."""
    for size in (*range(1, len(names) + 1), 0):
        for there in combinations(names, size):
            if _value(tree, frozenset(there)):
                yield there


def _value(node: exp.Expr, there: frozenset[str]) -> int:
    """What an expression is where these columns are not null and no others. Raises _NotNulls."""
    node = bare(node)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return (_column(node.this) in there) is bool(node.args.get("negate"))
    if isinstance(node, exp.And | exp.Or):
        sides = (_value(node.left, there), _value(node.right, there))
        return all(sides) if isinstance(node, exp.And) else any(sides)
    if isinstance(node, exp.Not):
        return not _value(node.this, there)
    if isinstance(node, exp.Add):
        return _value(node.left, there) + _value(node.right, there)
    if isinstance(node, exp.Literal) and node.is_int:
        return int(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Cast) and node.is_type("int", "smallint", "bigint", "boolean"):
        return int(_value(node.this, there))
    if isinstance(node, exp.Case) and node.this is None:
        return _first(node, there)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("num_nonnulls", "num_nulls"):
        counted = [_column(part) in there for part in node.expressions]
        return counted.count(str(node.this).lower() == "num_nonnulls")
    compared = _COMPARED.get(type(node))
    if compared is None or not isinstance(node, exp.Binary):
        raise _NotNulls
    return compared(_value(node.left, there), _value(node.right, there))


def _first(node: exp.Case, there: frozenset[str]) -> int:
    """The arm of a CASE that is taken."""
    for arm in node.args["ifs"]:
        if _value(arm.this, there):
            return _value(arm.args["true"], there)
    if node.args.get("default") is None:
        raise _NotNulls
    return _value(node.args["default"], there)


def _column(node: exp.Expr) -> str:
    node = bare(node)
    if not isinstance(node, exp.Column):
        raise _NotNulls
    return node.name
