"""AND, OR, NOT, CASE and NULL: an expression in three-valued logic as ways to satisfy it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

from sqlglot import exp

from engine.sketch.checks.calendar import holds
from engine.sketch.checks.cases import asked_of_arms
from engine.sketch.checks.comparisons import OPS, compare, member
from engine.sketch.checks.facts import Computed, Elements, IsNull, JsonKeys, Like, NotEmpty, NotNull, OneOf
from engine.sketch.checks.terms import (
    NEGATED,
    Columns,
    bare,
    column_of,
    constant,
    constants,
    is_null,
    names,
    quantified,
)
from engine.sketch.checks.texts import escaped, matching, normal
from engine.sketch.checks.ways import ALWAYS, MOST_WAYS, NEVER, Ways, both, either, one, unknown
from engine.sketch.checks.words import written
from engine.types import Family

_TOTAL: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Paren, exp.Cast, exp.DataType, exp.Literal, exp.Var, exp.Lower, exp.Upper, exp.Trim,
    exp.Length, exp.Extract, exp.TimestampTrunc, exp.Abs, exp.Neg,
)  # fmt: skip
"""What gives a value wherever it is given values."""
MOST_TERMS = 16  # of a sum of conditions
_PATTERNS = (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike)
_TRUTHS: tuple[type[exp.Expr], ...] = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Is,
    exp.Boolean,
    exp.Between,
    exp.In,
    exp.StartsWith,
    *OPS,
    *_PATTERNS,
)


_CITEXT: dict[str, tuple[type[exp.Binary], bool]] = {
    "=": (exp.EQ, False), "<>": (exp.NEQ, False), "~": (exp.RegexpLike, False), "!~": (exp.RegexpLike, True),
    "~*": (exp.RegexpLike, False), "!~*": (exp.RegexpLike, True), "~~": (exp.Like, False), "!~~": (exp.Like, True),
}  # fmt: skip


class Reader:
    """Reads expressions over one table's columns.

    `want` is what an expression is to be; where `sure` is not asked for, NULL will do, as it does for a CHECK. So
    a fact about a column's values says nothing of its NULLs: where those would not do, NotNull stands beside it.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def ways(self, node: exp.Expr, *, want: bool = True, sure: bool = False) -> Ways:
        """The ways to satisfy an expression."""
        node = bare(node)
        if isinstance(node, exp.Not):
            return self.ways(node.this, want=not want, sure=sure)
        if isinstance(node, exp.And | exp.Or):
            parts = [self.ways(part, want=want, sure=sure) for part in node.flatten()]
            return both(*parts) if isinstance(node, exp.And) is want else either(*parts)
        if isinstance(node, exp.Is):
            return self._is(node, want=want is not bool(node.args.get("negate")))
        if isinstance(node, exp.Case):
            return self._case(node, want=want, sure=sure)
        if isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ):
            return self._distinct(node, want=want is isinstance(node, exp.NullSafeNEQ))
        found = self._atom(node, want=want, sure=sure)
        if found is None:
            cases = asked_of_arms(node)
            return unknown(names(node, self.columns)) if cases is None else self._case(cases, want=want, sure=sure)
        return both(found, self._present(node)) if sure else found

    def _present(self, node: exp.Expr) -> Ways:
        """Every column of a node has a value."""
        return one(*map(NotNull, names(node, self.columns)))

    def _atom(self, node: exp.Expr, *, want: bool, sure: bool) -> Ways | None:
        if isinstance(node, exp.Boolean):
            return ALWAYS if bool(node.this) is want else NEVER
        if is_null(node) or (type(node) in OPS and (is_null(node.this) or is_null(node.expression))):
            return NEVER if sure else ALWAYS
        if type(node) in OPS:
            return self._comparison(node, OPS[type(node)], want=want)
        if isinstance(node, exp.Between):
            inside = exp.And(
                this=exp.GTE(this=node.this, expression=node.args["low"]),
                expression=exp.LTE(this=node.this, expression=node.args["high"]),
            )
            return self.ways(inside, want=want, sure=sure)
        if isinstance(node, exp.In):
            array = exp.Any(this=exp.Array(expressions=node.expressions))
            return member(node.this, "=", array, self.columns, negated=not want)
        if isinstance(node, exp.Operator):
            return self._citext(node, want=want)
        if isinstance(node, _PATTERNS):
            return self._pattern(node, want=want is not bool(node.args.get("negate")))
        if isinstance(node, exp.Coalesce):
            return self._default(node, want=want)
        return self._thing(node, want=want)

    def _thing(self, node: exp.Expr, *, want: bool) -> Ways | None:
        """What is true of a value as it stands."""
        column = column_of(node, self.columns)
        if column is not None and column.type.family is Family.BOOLEAN:
            return one(OneOf(column.name, (want,)))
        if isinstance(node, exp.StartsWith):
            found, text = normal(node.this, self.columns), constant(node.expression)
            if found is None or not isinstance(text, str):
                return None
            return one(*found[1], Like(found[0].name, f"{escaped(text)}%", negated=not want))
        if isinstance(node, exp.Anonymous) and len(node.expressions) == 1:
            column, name = column_of(node.expressions[0], self.columns), str(node.this).lower()
            if column is not None and name == "isempty" and not want:
                return one(NotEmpty(column.name))
            return (ALWAYS if want else NEVER) if column is not None and name == "isfinite" else None
        if isinstance(node, exp.ArrayContainedBy) and want:
            column, values = column_of(node.this, self.columns), constants(node.expression)
            return one(Elements(column.name, values)) if column and values and column.type.array else None
        if isinstance(node, exp.JSONBContainsTopKey) and want:
            column, key = column_of(node.this, self.columns), constant(node.expression)
            return one(JsonKeys(column.name, (str(key),))) if column is not None and key is not None else None
        return None

    def _citext(self, node: exp.Operator, *, want: bool) -> Ways | None:
        """An operator of the extension citext, which has a schema before its name."""
        column = column_of(node.this, self.columns)
        meaning = _CITEXT.get(str(node.args["operator"]).rpartition(".")[2])
        if column is None or column.type.name != "citext" or meaning is None:
            return None
        usual, negated = meaning
        return self._atom(usual(this=node.this, expression=node.expression), want=want is not negated, sure=False)

    def _comparison(self, node: exp.Expr, op: str, *, want: bool) -> Ways | None:
        left, right = bare(node.this), bare(node.expression)
        if quantified(right) is not None:
            return member(left, op, right, self.columns, negated=not want)
        sign = op if want else NEGATED[op]
        if op in ("=", "<>") and self._is_truth(left) and self._is_truth(right):
            return self._equivalent(left, right, same=sign == "=")
        counted = self._counted(left, sign, right)
        if counted is not None:
            return counted
        if isinstance(left, exp.Lower) and isinstance(right, exp.Upper) and sign in ("<", "<=", "<>"):
            column, other = column_of(left.this, self.columns), column_of(right.this, self.columns)
            if column is not None and column is other and column.type.subtype is not None:
                return one(NotEmpty(column.name))
        return compare(left, sign, right, self.columns)

    def _is_truth(self, node: exp.Expr) -> bool:
        column = column_of(node, self.columns)
        if column is not None:
            return column.type.family is Family.BOOLEAN and not column.type.array
        return isinstance(node, _TRUTHS)

    def _equivalent(self, left: exp.Expr, right: exp.Expr, *, same: bool) -> Ways:
        ways = (both(self.ways(left, want=want), self.ways(right, want=want is same)) for want in (True, False))
        return either(*(self._flagged(left, right) if same else ()), *ways)

    def _flagged(self, left: exp.Expr, right: exp.Expr) -> Iterator[Ways]:
        """A flag that says whether a condition on other columns holds."""
        for flag, condition in ((left, right), (right, left)):
            column, read = column_of(flag, self.columns), names(condition, self.columns)
            text = written(condition, self.columns) if column is not None and column.name not in read else None
            if column is not None and text is not None and read and column_of(condition, self.columns) is None:
                yield one(Computed(column.name, text, read))

    def _is(self, node: exp.Is, *, want: bool) -> Ways:
        if isinstance(node.expression, exp.Boolean):
            truth = bool(node.expression.this)
            return self.ways(node.this, want=truth is want, sure=want)
        if not isinstance(node.expression, exp.Null):
            return unknown(names(node, self.columns))
        found = self._null(bare(node.this)) if want else self._defined(bare(node.this))
        if found is None and (cases := asked_of_arms(node)) is not None:
            return self._case(cases, want=want is not bool(node.args.get("negate")), sure=True)
        return unknown(names(node, self.columns)) if found is None else found

    def _null(self, node: exp.Expr) -> Ways | None:
        if is_null(node):
            return ALWAYS
        column = column_of(node, self.columns)
        if column is not None:
            return one(IsNull(column.name)) if column.nullable else NEVER
        if isinstance(node, exp.Coalesce):
            found = [self._null(bare(item)) for item in (node.this, *node.expressions)]
            known = [ways for ways in found if ways is not None]
            return both(*known) if len(known) == len(found) else None
        return NEVER if constant(node) is not None else None

    def _defined(self, node: exp.Expr) -> Ways | None:
        """Ways for an expression not to be NULL."""
        if is_null(node):
            return NEVER
        column = column_of(node, self.columns)
        if column is not None:
            return one(NotNull(column.name))
        if constant(node) is not None:
            return ALWAYS
        if isinstance(node, exp.Coalesce):
            found = [self._defined(bare(item)) for item in (node.this, *node.expressions)]
            return either(*(ways for ways in found if ways is not None)) if any(found) else None
        if isinstance(node, exp.Nullif):
            ways = compare(node.this, "<>", node.expression, self.columns)
            return None if ways is None else both(ways, self._present(node))
        total = all(isinstance(part, _TOTAL) for part in node.walk())
        return self._present(node) if total and names(node, self.columns) else None

    def _distinct(self, node: exp.Expr, *, want: bool) -> Ways:
        left, right = bare(node.this), bare(node.expression)
        apart = compare(left, "<>" if want else "=", right, self.columns)
        if apart is None:
            return unknown(names(node, self.columns))
        ways = both(apart, self._present(node))
        nulls = [self._null(left) or NEVER, self._null(right) or NEVER]
        if not want:
            return either(ways, both(*nulls))
        mixed = [both(nulls[0], self._defined(right) or NEVER), both(self._defined(left) or NEVER, nulls[1])]
        return either(ways, *mixed)

    def _case(self, node: exp.Case, *, want: bool, sure: bool) -> Ways:
        """Each branch together with what leads to it; or all of them, whatever leads there."""
        ways: list[Ways] = []
        results: list[Ways] = []
        before: Ways = ALWAYS
        for branch in node.args["ifs"]:
            test = branch.this if node.this is None else exp.EQ(this=node.this, expression=branch.this)
            taken = both(before, self.ways(test, sure=True))
            results.append(self.ways(branch.args["true"], want=want, sure=sure))
            ways.append(both(taken, results[-1]))
            before = both(before, self.ways(test, want=False))
        default = node.args.get("default")
        nothing = NEVER if sure else ALWAYS
        last = nothing if default is None else self.ways(default, want=want, sure=sure)
        return either(*ways, both(before, last), both(*results, last))

    def _default(self, node: exp.Coalesce, *, want: bool) -> Ways | None:
        """``coalesce(condition, true)``."""
        default = constant(node.expressions[0]) if len(node.expressions) == 1 else None
        return self.ways(node.this, want=want, sure=default is not want) if isinstance(default, bool) else None

    def _pattern(self, node: exp.Expr, *, want: bool) -> Ways | None:
        assert isinstance(node, exp.Binary)
        found = quantified(node.expression)
        if found is None:
            return matching(node, node.expression, self.columns, negated=not want)
        array = bare(found[1])
        items = array.expressions if isinstance(array, exp.Array) else [exp.null()]
        ways = [matching(node, item, self.columns, negated=not want) for item in items]
        known = [way for way in ways if way is not None]
        if len(known) < len(ways):
            return None
        return both(*known) if found[0] is want else either(*known)

    def _counted(self, left: exp.Expr, op: str, right: exp.Expr) -> Ways | None:
        """``num_nonnulls(a, b) = 1`` and sums of conditions: each set of true ones that gives the number."""
        number, terms = constant(right), list(self._conditions(left) or ())
        if number is None or isinstance(number, str | bool) or not terms or len(terms) > MOST_TERMS:
            return None
        true = [self.ways(term, want=True, sure=True) for term in terms]
        false = [self.ways(term, want=False, sure=True) for term in terms]
        numbers = [count for count in range(len(terms), -1, -1) if holds(count, op, number)]
        chosen = (set(some) for count in numbers for some in combinations(range(len(terms)), count))
        sets = islice(chosen, MOST_WAYS)
        return either(*(both(*(true[i] if i in some else false[i] for i in range(len(terms)))) for some in sets))

    def _conditions(self, node: exp.Expr) -> Iterator[exp.Expr] | None:
        """The conditions that are counted by a sum of zeros and ones."""
        node = bare(node)
        if isinstance(node, exp.Add):
            parts = [self._conditions(part) for part in (node.this, node.expression)]
            found = [list(part) for part in parts if part is not None]
            return iter([term for part in found for term in part]) if len(found) == 2 else None
        if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("num_nonnulls", "num_nulls"):
            negate = str(node.this).lower() == "num_nonnulls"
            tests = [exp.Is(this=item, expression=exp.Null()) for item in node.expressions]
            return iter([exp.Not(this=test) if negate else test for test in tests])
        if isinstance(node, exp.Cast) and self._is_truth(bare(node.this)):
            return iter([bare(node.this)])
        if isinstance(node, exp.Case):
            return self._one_or_none(node)
        return None

    def _one_or_none(self, node: exp.Case) -> Iterator[exp.Expr] | None:
        """``CASE WHEN condition THEN 1 ELSE 0 END``."""
        branches, default = node.args["ifs"], node.args.get("default")
        if len(branches) != 1 or node.this is not None or default is None:
            return None
        values = constant(branches[0].args["true"]), constant(default)
        if values == (1, 0):
            return iter([branches[0].this])
        return iter([exp.Not(this=exp.Paren(this=branches[0].this))]) if values == (0, 1) else None
