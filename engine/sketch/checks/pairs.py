"""Two sides that both read columns: a comparison, a computed column, or a value that a function leaves as it is."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from engine.catalog.model import Column
from engine.sketch.checks.calendar import truncated
from engine.sketch.checks.facts import Compare, Computed, Fact, MultipleOf
from engine.sketch.checks.terms import Columns, Linear, bare, column_of, constant, linear, names, offset
from engine.sketch.checks.texts import normal
from engine.sketch.checks.values import DAYS, NUMBERS, ORDERED
from engine.sketch.checks.ways import ALWAYS, NEVER, Ways, one
from engine.sketch.checks.words import part, spelled
from engine.types import Family

_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_WHOLE = (exp.Round, exp.Floor, exp.Ceil, exp.Trunc)


def pair(left: exp.Expr, op: str, right: exp.Expr, columns: Columns) -> Ways | None:
    """``left op right`` where both read columns; None where it is not understood."""
    if op == "=":
        for one_side, other in ((left, right), (right, left)):
            found = _unmoved(bare(one_side), bare(other), columns)
            if found is not None:
                return found
    first, second = linear(left, columns), linear(right, columns)
    if first is not None and second is not None:
        return _compared(first, op, second)
    if op == "=":
        return _computed(left, right, columns) or _computed(right, left, columns)
    return None


def difference(node: exp.Expr, op: str, right: exp.Expr, columns: Columns) -> Ways | None:
    """``a - b op constant``: how far two columns lie apart."""
    first, second = linear(node.this, columns), linear(node.expression, columns)
    if first is None or second is None or not _comparable(first.column, op, second.column):
        return None
    if first.column.type.family is Family.TIME:
        return None
    span = offset(right, first.column.type)
    if span is None:
        return None
    return _compared(first, op, Linear(second.column, second.least + span[0], second.most + span[1]))


def _compared(first: Linear, op: str, second: Linear) -> Ways | None:
    """Safe for every length that an interval of months can have."""
    least, most = second.least - first.most, second.most - first.least
    if op in ("=", "<>") and least != most:
        return None
    apart = most if op[0] == ">" else least
    if first.column is second.column:
        return _itself(op, apart)
    if not _comparable(first.column, op, second.column):
        return None
    return one(Compare(first.column.name, op, second.column.name, apart))


def _itself(op: str, apart: Decimal) -> Ways:
    true = {"<": apart > 0, "<=": apart >= 0, ">": apart < 0, ">=": apart <= 0, "=": apart == 0, "<>": apart != 0}
    return ALWAYS if true[op] else NEVER


def _comparable(first: Column, op: str, second: Column) -> bool:
    """Whether we know how values of the two stand to each other."""
    one_family, other = first.type.family, second.type.family
    if first.type.array or second.type.array:
        return first.type == second.type and op in ("=", "<>")
    if one_family in NUMBERS:
        return other in NUMBERS
    if one_family in DAYS:
        return other in DAYS and len({first.type.name, second.type.name} & {"timestamp", "timestamptz"}) < 2
    return one_family is other and (one_family in (*ORDERED, Family.UUID) or op in ("=", "<>"))


def _unmoved(function: exp.Expr, whole: exp.Expr, columns: Columns) -> Ways | None:
    """``f(x) = x``: x is upper case, has no blank at its ends, is a multiple, or begins a month."""
    if isinstance(function, exp.TimestampTrunc):
        return truncated(function, whole, columns)
    if isinstance(function, exp.Length) and isinstance(whole, exp.Length):
        found = _same_text(function.this, whole.this, columns)
        return one(*found) if found else None
    if isinstance(function, _WHOLE):
        return _rounded(function, whole, columns)
    facts = _same_text(function, whole, columns)
    return one(*facts) if facts else None


def _same_text(left: exp.Expr, right: exp.Expr, columns: Columns) -> tuple[Fact, ...] | None:
    first, second = normal(left, columns), normal(right, columns)
    if first is None or second is None or first[0] is not second[0]:
        return None
    return (*first[1], *second[1])


def _rounded(function: exp.Expr, whole: exp.Expr, columns: Columns) -> Ways | None:
    """``round(x, n) = x``, where x is a column or so many times a column."""
    digits = constant(function.args["decimals"]) if function.args.get("decimals") else 0
    if bare(function.this) != whole or not isinstance(digits, int) or abs(digits) > 30:
        return None
    times = Decimal(1)
    if isinstance(whole, exp.Mul):
        factor = constant(whole.expression)
        if not isinstance(factor, int | Decimal) or factor <= 0:
            return None
        times, whole = Decimal(factor), bare(whole.this)
    column = column_of(whole, columns)
    step = Decimal(1).scaleb(-digits) / times
    if column is None or column.type.family not in NUMBERS or step * times != Decimal(1).scaleb(-digits):
        return None
    return one(MultipleOf(column.name, step))


def _computed(target: exp.Expr, made: exp.Expr, columns: Columns) -> Ways | None:
    """``column = arithmetic over other columns``."""
    column, text = column_of(_narrow(target), columns), _arithmetic(made, columns)
    read = names(made, columns)
    if column is None or text is None or not read or column.name in read:
        return None
    return one(Computed(column.name, text, read))


def _narrow(node: exp.Expr) -> exp.Expr:
    """What is cast to numeric only so that it can be compared with one."""
    node = bare(node)
    return node.this if isinstance(node, exp.Cast) and node.is_type("decimal") and not node.to.expressions else node


def _arithmetic(node: exp.Expr, columns: Columns) -> str | None:
    """Sums and products of numbers, written out."""
    node = bare(node)
    column, value = column_of(node, columns), constant(node)
    if column is not None:
        return spelled(column.name) if column.type.family in NUMBERS else None
    if value is not None:
        return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if isinstance(node, exp.Cast) and not node.to.expressions and node.to.this in (exp.DType.DECIMAL, exp.DType.BIGINT):
        return _arithmetic(node.this, columns)
    if isinstance(node, exp.Round) and (inner := _arithmetic(node.this, columns)):
        digits = constant(node.args["decimals"]) if node.args.get("decimals") else None
        return f"round({inner}, {digits})" if isinstance(digits, int) else None
    if isinstance(node, exp.Extract):
        return part(node, columns)
    sign = _SIGNS.get(type(node))
    if sign is None:
        return None
    left, right = _arithmetic(node.this, columns), _arithmetic(node.expression, columns)
    if left is None or right is None:
        return None
    return f"{_held(left, loose=sign != '*')} {sign} {_held(right, loose=sign == '+')}"


def _held(text: str, *, loose: bool) -> str:
    """An operand in brackets, unless it is a single one or stands in a sum."""
    return text if loose or " " not in text or text.startswith("round(") else f"({text})"
