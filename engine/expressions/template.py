"""A compiled template: text made of columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from engine.errors import Code, Diagnostic, SpecError
from engine.expressions.compiler import Compiler, Known, TypeOf
from engine.expressions.expression import RESERVED, Expression
from engine.expressions.fault import fault
from engine.expressions.nodes import Node, Open
from engine.expressions.rules.filters import FILTERS
from engine.expressions.strings import fitted
from engine.expressions.syntax import Call, Literal, Name, Syntax, walk
from engine.expressions.templates import parse_template
from engine.types import ColumnPath, PgType

_CODES = {
    Code.EXPR_SYNTAX: Code.TEMPLATE_SYNTAX,
    Code.EXPR_FORBIDDEN: Code.TEMPLATE_FORBIDDEN,
    Code.EXPR_UNKNOWN_NAME: Code.TEMPLATE_UNKNOWN_NAME,
}


def compile_template(
    text: str, *, type_of: TypeOf, constants: Mapping[str, Known], timezone: str, target: PgType
) -> Expression:
    """Compile a template for a column of text.

    Raises SpecError: TEMPLATE_SYNTAX, TEMPLATE_FORBIDDEN, TEMPLATE_UNKNOWN_NAME, EXPR_TYPE, EXPR_TOO_BIG.
    """
    compiler = Compiler(text, type_of, constants, timezone, FILTERS)
    try:
        tree = parse_template(text)
        node: Node = compiler.node(tree)
    except SpecError as error:
        raise SpecError(_renamed(d) for d in error.diagnostics) from None
    if target.length is not None:
        fixed = sum(len(piece.text) for piece in tree.args if isinstance(piece, Literal))
        if fixed > target.length:
            raise fault(Code.EXPR_TYPE, f"{fixed} characters of fixed text do not fit {target}", text, tree.span)
        node = Open(node.type, partial(fitted, target.name, target.length, False), (node,))  # noqa: FBT003
    return Expression(target, tuple(compiler.reads), node)


def _renamed(diagnostic: Diagnostic) -> Diagnostic:
    code = _CODES.get(diagnostic.code, diagnostic.code)
    message = diagnostic.message.replace("'|", "the filter '", 1) if "'|" in diagnostic.message else diagnostic.message
    return Diagnostic(code, message, diagnostic.path, diagnostic.hint and diagnostic.hint.replace("|", ""))


def template_names(text: str) -> tuple[ColumnPath, ...]:
    """Every name in a template, columns and parameters alike, but for window_start and window_end.

    Raises SpecError where it cannot be parsed.
    """
    found = (node.path for node, _ in walk(parse_template(text)) if isinstance(node, Name))
    return tuple(dict.fromkeys(path for path in found if path[0] not in RESERVED or len(path) > 1))


def tells_rows_apart(text: str) -> bool:
    """Whether no two rows of an entity with a `count` can have the same text.

    That is so where {{ row }}, as it is or padded, can be read back: either nothing but fixed text follows it and
    what stands before it ends with fixed text that ends in no digit (or is nothing at all), or the other way round.
    """
    pieces = parse_template(text).args
    return any(
        (_fixed(pieces[at + 1 :]) and _sets_off(pieces[:at], last=True))
        or (_fixed(pieces[:at]) and _sets_off(pieces[at + 1 :], last=False))
        for at, piece in enumerate(pieces)
        if _is_row(piece)
    )


def _is_row(piece: Syntax) -> bool:
    if not isinstance(piece, Call) or piece.name != "|text":
        return False
    inner = piece.args[0]
    if isinstance(inner, Call) and inner.name == "|pad":
        inner = inner.args[0]
    return isinstance(inner, Name) and inner.path == ("row",)


def _fixed(pieces: tuple[Syntax, ...]) -> bool:
    return all(isinstance(piece, Literal) for piece in pieces)


def _sets_off(pieces: tuple[Syntax, ...], *, last: bool) -> bool:
    if not pieces:
        return True
    beside = pieces[-1 if last else 0]
    return isinstance(beside, Literal) and not beside.text[-1 if last else 0].isdigit()
