"""What the rule of one function sees while a call of it is compiled, and how it complains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from engine.errors import Code, GenerateError, SpecError
from engine.expressions import literals
from engine.expressions.casts import Level, ZoneOf, cast
from engine.expressions.column import Column, Frame
from engine.expressions.curves import Curve
from engine.expressions.fault import fault
from engine.expressions.nodes import Constant, Impossible, Node, Open, Strict
from engine.expressions.promotion import UNKNOWN, common, family_words, is_text
from engine.expressions.syntax import Call, Name, Span, Syntax
from engine.expressions.zones import Zone
from engine.types import BOOL, TEXT, ColumnPath, PgType


class Compiles(Protocol):
    """The compiler, as rules know it."""

    text: str

    def zone(self) -> Zone:
        """The scenario's time zone."""

    def node(self, syntax: Syntax, places: int | None = None) -> Node:
        """A node for a piece of syntax. Raises SpecError."""

    def curve(self, name: Name) -> Curve:
        """A timeline or an event. Raises SpecError."""


@dataclass(frozen=True, slots=True)
class Site:
    """One call: its syntax, and the decimal places to which whatever encloses it rounds at once, if it does."""

    compiler: Compiles
    call: Call
    places: int | None

    @property
    def zone(self) -> ZoneOf:
        """The scenario's time zone."""
        return self.compiler.zone

    def node(self, position: int, places: int | None = None) -> Node:
        """An argument."""
        return self.compiler.node(self.call.args[position], places)

    def nodes(self, least: int, most: int | None = None) -> tuple[Node, ...]:
        """All arguments. Raises SpecError where there are fewer or more."""
        self.count(least, least if most is None else most)
        return tuple(self.node(position) for position in range(len(self.call.args)))

    def count(self, least: int, most: int) -> int:
        """How many arguments there are. Raises SpecError outside the bounds."""
        given = len(self.call.args)
        if not least <= given <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise self.wrong(f"{self.call.name} takes {wanted} argument{'s' * (wanted != '1')}, not {given}")
        return given

    def wrong(
        self, message: str, hint: str | None = None, at: int | None = None, code: Code = Code.EXPR_TYPE
    ) -> SpecError:
        """An error at the call, or at one of its arguments."""
        span = self.call.span if at is None else self.call.args[at].span
        return fault(code, message, self.compiler.text, span, hint)

    def fit(self, node: Node, type_: PgType, at: int) -> Node:
        """An argument as `type_`, if PostgreSQL makes it that unasked. Raises SpecError."""
        return convert(self.compiler, node, type_, self.call.args[at])

    def text(self, position: int) -> Node:
        """An argument that must be text. Raises SpecError."""
        node = self.node(position)
        if node.type != UNKNOWN and not is_text(node.type):
            raise self.wrong(
                f"{self.call.name} takes text, and this is {family_words(node.type)}", "write (…)::text", position
            )
        return self.fit(node, TEXT, position)

    def same(self, nodes: Sequence[Node]) -> tuple[Node, ...]:
        """The arguments as one type. Raises SpecError where there is none."""
        return unify(self.compiler, nodes, self.call.args, self.call.name)

    def integer(self, position: int) -> int:
        """An argument that must be a whole number in the text itself. Raises SpecError."""
        node = self.node(position)
        if (
            not isinstance(node, Constant)
            or node.type.name not in ("int2", "int4", "int8")
            or node.column.nulls is not None
        ):
            raise self.wrong(f"{self.call.name} takes a whole number here, written out", at=position)
        return int(node.column.data[0])

    def string(self, position: int) -> str:
        """An argument that must be a text in the text itself. Raises SpecError."""
        node = self.node(position)
        if isinstance(node, Constant) and node.column.nulls is None and (node.type == UNKNOWN or is_text(node.type)):
            return str(node.column.data[0].as_py())
        raise self.wrong(f"{self.call.name} takes a quoted text here, not an expression", at=position)


Rule: TypeAlias = Callable[[Site], Node]


def convert(
    compiler: Compiles, node: Node, type_: PgType, at: Syntax, level: Level = Level.IMPLICIT, hint: str | None = None
) -> Node:
    """`node` as `type_`. Raises SpecError (EXPR_TYPE) where PostgreSQL does not convert at that level."""
    if isinstance(node, Constant) and node.type == UNKNOWN:
        if node.text is None:
            return literals.null(type_)
        try:
            return literals.read(node.text, type_, compiler.zone)
        except ValueError as error:
            raise fault(Code.EXPR_TYPE, str(error), compiler.text, at.span) from None
    found = cast(node, type_, level, compiler.zone)
    if found is None:
        message = f"this is {family_words(node.type)}, and {family_words(type_)} is wanted"
        raise fault(Code.EXPR_TYPE, message, compiler.text, at.span, hint)
    return folded(found, at.span)


def unify(compiler: Compiles, nodes: Sequence[Node], at: Sequence[Syntax], what: str) -> tuple[Node, ...]:
    """Nodes as the one type that PostgreSQL finds for them; numerics get one scale. Raises SpecError."""
    type_ = common(node.type for node in nodes)
    if type_ is None:
        names = " and ".join(dict.fromkeys(family_words(node.type) for node in nodes))
        hint = "write (…)::text" if any(is_text(node.type) for node in nodes) else None
        raise fault(Code.EXPR_TYPE, f"{what}: {names} have no type in common", compiler.text, at[-1].span, hint)
    if type_.name == "numeric":
        nodes = [convert(compiler, n, type_, a) if n.type == UNKNOWN else n for n, a in zip(nodes, at, strict=True)]
        type_ = common(node.type for node in nodes) or type_
    return tuple(convert(compiler, node, type_, syntax) for node, syntax in zip(nodes, at, strict=True))


def boolean(compiler: Compiles, node: Node, at: Syntax) -> Node:
    """A condition. Raises SpecError where it is no boolean."""
    return convert(compiler, node, BOOL, at, hint="compare it with something, such as … > 0")


def folded(node: Node, span: Span) -> Node:
    """A node over constants as the constant it makes, or as `Impossible` where none can be made.

    A strict function of NULL is NULL, whatever its other arguments (PostgreSQL's planner says so, too).
    """
    if not isinstance(node, Strict | Open) or not node.args:
        return node
    node = replace(node, args=tuple(folded(arg, span) for arg in node.args))
    if isinstance(node, Strict) and any(_is_null(arg) for arg in node.args):
        return literals.null(node.type)
    if (bad := next((arg for arg in node.args if isinstance(arg, Impossible)), None)) is not None:
        return Impossible(node.type, bad.message, bad.span)
    if not all(isinstance(arg, Constant) and arg.type != UNKNOWN for arg in node.args):
        return node
    try:
        made = node.run(Frame(_no_columns, 1))
        null = made.nulls is not None and bool(made.nulls.any())
        return Constant(node.type, made if null else Column(made.data), ragged=node.ragged)
    except GenerateError as error:
        return Impossible(node.type, str(error), span)


def _is_null(node: Node) -> bool:
    return isinstance(node, Constant) and node.column.nulls is not None and bool(node.column.nulls.all())


def _no_columns(path: ColumnPath, type_: PgType) -> Column:
    raise AssertionError(f"a constant reads no column, but {path} of {type_} was asked for")
