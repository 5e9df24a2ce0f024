"""The finished thing: an expression with its type, what it reads, and how it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from engine.errors import Code
from engine.expressions import decimals
from engine.expressions.arrows import UNLIMITED_SCALE, load, store
from engine.expressions.casts import Level, cast
from engine.expressions.column import Column, Frame, Read
from engine.expressions.compiler import Compiler, Known, TypeOf
from engine.expressions.fault import fault
from engine.expressions.nodes import Impossible, Node, Strict
from engine.expressions.parser import parse
from engine.expressions.promotion import INTEGERS, UNKNOWN, exactly, family_words, scale_of
from engine.expressions.site import boolean, convert
from engine.expressions.syntax import Name, Syntax, walk
from engine.types import BOOL, FLOAT8, TEXT, ColumnPath, Family, PgType, numeric, value_type

RESERVED = ("window_start", "window_end")
"""Names that every scenario has: the two ends of its window, as timestamptz."""

_DIGITS = 38  # what a decimal128 holds


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression; frozen and picklable."""

    type: PgType
    reads: tuple[ColumnPath, ...]
    node: Node

    def evaluate(self, read: Read, size: int) -> pa.Array:
        """One value for each of `size` rows, in the Arrow type `value_type(type)`; `read` gives the columns, (size,).

        Raises GenerateError where a value cannot be computed or does not fit.
        """
        if size == 0:
            return pa.array([], value_type(self.type))
        frame = Frame(partial(_loaded, read), size)
        return store(self.node.run(frame), self.type, size)


def _loaded(read: Read, path: ColumnPath, type_: PgType) -> Column:
    return load(read(path), type_)


def compile_expression(
    text: str,
    *,
    type_of: TypeOf,
    constants: Mapping[str, Known],
    timezone: str,
    target: PgType | None = None,
    scale: int | None = None,
) -> Expression:
    """Compile `text` for a column of type `target` (None: whatever it is), rounded to `scale` places if one is given.

    `constants` are the names that are no columns; `timezone` is the scenario's. Raises SpecError, EXPR_SYNTAX to
    EXPR_TOO_BIG, its message showing the bad part of the text.
    """
    tree = parse(text)
    compiler = Compiler(text, type_of, constants, timezone)
    node = compiler.node(tree, _places(target, scale))
    if scale is not None:
        node = _rounded(compiler, node, tree, scale, stays=target is None or target.family is Family.FLOAT)
    final = target or _inferred(node)
    return Expression(final, tuple(compiler.reads), possible(text, _assigned(compiler, node, final, tree)))


def compile_test(text: str, *, type_of: TypeOf, constants: Mapping[str, Known], timezone: str) -> Expression:
    """Compile `text`, which must be a condition. Raises SpecError."""
    tree = parse(text)
    compiler = Compiler(text, type_of, constants, timezone)
    node = boolean(compiler, compiler.node(tree), tree)
    return Expression(BOOL, tuple(compiler.reads), possible(text, node))


def possible(text: str, node: Node) -> Node:
    """The node, unless no row at all could have a value. Raises SpecError (EXPR_TYPE)."""
    if isinstance(node, Impossible):
        raise fault(Code.EXPR_TYPE, node.message, text, node.span)
    return node


def names_in(text: str) -> tuple[ColumnPath, ...]:
    """Every name in the text, columns and parameters alike, but for window_start and window_end; in order, once each.

    Timelines, events and the row's own moment are among them, by the names of `curves`, which no text can write.
    Raises SpecError where the text cannot be parsed.
    """
    found = (node.path for node, _ in walk(parse(text)) if isinstance(node, Name))
    return tuple(dict.fromkeys(path for path in found if path[0] not in RESERVED or len(path) > 1))


def _places(target: PgType | None, scale: int | None) -> int | None:
    if scale is not None or target is None:
        return scale
    return 0 if target.name in INTEGERS else target.scale if target.name == "numeric" else None


def _rounded(compiler: Compiler, node: Node, tree: Syntax, scale: int, *, stays: bool) -> Node:
    """round(…, scale), of a float8 by way of numeric; back again where it `stays` one."""
    if node.type == UNKNOWN:
        node = convert(compiler, node, FLOAT8, tree)
    if node.type.name in INTEGERS:
        return node
    made = cast(node, exactly(scale), Level.EXPLICIT, compiler.zone)
    if made is None or node.type.name not in ("numeric", "float8"):
        message = f"`round` is for numbers, and this is {family_words(node.type)}"
        raise fault(Code.EXPR_TYPE, message, compiler.text, tree.span)
    if node.type.name == "numeric" or not stays:
        return made
    return Strict(FLOAT8, partial(decimals.to_float, scale), (made,))


def _inferred(node: Node) -> PgType:
    """The type of a column that no catalog describes."""
    if node.type in (UNKNOWN, PgType("bpchar")):
        return TEXT
    if node.type.name == "numeric":
        return numeric(_DIGITS, min(scale_of(node.type), _DIGITS))
    return node.type


def _assigned(compiler: Compiler, node: Node, target: PgType, tree: Syntax) -> Node:
    """The value as it goes into a column: PostgreSQL's assignment casts. Raises SpecError where there is none."""
    free = target.name == "numeric" and target.precision is None and not target.array
    wanted = exactly(UNLIMITED_SCALE) if free else target
    if node.type == UNKNOWN and wanted.name in ("varchar", "bpchar", "numeric") and not wanted.array:
        node = convert(compiler, node, PgType(wanted.name.replace("varchar", "text")), tree)
    return convert(compiler, node, wanted, tree, Level.ASSIGNMENT)
