"""CHECKs on which columns are null together, such as one of three references: any pattern that they let pass."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

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
    except NotOfNulls:
        return None
    found = found[:MOST_PATTERNS]
    if len(found) < 2 or not all(any(name in pattern for pattern in found) for name in names):
        return None
    return Arc(check, names, found)


class NotOfNulls(Exception):
    """Something else than nulls is asked for."""


Known: TypeAlias = Callable[[exp.Expr], int | None]


def _nothing(_: exp.Expr) -> None:
    """Of a row nothing is known but its nulls."""


def _passing(tree: exp.Expr, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Sets of columns, small ones first; the empty one last, as rows with nothing in them are for nobody."""
    for size in (*range(1, len(names) + 1), 0):
        for there in combinations(names, size):
            if value_of(tree, frozenset(there)):
                yield there


def value_of(node: exp.Expr, there: frozenset[str], known: Known = _nothing) -> int:
    """What an expression is where these columns are not null and no others. Raises NotOfNulls.

    `known` is asked first, of what else is known of a row.
    """
    node = bare(node)
    if (value := known(node)) is not None:
        return value
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return (_column(node.this) in there) is bool(node.args.get("negate"))
    if isinstance(node, exp.And | exp.Or):
        sides = (value_of(side, there, known) for side in (node.left, node.right))
        return all(sides) if isinstance(node, exp.And) else any(sides)
    if isinstance(node, exp.Not):
        return not value_of(node.this, there, known)
    if isinstance(node, exp.Add):
        return value_of(node.left, there, known) + value_of(node.right, there, known)
    if isinstance(node, exp.Literal) and node.is_int:
        return int(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Cast) and node.is_type("int", "smallint", "bigint", "boolean"):
        return int(value_of(node.this, there, known))
    if isinstance(node, exp.Case) and node.this is None:
        return _first(node, there, known)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("num_nonnulls", "num_nulls"):
        counted = [_column(part) in there for part in node.expressions]
        return counted.count(str(node.this).lower() == "num_nonnulls")
    compared = _COMPARED.get(type(node))
    if compared is None or not isinstance(node, exp.Binary):
        raise NotOfNulls
    return compared(value_of(node.left, there, known), value_of(node.right, there, known))


def _first(node: exp.Case, there: frozenset[str], known: Known) -> int:
    """The arm of a CASE that is taken."""
    for arm in node.args["ifs"]:
        if value_of(arm.this, there, known):
            return value_of(arm.args["true"], there, known)
    if node.args.get("default") is None:
        raise NotOfNulls
    return value_of(node.args["default"], there, known)


def _column(node: exp.Expr) -> str:
    node = bare(node)
    if not isinstance(node, exp.Column):
        raise NotOfNulls
    return node.name
